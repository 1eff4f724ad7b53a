import { expect, test } from 'vitest';
import { correctImportance } from './importance-correction.ts';
import { importanceMetrics, SamplerMismatch } from './sampler-mismatch.ts';
import type { TrainingRollout, TrainingSequence } from './training-rollout.ts';

/** Two rollouts, the second of two sequences; NaN stands where nothing was sampled. */
const sampled = [[-1, -2, Number.NaN, -0.5], [-1, -1], [-3]] as const;
const policy = [[-0.5, -3, 7, -0.5], [-1.1, -0.7], [-4]].map((row) => Float32Array.from(row));

function sequence(index: number): TrainingSequence {
  const logprobs = sampled[index]!;
  return {
    tokens: new Int32Array(logprobs.length + 1),
    mask: Uint8Array.from(logprobs, (logprob) => (Number.isNaN(logprob) ? 0 : 1)),
    sampledLogprobs: Float32Array.from(logprobs),
  };
}

const rollouts: readonly TrainingRollout[] = [
  { advantage: 1, length: 3, sequences: [sequence(0)] },
  { advantage: -1, length: 3, sequences: [sequence(1), sequence(2)] },
];

function weights(kind: 'token' | 'sequence', cap: number): number[][] {
  const corrected = correctImportance(rollouts, policy, { kind, cap });
  return corrected.flatMap(({ sequences }) =>
    sequences.map(({ mask, importanceWeights }) =>
      [...importanceWeights!].filter((_, t) => mask[t] === 1),
    ),
  );
}

function expectClose(got: readonly (readonly number[])[], expected: readonly number[][]): void {
  expect(got.map(({ length }) => length)).toEqual(expected.map(({ length }) => length));
  got.flat().forEach((weight, index) => {
    expect(weight).toBeCloseTo(expected.flat()[index]!, 5);
  });
}

test('a token is weighted by how much likelier the trainer finds it, up to the cap', () => {
  // exp(0.5), exp(−1), exp(0); exp(−0.1), exp(0.3); exp(−1)
  expectClose(weights('token', 10), [[1.648721, 0.367879, 1], [0.904837, 1.349859], [0.367879]]);
  expectClose(weights('token', 1.2), [[1.2, 0.367879, 1], [0.904837, 1.2], [0.367879]]);
});

test('a rollout is weighted as one, over all its sequences', () => {
  // exp(0.5 − 1 + 0); exp(−0.1 + 0.3 − 1)
  expectClose(weights('sequence', 2), [
    [0.606531, 0.606531, 0.606531],
    [0.449329, 0.449329],
    [0.449329],
  ]);
  expectClose(weights('sequence', 0.5), [[0.5, 0.5, 0.5], [0.449329, 0.449329], [0.449329]]);
});

test('the ratio is then taken against the trainer, and everything else stays', () => {
  const corrected = correctImportance(rollouts, policy, { kind: 'token', cap: 2 });
  const sequences = corrected.flatMap((rollout) => rollout.sequences);
  expect(sequences.map(({ policyLogprobs }) => policyLogprobs)).toEqual(policy);
  expect(sequences.map(({ sampledLogprobs }) => sampledLogprobs)).toEqual(
    rollouts.flatMap((rollout) => rollout.sequences.map((one) => one.sampledLogprobs)),
  );
  expect(corrected.map(({ advantage }) => advantage)).toEqual([1, -1]);
});

test('equal log-probabilities leave every weight at one', () => {
  const own = rollouts.flatMap(({ sequences }) => sequences.map((one) => one.sampledLogprobs));
  for (const kind of ['token', 'sequence'] as const) {
    const corrected = correctImportance(rollouts, own, { kind, cap: 2 });
    expect(importanceMetrics(corrected)).toEqual({
      'sampling/importance_sampling_ratio/min': 1,
      'sampling/importance_sampling_ratio/mean': 1,
      'sampling/importance_sampling_ratio/max': 1,
    });
  }
});

test('the mismatch is the mean and the largest difference, and the mean of sampler less trainer', () => {
  const mismatch = new SamplerMismatch();
  expect(mismatch.read()).toEqual({});
  rollouts
    .flatMap(({ sequences }) => sequences)
    .forEach(({ sampledLogprobs, mask }, index) => {
      mismatch.add(policy[index]!, sampledLogprobs, mask);
    });
  // q − o: −0.5, 1, 0, 0.1, −0.3, 1
  const read = mismatch.read();
  expect(read['sampling/sampling_logp_difference/mean']).toBeCloseTo(2.9 / 6, 5);
  expect(read['sampling/sampling_logp_difference/max']).toBeCloseTo(1, 5);
  expect(read['optim/kl_sample_train_v1']).toBeCloseTo(1.3 / 6, 5);
});

test('the weights are counted over sampled tokens, and nothing is said without a correction', () => {
  expect(importanceMetrics(rollouts)).toEqual({});
  const metrics = importanceMetrics(
    correctImportance(rollouts, policy, { kind: 'token', cap: 1.2 }),
  );
  expect(metrics['sampling/importance_sampling_ratio/min']).toBeCloseTo(0.367879, 5);
  expect(metrics['sampling/importance_sampling_ratio/max']).toBeCloseTo(1.2, 5);
  expect(metrics['sampling/importance_sampling_ratio/mean']).toBeCloseTo(
    (1.2 + 0.367879 + 1 + 0.904837 + 1.2 + 0.367879) / 6,
    5,
  );
});
