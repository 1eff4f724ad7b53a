import { expect, test } from 'vitest';
import type { EvaluationReport } from '../run/evaluate.ts';
import type { CurvePoint } from '../run/rewrite-curve.ts';
import { renderSummary } from './summary.ts';

function point(rewrites: number, share: number, quality = share): CurvePoint {
  const of = (value: number) => ({ value, low: value, high: value });
  const none = { pass: null, gain: null, qualityGain: null, keep: null, fix: null };
  const counts = { corrected: 0, broken: 0, netCorrections: 0, keepEach: null, fixEach: null };
  return { rewrites, average: of(share), quality: of(quality), ...none, ...counts };
}

function report(iteration: number, ...points: readonly CurvePoint[]): EvaluationReport {
  const curve = { scaffold: 'k-step' as const, samples: 1, tasks: 40, points };
  const domain = { tasks: 40, categories: {}, failures: 0, curve };
  return { iteration, split: 'test', domains: { math: domain } };
}

test('shows before, after, and after the most rewrites, each beside what it changed', () => {
  const before = report(0, point(0, 0.4), point(4, 0.42));
  const after = report(9, point(0, 0.6), point(1, 0.61), point(4, 0.55));
  const shown = renderSummary(after, before);
  expect(shown).toMatch(/math +│ +40 │ +40\.0 │ +60\.0 \(\+20\.0\) │ +55\.0 \(−5\.0\)/);
  expect(shown).toContain('4 rewrites %');
  expect(shown).not.toContain('quality');
});

test('shows quality where answers are better or worse without being right', () => {
  const shown = renderSummary(report(9, point(0, 0.1, 0.5), point(4, 0.2, 0.7)), null);
  expect(shown).toMatch(/quality +│ +│ +– │ +50\.0 │ +70\.0 \(\+20\.0\)/);
});

test('fits an 80-column terminal', () => {
  const shown = renderSummary(report(9, point(0, 1), point(4, 0)), report(0, point(0, 0)));
  expect(Math.max(...shown.split('\n').map((line) => line.length))).toBeLessThan(80);
});
