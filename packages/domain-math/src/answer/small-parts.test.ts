import { expect, test } from 'vitest';
import { explain } from './explain.ts';
import { normalise } from './normalise.ts';
import { optionsOfNote } from './note-options.ts';
import { foldUnicode } from './unicode.ts';
import { relateUnits } from './units.ts';
import { numberFromWords } from './words.ts';

test.each([
  ['five', '5'],
  ['twenty one', '21'],
  ['one hundred and five', '105'],
  ['two thousand three hundred', '2300'],
  ['three quarters', '3/4'],
  ['one half', '1/2'],
])('%s is %s', (words, value) => {
  const number = numberFromWords(words.split(' '));
  expect(number && explain({ kind: 'number', value: number, decimal: false })).toBe(value);
});

test.each(['', 'and', 'five five', 'hundred', 'east', 'twenty eleven'])(
  '%j is no number',
  (words) => {
    expect(numberFromWords(words === '' ? [] : words.split(' '))).toBeUndefined();
  },
);

test('units are the same, convertible, different or unknown', () => {
  expect(relateUnits('cm', 'centimeters').kind).toBe('same');
  expect(relateUnits('m', 'cm')).toMatchObject({
    kind: 'scaled',
    factor: { top: 100n, bottom: 1n },
  });
  expect(relateUnits('square feet', 'ft 2').kind).toBe('same');
  expect(relateUnits('cm', 'hours').kind).toBe('different');
  expect(relateUnits('cm 2', 'cm 3').kind).toBe('different');
  expect(relateUnits('apples', 'pears').kind).toBe('unknown');
});

test.each([
  ['\\\\frac{1}{2}', '\\frac{1}{2}'],
  ['\\\\begin{pmatrix} 1 \\\\\\\\ 2 \\\\end{pmatrix}', '\\begin{pmatrix} 1 \\\\ 2 \\end{pmatrix}'],
  [
    '\\begin{pmatrix} 1 \\\\ \\frac12 \\end{pmatrix}',
    '\\begin{pmatrix} 1 \\\\ \\frac12 \\end{pmatrix}',
  ],
  ['\frac{1}{2}', '\\frac{1}{2}'],
  ['**12**', '12'],
  ['4\u00002', '42'],
])('normalises %j to %j', (written, normal) => {
  expect(normalise(written)).toBe(normal);
});

test.each([
  ['x²³', 'x^{23}'],
  ['H₂O', 'H_{2}O'],
  ['−½', '-\\frac{1}{2}'],
  ['٤٢', '42'],
  ['слово', 'cлoвo'],
])('folds %s to %s', (written, folded) => {
  expect(foldUnicode(written)).toBe(folded);
});

test('reads the options of a note and refuses others, all at once', () => {
  expect(optionsOfNote(undefined)).toEqual({});
  expect(optionsOfNote('a remark')).toEqual({});
  expect(optionsOfNote('opts={"precision": 3, "strict": false}; a remark {')).toEqual({
    precision: 3,
    strict: false,
  });
  expect(optionsOfNote('opts={"strings": "UV", "targets": "string"}')).toEqual({
    strings: ['U', 'V'],
    targets: 'string',
  });
  expect(() => optionsOfNote('opts={"precision": -1, "colour": 1}')).toThrow(
    /"precision": expected a whole number from 0 to 15, got -1; "colour" is not an option/,
  );
  expect(() => optionsOfNote('opts={"precision"')).toThrow(/expected a JSON object after "opts="/);
});
