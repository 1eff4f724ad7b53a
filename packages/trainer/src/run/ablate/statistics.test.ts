import { createRandom } from '@taskspace/core';
import { expect, test } from 'vitest';
import type { Row } from './outcomes.ts';
import { compare, measure, type Quantity, share, signFlips, signTest } from './statistics.ts';

const accuracy: Quantity = (sums) => share(sums.right, sums.answers);

/** Answers of several seeds to the same tasks, each right with the given probability. */
function cells(probability: number, seeds: number, tasks: number, key: string): Row[][] {
  const random = createRandom(key);
  return Array.from({ length: seeds }, () =>
    Array.from({ length: tasks }, () => ({
      answers: 1,
      right: Number(random.next() < probability),
    })),
  );
}

test('a quantity is that of all cells, its deviation that over seeds', () => {
  const rows = [
    [
      { answers: 2, right: 2 },
      { answers: 2, right: 0 },
    ],
    [
      { answers: 2, right: 2 },
      { answers: 2, right: 2 },
    ],
  ];
  const measured = measure(rows, accuracy)!;
  expect(measured).toMatchObject({ value: 0.75, bySeed: [0.5, 1] });
  // Sample deviation of 0.5 and 1.
  expect(measured.deviation).toBeCloseTo(Math.SQRT1_2 / 2, 12);
});

test('one seed has no deviation, and no answers have no value', () => {
  expect(measure([[{ answers: 1, right: 1 }]], accuracy)!.deviation).toBeNull();
  expect(measure([[{ answers: 0, right: 0 }]], accuracy)).toBeNull();
});

test('an interval of independent answers is about as wide as the binomial', () => {
  const measured = measure(cells(0.5, 1, 400, 'one'), accuracy)!;
  // 1.96 standard errors of 0.025 to each side; the bootstrap's own noise is a few per cent.
  expect(measured.high - measured.low).toBeGreaterThan(0.085);
  expect(measured.high - measured.low).toBeLessThan(0.115);
});

test('a method against itself differs by nothing', () => {
  const same = cells(0.4, 3, 50, 'same');
  expect(compare(same, same, accuracy)).toMatchObject({
    value: 0,
    low: 0,
    high: 0,
    permutation: 1,
    wins: 0,
    losses: 0,
    sign: 1,
  });
});

test('a clear difference is told from none', () => {
  const better = compare(cells(0.7, 5, 200, 'a'), cells(0.5, 5, 200, 'b'), accuracy)!;
  expect(better.low).toBeGreaterThan(0.1);
  expect(better.permutation).toBeLessThan(0.001);
  expect(better.wins).toBe(5);
  const equal = compare(cells(0.5, 5, 200, 'c'), cells(0.5, 5, 200, 'd'), accuracy)!;
  expect(equal.low).toBeLessThan(0);
  expect(equal.high).toBeGreaterThan(0);
  expect(equal.permutation).toBeGreaterThan(0.01);
});

test.each([
  [5, 0, 2 / 32],
  [4, 1, 12 / 32],
  [3, 2, 1],
  [0, 0, 1],
  [10, 0, 2 / 1024],
])('%i wins and %i losses have the sign test %f', (wins, losses, p) => {
  expect(signTest(wins, losses)).toBeCloseTo(p, 12);
});

test('sign flips of few differences come near the exact share', () => {
  // All eight signs of equal differences: two of eight are as far from 0.
  expect(signFlips([1, 1, 1])).toBeCloseTo(0.25, 1);
  expect(signFlips([0, 0, 0])).toBe(1);
  expect(signFlips([])).toBe(1);
});
