import { createRandom } from '@taskspace/core';
import { expect, test } from 'vitest';
import { expNegative } from './exp.ts';

test('agrees with Math.exp to 12 digits down to the smallest normal numbers', () => {
  const random = createRandom('exp');
  for (let index = 0; index < 20_000; index++) {
    const x = -708 * random.next() ** 4;
    expect(Math.abs(expNegative(x) / Math.exp(x) - 1)).toBeLessThan(1e-12);
  }
});

test.each([
  [0, 1],
  [-0, 1],
  [-709, 0],
  [-Infinity, 0],
  [Number.NaN, Number.NaN],
])('of %d is %d', (x, expected) => {
  expect(expNegative(x)).toBe(expected);
});
