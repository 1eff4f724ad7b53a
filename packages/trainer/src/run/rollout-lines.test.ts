import { expect, test } from 'vitest';
import { group, rollout } from '../objective/__fixtures__/settled.ts';
import { rolloutLines } from './rollout-lines.ts';

test('domains take turns, beginning with another one each iteration, and groups keep their number', () => {
  const groups = ['b', 'b', 'a', 'b', 'c'].map((domain) => group([rollout([])], domain));
  const logged = (iteration: number) =>
    rolloutLines(groups, 4, iteration).map((line) => {
      const { domain, group } = line as { domain: string; group: number };
      return `${domain}${group}`;
    });
  expect(logged(0)).toEqual(['a2', 'b0', 'c4', 'b1']);
  expect(logged(1)).toEqual(['b0', 'c4', 'a2', 'b1']);
  expect(rolloutLines([], 4, 0)).toEqual([]);
});
