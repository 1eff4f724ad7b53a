import { expect, test } from 'vitest';
import { verifyAnswer } from './verify.ts';

test.each([
  ['42', 'so \\boxed{42}.'],
  ['#### 1,234', 'Work.\n#### $1234'],
  ['\\frac{1}{2}', 'The answer is 0.5.'],
])('accepts %j answered by %j', (gold, response) => {
  expect(verifyAnswer(gold, response).correct).toBe(true);
});

test.each([
  ['42', 'so \\boxed{43}.'],
  ['42', ''],
  ['', ''],
])('refuses %j answered by %j', (gold, response) => {
  expect(verifyAnswer(gold, response).correct).toBe(false);
});
