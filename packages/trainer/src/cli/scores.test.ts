import { expect, test } from 'vitest';
import type { EvaluationReport } from '../run/evaluate.ts';
import { renderScores } from './scores.ts';

function report(iteration: number, greedy: number, failures = 0): EvaluationReport {
  const scores = { tasks: 8, greedy, sampled: greedy / 2 };
  const math = { ...scores, failures, categories: { primes: scores } };
  return { iteration, split: 'test', domains: { math } };
}

test('shows before, after and the change in points', () => {
  const shown = renderScores(report(5, 0.75), report(0, 0.5));
  expect(shown).toContain('50.0 → 75.0 (+25.0)');
  expect(shown).toContain('25.0 → 37.5 (+12.5)');
  expect(shown).toContain('  primes');
});

test('shows a fall as one', () => {
  expect(renderScores(report(5, 0.25), report(0, 0.5))).toContain('50.0 → 25.0 (−25.0)');
});

test('shows one report alone, and when it is compared with itself', () => {
  expect(renderScores(report(0, 0.5), null)).not.toContain('→');
  expect(renderScores(report(0, 0.5), report(0, 0.5))).not.toContain('→');
});

test('a mode that was not asked for has no column', () => {
  const { sampled: _, ...greedy } = report(0, 0.5).domains.math!;
  const shown = renderScores({ ...report(0, 0.5), domains: { math: greedy } }, null);
  expect(shown).toContain('greedy %');
  expect(shown).not.toContain('sampled');
});

test('says how many episodes failed', () => {
  expect(renderScores(report(0, 0.5, 3), null)).toContain('failed episodes, not counted: 3');
});

test('fits an 80-column terminal', () => {
  const lines = renderScores(report(5, 1), report(0, 0)).split('\n');
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(80);
});
