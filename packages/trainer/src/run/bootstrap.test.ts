import { createRandom } from '@taskspace/core';
import { expect, test } from 'vitest';
import { bootstrapRatios } from './bootstrap.ts';

const share = { share: { numerator: 'right', denominator: 'answers' } };

function rowsOf(tasks: number, chance: number, seed: number): { right: number; answers: number }[] {
  const random = createRandom(seed);
  return Array.from({ length: tasks }, () => ({
    right: Number(random.next() < chance),
    answers: 1,
  }));
}

test('the value is the ratio of the sums, whatever the rows hold', () => {
  const rows = [
    { right: 1, answers: 3 },
    { right: 2, answers: 2 },
  ];
  expect(bootstrapRatios(rows, share).share!.value).toBe(3 / 5);
  expect(bootstrapRatios(rows, { mean: { numerator: 'right' } }).mean!.value).toBe(3 / 2);
});

test('the interval is that of the normal approximation on many rows', () => {
  const rows = rowsOf(2000, 0.3, 0);
  const { value, low, high } = bootstrapRatios(rows, share).share!;
  const half = 1.96 * Math.sqrt((value * (1 - value)) / 2000);
  expect(low).toBeCloseTo(value - half, 2);
  expect(high).toBeCloseTo(value + half, 2);
});

test('about 95 % of the intervals hold the true share', () => {
  const held = Array.from({ length: 200 }, (_, seed) => {
    const { low, high } = bootstrapRatios(rowsOf(60, 0.4, seed), share).share!;
    return low <= 0.4 && 0.4 <= high;
  });
  const count = held.filter(Boolean).length;
  // 190 ± 3.1 expected; percentile intervals of 60 rows are a little narrow.
  expect(count).toBeGreaterThan(178);
});

test('the same rows give the same interval, and no rows none', () => {
  expect(bootstrapRatios(rowsOf(50, 0.5, 1), share)).toEqual(
    bootstrapRatios(rowsOf(50, 0.5, 1), share),
  );
  expect(bootstrapRatios([], share).share).toBeNull();
  expect(bootstrapRatios([{ right: 0, answers: 0 }], share).share).toBeNull();
});

test('rows that do not differ leave no doubt', () => {
  const rows = Array.from({ length: 9 }, () => ({ right: 1, answers: 2 }));
  expect(bootstrapRatios(rows, share).share).toEqual({ value: 0.5, low: 0.5, high: 0.5 });
});
