import { expect, test } from 'vitest';
import { between, pick, sample, shuffle } from './draws.ts';
import { createRandom } from './random.ts';

const random = createRandom('draws');

test('every order of three comes up equally often', () => {
  const counts = new Map<string, number>();
  for (let draw = 0; draw < 6000; draw++) {
    const order = shuffle(random, ['a', 'b', 'c']).join('');
    counts.set(order, (counts.get(order) ?? 0) + 1);
  }
  expect(counts.size).toBe(6);
  const statistic = [...counts.values()].reduce((sum, n) => sum + (n - 1000) ** 2 / 1000, 0);
  // Chi-square with 5 degrees of freedom passes 25.7 once in ten thousand.
  expect(statistic).toBeLessThan(25.7);
});

test('shuffling leaves its argument as it is', () => {
  const items = Object.freeze([1, 2, 3]);
  expect(shuffle(random, items).toSorted()).toEqual([1, 2, 3]);
});

test('a range holds both its ends, a pick every element, a sample no element twice', () => {
  const numbers = new Set(Array.from({ length: 200 }, () => between(random, -1, 1)));
  expect([...numbers].toSorted((a, b) => a - b)).toEqual([-1, 0, 1]);
  expect(new Set(Array.from({ length: 200 }, () => pick(random, ['x', 'y']))).size).toBe(2);
  expect(new Set(sample(random, 3, [1, 2, 3, 4])).size).toBe(3);
});
