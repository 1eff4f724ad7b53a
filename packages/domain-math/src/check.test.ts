import { expect, test } from 'vitest';
import { type Check, judgeByCheck, lastBoxed } from './check.ts';

const countdown: Check = { kind: 'countdown', numbers: [2, 4, 6], target: 16 };
const difference: Check = { kind: 'two-unknowns', a: 7, b: -3, target: 15, low: 1, high: 6 };
const equation: Check = { kind: 'two-unknowns', a: 6, b: 9, target: 60, low: 1, high: 4 };
const pair: Check = { kind: 'subset-sum', numbers: [5, 8, 10, 15, 20], count: 2, target: 15 };

test.each([
  [countdown, '(6*2)+4'],
  [countdown, '6 \\times 2 + 4'],
  [countdown, '4+2*6=16'],
  [equation, '4, 4'],
  [equation, '(4,4)'],
  [equation, 'x = 4, y = 4'],
  [difference, '3, 2'],
  [pair, '5, 10'],
  [pair, '10,5'],
])('%j accepts %j', (check, answer) => {
  expect(judgeByCheck(check, `so \\boxed{${answer}}`).correct).toBe(true);
});

test.each([
  [countdown, '6*2+4*1'],
  [countdown, '6*2+4=17'],
  [countdown, '16'],
  [countdown, '2+4+6'],
  [countdown, '6*2+'],
  [countdown, '(6*2+4'],
  [countdown, '24-6-2'],
  [countdown, '2 4+6'],
  [countdown, 'process.exit()'],
  [countdown, `${'('.repeat(90)}1`],
  [countdown, '9'.repeat(5000)],
  [equation, '7, 2'],
  [equation, '4'],
  [equation, '4, 4, 4'],
  [equation, '3, 4'],
  [pair, '15'],
  [pair, '7, 8'],
  [pair, '5, 8'],
  [{ ...pair, target: 10 }, '5, 5'],
  [pair, ''],
])('%j refuses %j', (check, answer) => {
  expect(judgeByCheck(check, `so \\boxed{${answer}}`).correct).toBe(false);
});

test('judges the last box and needs one that closes', () => {
  expect(judgeByCheck(pair, '\\boxed{5, 8} no \\boxed{5, 10}').correct).toBe(true);
  expect(judgeByCheck(pair, '\\boxed{5, 10} or \\boxed{5, 8}').correct).toBe(false);
  expect(judgeByCheck(pair, '5, 10').correct).toBe(false);
  expect(lastBoxed('\\boxed{\\frac{1}{2}} done')).toBe('\\frac{1}{2}');
  expect(lastBoxed('\\boxed{1')).toBeUndefined();
});
