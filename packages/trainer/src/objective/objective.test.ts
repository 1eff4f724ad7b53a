import { createRandom, type SettledGroup } from '@taskspace/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { TrainingDatum } from '../backend/backend.ts';
import { group, rollout, sequence } from './__fixtures__/settled.ts';
import { correctImportance } from './importance-correction.ts';
import { type Aggregation, createObjective, type ObjectiveOptions } from './objective.ts';

const options: ObjectiveOptions = {
  aggregation: 'token-mean',
  maxLength: 16,
  clipLow: 0.2,
  clipHigh: 0.2,
  klCoefficient: 0,
  temperature: 1,
  epochs: 1,
  miniBatches: 1,
};
const random = createRandom(0);

function batches(
  groups: readonly SettledGroup[],
  changes: Partial<ObjectiveOptions> = {},
): readonly (readonly TrainingDatum[])[] {
  const objective = createObjective({ ...options, ...changes });
  return objective.batches(objective.prepare(groups), null, random);
}

/** The aggregated loss when every sampled token's loss is the negative of the log-probability it was sampled with. */
function aggregated(data: readonly TrainingDatum[]): number {
  let sum = 0;
  for (const { weights, oldLogprobs } of data) {
    for (let t = 0; t < weights.length; t++) sum -= weights[t]! * oldLogprobs![t]!;
  }
  return sum;
}

test('position t of a datum describes the prediction of token t + 1', () => {
  const [[datum]] = batches([group([rollout([sequence([-1, -2, -3])], { advantage: 2 })])]) as [
    [TrainingDatum],
  ];
  expect([...datum.tokens]).toEqual([10, 11, 12, 13, 14]);
  expect([...datum.weights].map((weight) => weight > 0)).toEqual([false, true, true, true]);
  expect([...datum.oldLogprobs!]).toEqual([0, -1, -2, -3]);
  expect([...datum.advantages!]).toEqual([2, 2, 2, 2]);
});

test('what follows the last sampled token is cut off', () => {
  const tail = sequence([-1, -2]);
  tail.lossMask[3] = 0;
  const [[datum]] = batches([group([rollout([tail], { advantage: 1 })])]) as [[TrainingDatum]];
  expect([...datum.tokens]).toEqual([10, 11, 12]);
});

test('an importance correction scales advantages token by token and moves the anchor to the trainer', () => {
  const importanceCorrection = { kind: 'token', cap: 2 } as const;
  const objective = createObjective({ ...options, importanceCorrection });
  const prepared = objective.prepare([group([rollout([sequence([-1, -2])], { advantage: 3 })])]);
  // Differences of log 2, and of log 4, which is capped; the first target is the prompt's.
  const policy = Float32Array.of(5, -1 + Math.log(2), -2 + Math.log(4));
  const corrected = correctImportance(prepared, [policy], objective.importanceCorrection!);
  const [[datum]] = objective.batches(corrected, null, random) as [[TrainingDatum]];
  expect([...datum.advantages!].slice(1)).toEqual([6, 6]);
  expect(datum.oldLogprobs).toEqual(policy);
  expect(createObjective(options).importanceCorrection).toBeNull();
});

describe('aggregations equal a double loop', () => {
  const oracles: Record<Aggregation, (losses: readonly (readonly number[])[]) => number> = {
    'token-mean': (losses) => total(losses.flat()) / losses.flat().length,
    'sequence-mean': (losses) =>
      total(losses.map((tokens) => total(tokens) / tokens.length)) / losses.length,
    'constant-length': (losses) => total(losses.flat()) / (losses.length * 16),
  };
  test.each(Object.keys(oracles) as Aggregation[])('%s', (aggregation) => {
    const tokens = fc.array(fc.double({ min: 0.01, max: 9, noNaN: true }), {
      minLength: 1,
      maxLength: 6,
    });
    fc.assert(
      fc.property(fc.array(tokens, { minLength: 1, maxLength: 8 }), (losses) => {
        const rollouts = losses.map((tokens) =>
          rollout([sequence(tokens.map((loss) => -loss))], { advantage: 1 }),
        );
        const [data] = batches([group(rollouts)], { aggregation });
        expect(aggregated(data!)).toBeCloseTo(oracles[aggregation](losses), 4);
      }),
    );
  });
});

test('a rollout of several sequences has one length in sequence-mean', () => {
  const several = rollout([sequence([-1, -1]), sequence([-4])], { advantage: 1 });
  const [data] = batches([group([several])], { aggregation: 'sequence-mean' });
  expect(data).toHaveLength(2);
  expect(aggregated(data!)).toBeCloseTo((1 + 1 + 4) / 3);
});

test('the sum over the data does not depend on the order of rollouts', () => {
  const rollouts = [
    rollout([sequence([-1])], { advantage: 1 }),
    rollout([sequence([-2, -3])], { advantage: -1 }),
    rollout([sequence([-4, -5, -6])], { advantage: 1 }),
  ];
  const [there] = batches([group(rollouts)], { aggregation: 'sequence-mean' });
  const [back] = batches([group(rollouts.toReversed())], { aggregation: 'sequence-mean' });
  expect(aggregated(there!)).toBeCloseTo(aggregated(back!));
});

test('a rollout without advantage counts in the denominator and is not sent', () => {
  const learned = rollout([sequence([-1, -1])], { advantage: 1 });
  const flat = rollout([sequence([-1, -1])]);
  const [data] = batches([group([learned, flat])], { aggregation: 'sequence-mean' });
  expect(data).toHaveLength(1);
  expect(aggregated(data!)).toBeCloseTo(0.5);
});

test('a rollout without advantage is sent when the KL term gives it a gradient', () => {
  const objective = createObjective({ ...options, klCoefficient: 0.1 });
  const rollouts = objective.prepare([group([rollout([sequence([-1])])])]);
  const [data] = objective.batches(rollouts, [Float32Array.of(0, -2)], random);
  expect(data).toHaveLength(1);
  expect([...data![0]!.referenceLogprobs!]).toEqual([0, -2]);
});

test('every sequence keeps its own reference when rollouts are shuffled', () => {
  const objective = createObjective({ ...options, klCoefficient: 1, miniBatches: 3, epochs: 2 });
  const rollouts = [0, 1, 2, 3, 4].map((index) =>
    rollout([sequence([-1], 10 * index), sequence([-1, -1], 10 * index + 5)], { advantage: 1 }),
  );
  const prepared = objective.prepare([group(rollouts)]);
  const reference = prepared.flatMap(({ sequences }) =>
    sequences.map(({ tokens }) => Float32Array.of(tokens[0]!)),
  );
  const data = objective.batches(prepared, reference, random).flat();
  expect(data).toHaveLength(20);
  for (const { tokens, referenceLogprobs } of data) {
    expect([...referenceLogprobs!]).toEqual([tokens[0]]);
  }
});

test('a rollout out of training is neither sent nor counted', () => {
  const learned = rollout([sequence([-1, -1])], { advantage: 1 });
  const masked = rollout([sequence([-1, -1])], { advantage: 1, trained: false });
  const [data] = batches([group([learned, masked])], { aggregation: 'sequence-mean' });
  expect(data).toHaveLength(1);
  expect(aggregated(data!)).toBeCloseTo(1);
});

test('nothing to train on gives no data', () => {
  expect(batches([group([])]).flat()).toEqual([]);
  expect(batches([group([rollout([], { advantage: 1 })])]).flat()).toEqual([]);
});

test('every epoch sees every rollout once, mini-batch by mini-batch', () => {
  const rollouts = Array.from({ length: 7 }, (_, index) =>
    rollout([sequence([-1], 100 * index)], { advantage: 1 }),
  );
  const steps = batches([group(rollouts)], { epochs: 2, miniBatches: 3 });
  expect(steps.map((step) => step.length)).toEqual([2, 2, 3, 2, 2, 3]);
  const seen = (part: readonly (readonly TrainingDatum[])[]): number[] =>
    part.flatMap((step) => step.map(({ tokens }) => tokens[0]!)).sort((a, b) => a - b);
  expect(seen(steps.slice(0, 3))).toEqual([0, 100, 200, 300, 400, 500, 600]);
  expect(seen(steps.slice(3))).toEqual(seen(steps.slice(0, 3)));
});

test('the denominators are those of the mini-batch', () => {
  const rollouts = [1, 2, 3, 4].map(() => rollout([sequence([-1])], { advantage: 1 }));
  const steps = batches([group(rollouts)], { miniBatches: 2 });
  expect(steps.map(aggregated)).toEqual([1, 1]);
});

test('the same random stream gives the same mini-batches', () => {
  const rollouts = Array.from({ length: 9 }, (_, index) =>
    rollout([sequence([-1], index)], { advantage: 1 }),
  );
  const once = batches([group(rollouts)], { miniBatches: 3, epochs: 2 });
  expect(batches([group(rollouts)], { miniBatches: 3, epochs: 2 })).toEqual(once);
});

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
