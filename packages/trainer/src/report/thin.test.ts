import { expect, test } from 'vitest';
import { evenly, smooth, thin } from './thin.ts';

const line = Array.from({ length: 1000 }, (_, index) => ({ iteration: index + 1, value: index }));

test('a curve within the limit stays as it is', () => {
  expect(thin(line, 1000)).toBe(line);
});

test('a longer curve keeps its mean, its order and its ends', () => {
  const short = thin(line, 100);
  expect(short).toHaveLength(100);
  const mean = short.reduce((sum, { value }) => sum + value, 0) / 100;
  expect(mean).toBeCloseTo(499.5, 6);
  expect(short.map(({ iteration }) => iteration)).toEqual(
    short.map(({ iteration }) => iteration).sort((a, b) => a - b),
  );
  expect(short[0]!.iteration).toBeLessThan(11);
  expect(short.at(-1)!.iteration).toBeGreaterThan(990);
});

test('a straight line is its own moving mean away from its ends', () => {
  const smoothed = smooth(line);
  expect(smoothed[500]).toEqual(line[500]);
  expect(smoothed[0]!.value).toBeGreaterThan(0);
});

test('few points are not smoothed', () => {
  const few = line.slice(0, 39).map(({ iteration }) => ({ iteration, value: iteration % 2 }));
  expect(smooth(few)).toEqual(few);
});

test('evenly spaced members have the first and the last', () => {
  expect(evenly([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], 4)).toEqual([0, 3, 6, 9]);
  expect(evenly([1, 2], 4)).toEqual([1, 2]);
});
