import { expect, test } from 'vitest';
import type { SearchNode } from './attempt.ts';
import { searchPlot } from './search-plot.ts';

function node(id: number, parent: number | null, quality: number | null): SearchNode {
  const verdict = quality === null ? null : { quality, correct: quality === 1 };
  return { id, parent, goal: 'improve', turn: 1, iterate: id, response: '', verdict };
}

test('every judged response is a dot, linked to the nearest judged one before it', () => {
  const plot = searchPlot([node(0, null, 0.2), node(1, 0, null), node(2, 1, 0.8)], 'a search');
  expect(plot.match(/<circle/gu)).toHaveLength(2);
  expect(plot.match(/stroke="#d0d7de"/gu)).toHaveLength(1);
  expect(plot).toContain('quality 0.8');
});

test('the best so far never falls', () => {
  const plot = searchPlot([node(0, null, 0.5), node(1, 0, 0), node(2, 1, 1)], 'a search');
  const heights = [.../V([\d.]+)/gu[Symbol.matchAll](plot)].map(([, y]) => Number(y));
  expect(heights).toEqual([158, 40]);
});

test('a hostile title stays text', () => {
  const plot = searchPlot([], '<script>"&');
  expect(plot).not.toContain('<script>');
  expect(plot).toContain('&#60;script>'.slice(0, 11));
});
