import { createRandom } from '@taskspace/core';
import { describe, expect, test } from 'vitest';
import { judgeByCheck } from '../check.ts';
import { LEVELS } from './family.ts';
import { POCKET_FAMILIES } from './pocket.ts';

const CASES = POCKET_FAMILIES.flatMap((family) => LEVELS.map((level) => ({ family, level })));

// Each word, number, sign and `\boxed{` is one token; a blank belongs to what follows it.
const TOKEN = / ?\\boxed\{|, | ?[A-Za-z]+| ?\d+| ?[^\sA-Za-z0-9]/g;

describe.each(CASES)('$family.name level $level', ({ family, level }) => {
  const problems = Array.from({ length: 500 }, (_, index) => {
    const { attempt, ...problem } = family.generate(level, createRandom(7).fork(index));
    const [hit, failed] = [true, false].map((hits) => attempt!(createRandom(8).fork(index), hits));
    return { ...problem, hit: hit!, failed: failed! };
  });

  test('shows a right try that says ok and a wrong one that says no', () => {
    for (const { gold, solution, hit, failed } of problems) {
      if (!('check' in gold)) throw new Error('a pocket problem has a check');
      expect(judgeByCheck(gold.check, solution), solution).toMatchObject({ correct: true });
      expect(judgeByCheck(gold.check, hit), hit).toMatchObject({ correct: true });
      expect(judgeByCheck(gold.check, failed), failed).toMatchObject({ correct: false });
      expect(solution).toMatch(/^\S.* ok \\boxed\{[^{}]+\}$/);
      expect(failed).toMatch(/^\S.* no \\boxed\{[^{}]+\}$/);
    }
  });

  test('computes truly in right and wrong tries', () => {
    for (const { solution, failed } of problems) expectTrueArithmetic(`${solution} ${failed}`);
  });

  test('needs at most 30 tokens each way and numbers up to 99', () => {
    for (const { text, solution, hit, failed } of problems) {
      for (const words of [text, solution, hit, failed]) {
        const tokens = words.match(TOKEN) ?? [];
        expect(tokens.join('')).toBe(words);
        expect(tokens.length).toBeLessThanOrEqual(30);
        expect((words.match(/\d+/g) ?? []).every((number) => Number(number) <= 99)).toBe(true);
      }
    }
  });
});

test('a swapped equation is the same content', () => {
  const [, twoUnknowns] = POCKET_FAMILIES;
  const keys = new Map<string, string>();
  for (let index = 0; index < 5000; index++) {
    const { text, key } = twoUnknowns!.generate(1, createRandom(index));
    const [, a, b, target] = /(\d+)x \+ (\d+)y = (\d+)/.exec(text)!;
    const swapped = [a, b].sort().join();
    expect(keys.get(`${swapped} ${target}`) ?? key).toBe(key);
    keys.set(`${swapped} ${target}`, key);
  }
});

function expectTrueArithmetic(text: string): void {
  const computations = [...text.matchAll(/(\d+)([-+*])(\d+)=(\d+)/g)];
  expect(computations.length).toBeGreaterThan(0);
  for (const [computation, left, operator, right, value] of computations) {
    const [a, b] = [Number(left), Number(right)];
    const expected = operator === '+' ? a + b : operator === '-' ? a - b : a * b;
    expect(Number(value), computation).toBe(expected);
  }
}
