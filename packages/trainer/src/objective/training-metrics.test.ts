import { expect, test } from 'vitest';
import type { ForwardBackwardResult, LossKernel, TrainingDatum } from '../backend/backend.ts';
import { TrainingMetrics } from './training-metrics.ts';

const kernel: LossKernel = {
  name: 'clipped-ratio',
  clipLow: 0.2,
  clipHigh: 0.3,
  klCoefficient: 0,
  temperature: 1,
};

function datum(
  advantage: number,
  logprobs: readonly number[],
  more: Partial<TrainingDatum> = {},
): TrainingDatum {
  return {
    tokens: new Int32Array(logprobs.length + 1),
    weights: Float32Array.from(logprobs, () => 0.5),
    advantages: Float32Array.from(logprobs, () => advantage),
    oldLogprobs: Float32Array.from(logprobs),
    ...more,
  };
}

/** Adds a step of one batch. */
function add(
  metrics: TrainingMetrics,
  data: readonly TrainingDatum[],
  outcome: ForwardBackwardResult,
  of: LossKernel = kernel,
): void {
  metrics.add([{ kernel: of, data, corrected: false }], [outcome]);
}

const result = (logprobs: readonly number[][], loss = 0) => ({
  loss,
  logprobs: logprobs.map((row) => Float32Array.from(row)),
  entropies: logprobs.map((row) => Float32Array.from(row, () => 2)),
});

test('a clip counts only where it binds', () => {
  const metrics = new TrainingMetrics();
  // Ratios e^1 and e^-1 beside 1, once with each sign of the advantage.
  add(
    metrics,
    [datum(1, [0, 0, 0]), datum(-1, [0, 0, 0])],
    result([
      [1, -1, 0],
      [1, -1, 0],
    ]),
  );
  expect(metrics.read()).toMatchObject({
    'clip_ratio/high_mean': 1 / 6,
    'clip_ratio/low_mean': 1 / 6,
    'clip_ratio/region_mean': 2 / 6,
    entropy: 2,
  });
});

test('tokens of weight 0 count nowhere, whatever stands there', () => {
  const metrics = new TrainingMetrics();
  const masked = datum(1, [-1, Number.NaN], { weights: Float32Array.of(1, 0) });
  add(metrics, [masked], result([[-1, 5]]));
  expect(metrics.read()).toMatchObject({ entropy: 2, 'clip_ratio/region_mean': 0 });
});

test('the KL is that of k3, and only there with a reference', () => {
  const metrics = new TrainingMetrics();
  expect(new TrainingMetrics().read()).toEqual({});
  add(metrics, [datum(1, [-1])], result([[-1]]));
  expect(metrics.read().kl).toBeUndefined();
  add(metrics, [datum(1, [-1], { referenceLogprobs: Float32Array.of(-2) })], result([[-1]]));
  expect(metrics.read().kl).toBeCloseTo((Math.exp(-1) + 1 - 1) / 2);
});

test('the loss is the mean over steps', () => {
  const metrics = new TrainingMetrics();
  add(metrics, [datum(0, [-1])], result([[-1]], 2), { name: 'cross-entropy' });
  add(metrics, [datum(0, [-1])], result([[-1]], 4), { name: 'cross-entropy' });
  expect(metrics.read().loss).toBe(3);
});

test('a step of several batches counts once, its losses summed', () => {
  const metrics = new TrainingMetrics();
  const other: LossKernel = { ...kernel, clipHigh: 9 };
  metrics.add(
    [
      { kernel, data: [datum(1, [0])], corrected: false },
      { kernel: other, data: [datum(1, [0])], corrected: false },
    ],
    [result([[1]], 2), result([[1]], 3)],
  );
  expect(metrics.read()).toMatchObject({ loss: 5, 'clip_ratio/high_mean': 1 / 2 });
});
