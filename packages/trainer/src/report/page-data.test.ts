import { expect, test } from 'vitest';
import { shownGroup } from './__fixtures__/shown-group.ts';
import { scriptJson } from './escape.ts';
import { pageData } from './page-data.ts';

const groups = Array.from({ length: 50 }, (_, index) =>
  // Each character of it takes six in the page.
  shownGroup(`${index}/0`, ['<'.repeat(500), '<'.repeat(500)]),
);

test('what fits is in the page, and the bound is on what stands there', () => {
  const data = pageData(groups, 120_000);
  expect(data.withRollouts).toBeGreaterThan(5);
  expect(data.withRollouts).toBeLessThan(50);
  expect(data.rollouts).toBe(2 * data.withRollouts);
  expect(data.groups).toHaveLength(50);
  expect(scriptJson(data.groups).markup.length).toBeLessThan(121_000);
});

test('what is left out is left out all over the run', () => {
  const { groups: data } = pageData(groups, 120_000);
  const kept = data.flatMap((group, index) =>
    'rollouts' in group && group.rollouts ? [index] : [],
  );
  for (const part of [0, 1, 2]) {
    expect(kept.some((index) => index >= part * 17 && index < (part + 1) * 17)).toBe(true);
  }
});

test('a prompt that all rollouts share is there once', () => {
  const { groups: data } = pageData(groups.slice(0, 1), 1_000_000);
  const text = JSON.stringify(data);
  expect(text.split('What is it?')).toHaveLength(2);
});
