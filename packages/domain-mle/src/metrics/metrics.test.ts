import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { findPython } from '../python/python.ts';
import { auc } from './auc.ts';
import { accuracy, type F1Average, f1, quadraticKappa } from './labels.ts';
import { binaryLogLoss, logLoss } from './log-loss.ts';
import { mapAtK } from './map-at-k.ts';
import { metricHint, metricNamed } from './metric.ts';
import { mae, rmse, rmsle } from './regression.ts';

/** Metric, options, truth, prediction, scikit-learn's result. */
type Case = readonly [
  string,
  { readonly k?: number; readonly average?: F1Average },
  never,
  never,
  number,
];

const fixtures = join(import.meta.dirname, '__fixtures__');

function ours([metric, options, truth, said]: Case): number {
  const texts = (values: readonly number[]) => values.map(String);
  switch (metric) {
    case 'auc':
      return auc(truth, said);
    case 'binary-log-loss':
      return binaryLogLoss(truth, said);
    case 'log-loss':
      return logLoss(truth, said);
    case 'rmse':
      return rmse(truth, said);
    case 'mae':
      return mae(truth, said);
    case 'rmsle':
      return rmsle(truth, said);
    case 'accuracy':
      return accuracy(texts(truth), texts(said));
    case 'f1':
      return f1(texts(truth), texts(said), { average: options.average ?? 'binary' });
    case 'quadratic-kappa':
      return quadraticKappa(texts(truth), texts(said));
    default:
      return mapAtK((truth as number[][]).map(texts), (said as number[][]).map(texts), options.k!);
  }
}

function compare(lines: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const line of lines.trim().split('\n')) {
    const given = JSON.parse(line) as Case;
    const [metric, , , , expected] = given;
    // Relative for large errors, whose last digits no double holds.
    const difference = Math.abs(ours(given) - expected) / Math.max(1, Math.abs(expected));
    if (!(difference <= 1e-9)) {
      expect.fail(`${line.slice(0, 400)}: ${ours(given)}, expected ${expected}`);
    }
    counts.set(metric, (counts.get(metric) ?? 0) + 1);
  }
  return counts;
}

test('metrics equal scikit-learn to 1e-9 on the stored cases', async () => {
  const counts = compare(await readFile(join(fixtures, 'cases.jsonl'), 'utf8'));
  expect([...counts.values()]).toEqual(Array(10).fill(25));
});

const python = await findPython({
  provision: false,
  ...(process.env.TASKSPACE_PYTHON !== undefined && { executable: process.env.TASKSPACE_PYTHON }),
}).catch(() => null); // then the stored cases must do

test.skipIf(python === null)(
  'metrics equal scikit-learn to 1e-9 on 1,000 random cases each',
  { timeout: 300_000 },
  async () => {
    const script = join(fixtures, 'metric-cases.py');
    const seed = process.env.TASKSPACE_TEST_SEED ?? '2026';
    const { stdout } = await execa(python!.executable, [script, seed, '1000'], {
      maxBuffer: 2 ** 30,
    });
    const counts = compare(stdout);
    expect([...counts.values()]).toEqual(Array(10).fill(1000));
  },
);

describe('edges that scikit-learn leaves undefined', () => {
  test('auc of one class is no number', () => {
    expect(auc([1, 1], [0.2, 0.4])).toBeNaN();
  });

  test('kappa of one and the same constant is no number', () => {
    expect(quadraticKappa(['1', '1'], ['1', '1'])).toBeNaN();
  });

  test('f1 of a class that is never meant nor said is 0', () => {
    expect(f1(['0', '0'], ['0', '0'], { average: 'binary' })).toBe(0);
  });
});

describe('mapAtK', () => {
  test.each([
    ['the first of one', [['a']], [['a', 'b']], 3, 1],
    ['the second of one', [['a']], [['b', 'a']], 3, 1 / 2],
    ['beyond k', [['a']], [['b', 'a']], 1, 0],
    ['more right items than k', [['a', 'b', 'c']], [['a', 'b']], 2, 1],
    ['a repeated guess counts once', [['a', 'b']], [['a', 'a', 'b']], 3, (1 + 2 / 3) / 2],
    ['no guess', [['a']], [[]], 3, 0],
  ])('%s', (_, truth, guesses, k, expected) => {
    expect(mapAtK(truth, guesses, k)).toBeCloseTo(expected, 12);
  });
});

test('other names of metrics are understood, and unknown ones get a hint', () => {
  expect(metricNamed('AUC-ROC')).toBe('auc');
  expect(metricNamed('quadratic_weighted_kappa')).toBe('quadratic-kappa');
  expect(metricNamed('toString')).toBeNull();
  expect(metricHint('rmsee')).toContain('Did you mean "rmse"?');
});
