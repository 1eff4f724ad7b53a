import { expect, test } from 'vitest';
import { lines, present } from '../worlds/__fixtures__/recordings.ts';
import { round } from './arithmetic.ts';
import { PyRandom } from './random.ts';
import { splitLines, splitWords } from './strings.ts';
import { parseDay } from './strptime.ts';
import { jsonDumps, repr, str } from './text.ts';
import { PyDict, type PyFloat, type PyValue } from './values.ts';

const RANDOM = 'python-random-vectors.json';
const FORMAT = 'python-format-vectors.json';
const there = present(FORMAT);
const vectors = there ? lines(FORMAT, { whole: true })[0]! : new PyDict();

test.skipIf(!present(RANDOM))('random numbers follow the recorded streams', () => {
  const [streams] = lines(RANDOM, { whole: true }) as unknown as [PyDict[]];
  expect(streams.length).toBeGreaterThan(5);
  for (const stream of streams) {
    const random = new PyRandom(BigInt(stream.item('seed') as number));
    for (const [name, args, expected] of stream.item('calls') as [string, PyValue[], PyValue][]) {
      const [low, high] = args.map(Number) as [number, number];
      const got =
        name === 'random'
          ? random.random()
          : name === 'uniform'
            ? random.uniform(low, high)
            : random.randint(low, high);
      expect(got, `${stream.item('seed')} ${name}`).toBe(Number(expected));
    }
  }
});

const FORMATS: readonly (readonly [string, (...values: PyValue[]) => PyValue | undefined])[] = [
  ['float_repr', repr],
  ['round', (value, places) => repr(round(value!, places!))],
  ['round_int', (value, places) => repr(round(value!, places!))],
  ['str_repr', repr],
  ['json_str', jsonDumps],
  ['value_str', str],
  ['value_json', jsonDumps],
  ['splitlines', (text) => splitLines(text as string)],
  ['split', (text) => splitWords(text as string)],
  ['strptime_Y_m_d', dayOrMessage],
];

test.skipIf(!there).each(FORMATS)('%s gives the recorded texts', (name, format) => {
  const cases = vectors.item(name) as PyValue[][];
  expect(cases.length).toBeGreaterThan(0);
  for (const values of cases) expect(format(...values)).toEqual(values.at(-1));
});

test.skipIf(!there)('remainders of whole and broken speeds are the recorded ones', () => {
  for (const [value, by, expected] of vectors.item('floordiv_mod') as [PyFloat, number, string][]) {
    expect(Math.abs(value.value % by)).toBe(Number(expected));
  }
});

function dayOrMessage(text: PyValue): PyValue {
  try {
    parseDay(text);
    return true;
  } catch (error) {
    return (error as Error).message;
  }
}
