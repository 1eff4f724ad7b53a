import { expect, test } from 'vitest';
import { learningRateAt, type ScheduleOptions } from './schedule.ts';

const base: ScheduleOptions = {
  learningRate: 1,
  schedule: 'constant',
  warmup: 0,
  flat: 0,
  final: 0,
};
const rates = (options: Partial<ScheduleOptions>, iterations: number): number[] =>
  Array.from({ length: iterations }, (_, iteration) =>
    learningRateAt(iteration, iterations, { ...base, ...options }),
  );

test('a constant schedule stays at the learning rate', () => {
  expect(rates({}, 4)).toEqual([1, 1, 1, 1]);
});

test('warm-up rises linearly and reaches the learning rate at its last iteration', () => {
  expect(rates({ warmup: 4 }, 6)).toEqual([0.25, 0.5, 0.75, 1, 1, 1]);
});

test('a linear schedule falls to the final share at the last iteration', () => {
  expect(rates({ schedule: 'linear', final: 0.5 }, 5)).toEqual([1, 0.875, 0.75, 0.625, 0.5]);
});

test('a cosine schedule is half way down in the middle', () => {
  const [first, , middle, , last] = rates({ schedule: 'cosine' }, 5);
  expect(first).toBe(1);
  expect(middle).toBeCloseTo(0.5);
  expect(last).toBeCloseTo(0);
});

test('flat keeps the highest rate for its share of the run, then the rate falls', () => {
  expect(rates({ schedule: 'linear', flat: 0.5, final: 0 }, 5)).toEqual([1, 1, 1, 0.5, 0]);
});

test('a run of one iteration, or one that is all warm-up or all flat, has a finite rate', () => {
  expect(rates({ schedule: 'cosine' }, 1)).toEqual([1]);
  expect(rates({ schedule: 'linear', warmup: 3 }, 3).every(Number.isFinite)).toBe(true);
  expect(rates({ schedule: 'linear', flat: 1 }, 3)).toEqual([1, 1, 1]);
});
