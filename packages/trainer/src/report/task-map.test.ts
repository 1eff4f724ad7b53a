import { expect, test } from 'vitest';
import { shownGroup } from './__fixtures__/shown-group.ts';
import { taskMap } from './task-map.ts';

const groups = Array.from({ length: 40 }, (_, index) =>
  shownGroup(`${index}/0`, [
    index % 2 === 0 ? `sum of ${index} is right` : `open the file named ${index} now`,
  ]),
);

test('the same groups always lie the same, inside the map', () => {
  const points = taskMap(groups);
  expect(points).toHaveLength(40);
  expect(taskMap(groups)).toEqual(points);
  for (const { x, y } of points) {
    expect(Math.min(x, y)).toBeGreaterThanOrEqual(0);
    expect(Math.max(x, y)).toBeLessThanOrEqual(1);
  }
});

test('groups that say the same lie together', () => {
  const points = taskMap(groups);
  const distance = (a: number, b: number) =>
    Math.hypot(points[a]!.x - points[b]!.x, points[a]!.y - points[b]!.y);
  const mean = (values: readonly number[]) =>
    values.reduce((sum, one) => sum + one, 0) / values.length;
  const alike = groups.slice(0, 38).map((_, index) => distance(index, index + 2));
  const different = groups.slice(0, 38).map((_, index) => distance(index, index + 1));
  expect(mean(alike)).toBeLessThan(mean(different));
});

test.each([0, 1, 3, 5, 12])('%i groups that all say the same have places', (count) => {
  const same = Array.from({ length: count }, (_, index) => shownGroup(`${index}/0`, ['yes']));
  for (const { x, y } of taskMap(same)) expect(Number.isFinite(x + y)).toBe(true);
});

test('a group without a rollout has no place', () => {
  expect(taskMap([shownGroup('0/0', [])])).toEqual([]);
});
