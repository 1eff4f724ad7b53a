import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { VerifyOptions } from './options.ts';
import { verifyAnswer } from './verify.ts';

interface Case {
  readonly expected: boolean;
  readonly gold: string;
  readonly response: string;
  readonly options: VerifyOptions;
}

function readCases(name: string): Case[] {
  return readFileSync(new URL(`./__fixtures__/${name}`, import.meta.url), 'utf8')
    .split('\n')
    .filter((line) => /^[TF] /.test(line))
    .map((line) => {
      const [gold = '', response = '', options = '{}'] = line.slice(2).split(' ||| ');
      return {
        expected: line.startsWith('T'),
        gold,
        response: response.replaceAll('⏎', '\n'),
        options: JSON.parse(options) as VerifyOptions,
      };
    });
}

describe.each(['responses.txt', 'pairs.txt'])('%s', (name) => {
  test.each(readCases(name))(
    '$gold answered by $response: $expected',
    ({ gold, response, options, expected }) => {
      expect(verifyAnswer(gold, response, options).correct).toBe(expected);
    },
  );
});

describe('the verdict', () => {
  test('explains what was extracted, how both sides were read, and which rule decided', () => {
    const verdict = verifyAnswer('$\\frac{1}{2}$', 'So the answer is $\\boxed{0.5}$.');
    expect(verdict).toEqual({
      correct: true,
      rule: 'same-form',
      reason: '1/2 is the gold answer 1/2 (same-form).',
      extracted: { gold: ['$\\frac{1}{2}$'], response: ['0.5'] },
      goldReading: '1/2',
      responseReading: '1/2',
      steps: expect.any(Number),
    });
  });

  test('says when there is no answer, when one does not read, and when they differ', () => {
    expect(verifyAnswer('1', 'No idea').rule).toBe('different');
    expect(verifyAnswer('1', '\\boxed{}').rule).toBe('no-answer');
    expect(verifyAnswer('1', '\\boxed{)(}').rule).toBe('unread');
    expect(verifyAnswer('1', '\\boxed{2}').rule).toBe('different');
  });

  test('accepts any of several gold answers, and explains the first when none fits', () => {
    expect(verifyAnswer(['1', '2'], '\\boxed{2}').correct).toBe(true);
    expect(verifyAnswer(['1', '2'], '\\boxed{3}').goldReading).toBe('1');
    expect(verifyAnswer([], '\\boxed{3}').rule).toBe('no-gold');
  });

  test('an empty gold answer is never right', () => {
    expect(verifyAnswer('', '').correct).toBe(false);
    expect(verifyAnswer('', '\\boxed{}').correct).toBe(false);
  });

  test('does not depend on what was judged before', () => {
    const ask = () => verifyAnswer('(r+5)(r+5)', '\\boxed{(r+5)^2}');
    const first = ask();
    verifyAnswer('r(2)', '\\boxed{r(3)}');
    verifyAnswer('r = 7', '\\boxed{\\operatorname{r}(x)}');
    expect(ask()).toEqual(first);
  });

  test('is undecided, hence false, when the steps run out', () => {
    const gold = '(x+1)(x+2)(x+3)';
    const response = '\\boxed{x^3+6x^2+11x+6}';
    expect(verifyAnswer(gold, response).correct).toBe(true);
    expect(verifyAnswer(gold, response, { maxSteps: 30 })).toMatchObject({
      correct: false,
      rule: 'undecided',
    });
  });
});

describe('policies', () => {
  test.each<[string, string, VerifyOptions, boolean]>([
    ['25\\%', '\\boxed{25}', {}, true],
    ['25\\%', '\\boxed{25}', { percent: 'value' }, false],
    ['25\\%', '\\boxed{0.25}', { percent: 'value' }, true],
    ['1, 2', '\\boxed{2, 1}', {}, true],
    ['1, 2', '\\boxed{2, 1}', { lists: 'ordered' }, false],
    ['(1, 2)', '\\boxed{1, 2}', {}, true],
    ['(1, 2)', '\\boxed{1, 2}', { tuples: 'strict' }, false],
    ['5\\text{ cm}', '\\boxed{5}', {}, true],
    ['5\\text{ cm}', '\\boxed{5}', { units: 'required' }, false],
    ['5\\text{ cm}', '\\boxed{50\\text{ mm}}', { units: 'required' }, true],
    ['5\\text{ cm}', '\\boxed{5\\text{ m}}', {}, false],
    ['5\\text{ cm}', '\\boxed{5\\text{ m}}', { units: 'ignore' }, true],
    ['[2, 7]', '\\boxed{2 \\le x \\le 7}', {}, false],
    ['[2, 7]', '\\boxed{2 \\le x \\le 7}', { allowSetRelation: true }, true],
    ['f(x)', '\\boxed{f(y)}', {}, false],
    ['f(x)', '\\boxed{f(y)}', { strict: false }, true],
    ['3.14', '\\boxed{\\pi}', {}, false],
    ['3.14', '\\boxed{\\pi}', { precision: 2 }, true],
    ['8.22e-19', '\\boxed{8.23e-19}', {}, false],
    ['8.22e-19', '\\boxed{8.23e-19}', { tolerance: { relative: 0.01 } }, true],
    ['8.22e-19', '\\boxed{8.5e-19}', { tolerance: { relative: 0.01 } }, false],
    ['100', '\\boxed{101}', { tolerance: { absolute: 1 } }, true],
    ['100', '\\boxed{102}', { tolerance: { absolute: 1 } }, false],
    ['7', 'There are 7 ways.', {}, true],
    ['7', 'There are 7 ways.', { requireAnchor: true }, false],
    ['7', 'The answer is 7.', { requireAnchor: true }, true],
  ])('gold %j, response %j, options %j: %s', (gold, response, options, expected) => {
    expect(verifyAnswer(gold, response, options).correct).toBe(expected);
  });
});
