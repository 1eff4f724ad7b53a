import { expect, test } from 'vitest';
import type { EvaluationReport } from '../run/evaluate.ts';
import type { CurvePoint } from '../run/rewrite-curve.ts';
import { curvesCsv, hasRewrites, renderCurves } from './curves.ts';

const of = (value: number) => ({ value, low: value - 0.05, high: value + 0.05 });

function point(rewrites: number, value: number): CurvePoint {
  const each = rewrites === 0 ? null : of(0.5);
  return {
    rewrites,
    average: of(value),
    pass: of(0.9),
    quality: of(value),
    gain: of(value - 0.6),
    qualityGain: of(0),
    corrected: 12,
    broken: 34,
    netCorrections: -22,
    keep: of(0.75),
    fix: null,
    keepEach: each,
    fixEach: each,
  };
}

function report(...points: readonly CurvePoint[]): EvaluationReport {
  const curve = { scaffold: 'greedy', select: 'a, "b"', samples: 16, tasks: 200, points } as const;
  const math = { tasks: 200, categories: {}, failures: 0, curve };
  return { iteration: 0, split: 'test', domains: { math } };
}

test('the table shows every number of rewrites, and changes only behind the first', () => {
  const shown = renderCurves(report(point(0, 0.6), point(16, 0.5)));
  expect(shown).toContain('math: k rewrites of the best so far by a, "b", 200 tasks');
  expect(shown).toContain('avg@16');
  expect(shown).toContain('60.0 [55.0, 65.0]');
  expect(shown).toContain('−10.0 [−15.0, −5.0]');
  expect(shown).not.toContain('+0.0');
});

test('fits an 80-column terminal', () => {
  const widest = renderCurves(report(point(0, 1), point(1024, 0.05))).split('\n');
  expect(Math.max(...widest.map((line) => line.length))).toBeLessThan(80);
});

test('CSV has a line for each point, quotes what needs it and leaves empty what has no value', () => {
  const [head, first, second, end] = curvesCsv(report(point(0, 0.6), point(2, 0.7))).split('\n');
  expect(head).toMatch(/^domain,scaffold,select,samples,tasks,rewrites,.*quality_gain_low/u);
  expect(first).toMatch(/^math,greedy,"a, ""b""",16,200,0,12,34,-22,0\.6,/u);
  expect(first).toMatch(/,0\.8,,,,,,,,,$/u);
  expect(second).toMatch(/,2,12,34,-22,0\.7,/u);
  expect(end).toBe('');
});

test('one point says nothing of rewrites', () => {
  expect(hasRewrites(report(point(0, 0.5)))).toBe(false);
  expect(hasRewrites(report(point(0, 0.5), point(1, 0.5)))).toBe(true);
});
