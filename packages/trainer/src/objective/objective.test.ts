import { createRandom, type SettledGroup } from '@taskspace/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { TrainingDatum } from '../backend/backend.ts';
import { group, rollout, sequence } from './__fixtures__/settled.ts';
import { type Aggregation, createObjective, type ObjectiveOptions } from './objective.ts';
import type { PolicyLogprobs } from './prepared-rollout.ts';

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

/** No case that takes these has a KL term or a correction. */
const noLogprobs: PolicyLogprobs = () => Promise.reject(new Error('asked for log-probabilities'));

/** The data of each step of one setting. */
async function batches(
  groups: readonly SettledGroup[],
  changes: Partial<ObjectiveOptions> = {},
  logprobs = noLogprobs,
): Promise<readonly (readonly TrainingDatum[])[]> {
  const objective = createObjective({ ...options, ...changes });
  const steps = objective.batches(await objective.prepare(groups, logprobs), random);
  return steps.map((step) => step.flatMap(({ data }) => data));
}

/** The aggregated loss when every sampled token's loss is the negative of the log-probability it was sampled with. */
function aggregated(data: readonly TrainingDatum[]): number {
  let sum = 0;
  for (const { weights, oldLogprobs } of data) {
    for (let t = 0; t < weights.length; t++) sum -= weights[t]! * oldLogprobs![t]!;
  }
  return sum;
}

test('position t of a datum describes the prediction of token t + 1', async () => {
  const [[datum]] = (await batches([
    group([rollout([sequence([-1, -2, -3])], { advantage: 2 })]),
  ])) as [[TrainingDatum]];
  expect([...datum.tokens]).toEqual([10, 11, 12, 13, 14]);
  expect([...datum.weights].map((weight) => weight > 0)).toEqual([false, true, true, true]);
  expect([...datum.oldLogprobs!]).toEqual([0, -1, -2, -3]);
  expect([...datum.advantages!]).toEqual([2, 2, 2, 2]);
});

test('what follows the last sampled token is cut off', async () => {
  const tail = sequence([-1, -2]);
  tail.lossMask[3] = 0;
  const [[datum]] = (await batches([group([rollout([tail], { advantage: 1 })])])) as [
    [TrainingDatum],
  ];
  expect([...datum.tokens]).toEqual([10, 11, 12]);
});

test('an importance correction scales advantages token by token and moves the anchor to the trainer', async () => {
  // Differences of log 2, and of log 4, which is capped; the first target is the prompt's.
  const policy = Float32Array.of(5, -1 + Math.log(2), -2 + Math.log(4));
  const importanceCorrection = { kind: 'token', cap: 2 } as const;
  const groups = [group([rollout([sequence([-1, -2])], { advantage: 3 })])];
  const [[datum]] = (await batches(groups, { importanceCorrection }, async (which) => {
    expect(which).toBe('policy');
    return [policy];
  })) as [[TrainingDatum]];
  expect([...datum.advantages!].slice(1)).toEqual([6, 6]);
  expect(datum.oldLogprobs).toEqual(policy);
});

describe('aggregations equal a double loop', () => {
  const oracles: Record<Aggregation, (losses: readonly (readonly number[])[]) => number> = {
    'token-mean': (losses) => total(losses.flat()) / losses.flat().length,
    'sequence-mean': (losses) =>
      total(losses.map((tokens) => total(tokens) / tokens.length)) / losses.length,
    'constant-length': (losses) => total(losses.flat()) / (losses.length * 16),
  };
  test.each(Object.keys(oracles) as Aggregation[])('%s', async (aggregation) => {
    const tokens = fc.array(fc.double({ min: 0.01, max: 9, noNaN: true }), {
      minLength: 1,
      maxLength: 6,
    });
    await fc.assert(
      fc.asyncProperty(fc.array(tokens, { minLength: 1, maxLength: 8 }), async (losses) => {
        const rollouts = losses.map((tokens) =>
          rollout([sequence(tokens.map((loss) => -loss))], { advantage: 1 }),
        );
        const [data] = await batches([group(rollouts)], { aggregation });
        expect(aggregated(data!)).toBeCloseTo(oracles[aggregation](losses), 4);
      }),
    );
  });
});

test('a rollout of several sequences has one length in sequence-mean', async () => {
  const several = rollout([sequence([-1, -1]), sequence([-4])], { advantage: 1 });
  const [data] = await batches([group([several])], { aggregation: 'sequence-mean' });
  expect(data).toHaveLength(2);
  expect(aggregated(data!)).toBeCloseTo((1 + 1 + 4) / 3);
});

test('the sum over the data does not depend on the order of rollouts', async () => {
  const rollouts = [
    rollout([sequence([-1])], { advantage: 1 }),
    rollout([sequence([-2, -3])], { advantage: -1 }),
    rollout([sequence([-4, -5, -6])], { advantage: 1 }),
  ];
  const [there] = await batches([group(rollouts)], { aggregation: 'sequence-mean' });
  const [back] = await batches([group(rollouts.toReversed())], { aggregation: 'sequence-mean' });
  expect(aggregated(there!)).toBeCloseTo(aggregated(back!));
});

test('a rollout without advantage counts in the denominator and is not sent', async () => {
  const learned = rollout([sequence([-1, -1])], { advantage: 1 });
  const flat = rollout([sequence([-1, -1])]);
  const [data] = await batches([group([learned, flat])], { aggregation: 'sequence-mean' });
  expect(data).toHaveLength(1);
  expect(aggregated(data!)).toBeCloseTo(0.5);
});

test('a rollout without advantage is sent when the KL term gives it a gradient', async () => {
  const groups = [group([rollout([sequence([-1])])])];
  const reference = async () => [Float32Array.of(0, -2)];
  const [data] = await batches(groups, { klCoefficient: 0.1 }, reference);
  expect(data).toHaveLength(1);
  expect([...data![0]!.referenceLogprobs!]).toEqual([0, -2]);
});

test('every sequence keeps its own reference when rollouts are shuffled', async () => {
  const rollouts = [0, 1, 2, 3, 4].map((index) =>
    rollout([sequence([-1], 10 * index), sequence([-1, -1], 10 * index + 5)], { advantage: 1 }),
  );
  const reference: PolicyLogprobs = async (_, sequences) =>
    sequences.map((tokens) => Float32Array.of(tokens[0]!));
  const changes = { klCoefficient: 1, miniBatches: 3, epochs: 2 };
  const data = (await batches([group(rollouts)], changes, reference)).flat();
  expect(data).toHaveLength(20);
  for (const { tokens, referenceLogprobs } of data) {
    expect([...referenceLogprobs!]).toEqual([tokens[0]]);
  }
});

test('a rollout out of training is neither sent nor counted', async () => {
  const learned = rollout([sequence([-1, -1])], { advantage: 1 });
  const masked = rollout([sequence([-1, -1])], { advantage: 1, trained: false });
  const [data] = await batches([group([learned, masked])], { aggregation: 'sequence-mean' });
  expect(data).toHaveLength(1);
  expect(aggregated(data!)).toBeCloseTo(1);
});

test('nothing to train on gives no data', async () => {
  expect((await batches([group([])])).flat()).toEqual([]);
  expect((await batches([group([rollout([], { advantage: 1 })])])).flat()).toEqual([]);
});

test('every epoch sees every rollout once, mini-batch by mini-batch', async () => {
  const rollouts = Array.from({ length: 7 }, (_, index) =>
    rollout([sequence([-1], 100 * index)], { advantage: 1 }),
  );
  const steps = await batches([group(rollouts)], { epochs: 2, miniBatches: 3 });
  expect(steps.map((step) => step.length)).toEqual([2, 2, 3, 2, 2, 3]);
  const seen = (part: readonly (readonly TrainingDatum[])[]): number[] =>
    part.flatMap((step) => step.map(({ tokens }) => tokens[0]!)).sort((a, b) => a - b);
  expect(seen(steps.slice(0, 3))).toEqual([0, 100, 200, 300, 400, 500, 600]);
  expect(seen(steps.slice(3))).toEqual(seen(steps.slice(0, 3)));
});

test('the denominators are those of the mini-batch', async () => {
  const rollouts = [1, 2, 3, 4].map(() => rollout([sequence([-1])], { advantage: 1 }));
  const steps = await batches([group(rollouts)], { miniBatches: 2 });
  expect(steps.map(aggregated)).toEqual([1, 1]);
});

test('the same random stream gives the same mini-batches', async () => {
  const rollouts = Array.from({ length: 9 }, (_, index) =>
    rollout([sequence([-1], index)], { advantage: 1 }),
  );
  const once = await batches([group(rollouts)], { miniBatches: 3, epochs: 2 });
  expect(await batches([group(rollouts)], { miniBatches: 3, epochs: 2 })).toEqual(once);
});

describe('domains with settings of their own', () => {
  const learned = (tokens: number, first: number) =>
    rollout([sequence(new Array(tokens).fill(-1), first)], { advantage: 1 });
  const groups = [
    group([learned(2, 10), learned(4, 20)], 'a'),
    group([learned(3, 30), learned(5, 40)], 'b'),
  ];
  const ownB = (changes: Partial<ObjectiveOptions>) => new Map([['b', { ...options, ...changes }]]);
  const stepsOf = async (
    byDomain: ReadonlyMap<string, ObjectiveOptions>,
    logprobs = noLogprobs,
  ) => {
    const objective = createObjective(options, byDomain);
    return objective.batches(await objective.prepare(groups, logprobs), random);
  };

  test('that say the same are one batch, with the same bits', async () => {
    const same = await stepsOf(ownB({ maxLength: 99 }));
    expect(same).toEqual(await stepsOf(new Map()));
    expect(same[0]).toHaveLength(1);
  });

  test('each are aggregated their own way, and weigh as many rollouts as they have', async () => {
    const [step] = await stepsOf(ownB({ aggregation: 'constant-length', maxLength: 10 }));
    const [a, b] = step!.map(({ data }) => aggregated(data));
    // Half of the rollouts, mean over tokens; sum over 4 rollouts times 10 tokens.
    expect(a).toBeCloseTo(0.5);
    expect(b).toBeCloseTo(8 / 40);
  });

  test('clip and sample with their own kernels', async () => {
    const [step] = await stepsOf(ownB({ clipHigh: 0.28, temperature: 0.6 }));
    expect(step!.map(({ kernel }) => kernel)).toMatchObject([
      { clipHigh: 0.2, temperature: 1 },
      { clipHigh: 0.28, temperature: 0.6 },
    ]);
  });

  test('are corrected for their sampler only where they say so', async () => {
    const own = ownB({ importanceCorrection: { kind: 'sequence', cap: 3 } });
    const asked: number[] = [];
    const [step] = await stepsOf(own, async (_, sequences) => {
      asked.push(...sequences.map((tokens) => tokens[0]!));
      return sequences.map((tokens) => new Float32Array(tokens.length - 1).fill(-1));
    });
    expect(asked).toEqual([30, 40]);
    expect(step!.map(({ corrected }) => corrected)).toEqual([false, true]);
  });

  test('make as many passes as they say', async () => {
    const steps = await stepsOf(ownB({ epochs: 3 }));
    const firsts = steps.map((step) =>
      step.flatMap(({ data }) => data.map(({ tokens }) => tokens[0])),
    );
    expect(firsts).toEqual([
      [10, 20, 30, 40],
      [30, 40],
      [30, 40],
    ]);
    // Alone in a pass, they are the whole batch.
    expect(aggregated(steps[1]![0]!.data)).toBeCloseTo(1);
  });

  test('ask for a reference only where there is a KL term', async () => {
    const asked: unknown[][] = [];
    const reference: PolicyLogprobs = async (which, sequences, temperature) => {
      asked.push([which, temperature, ...sequences.map((tokens) => tokens[0]!)]);
      return sequences.map((tokens) => new Float32Array(tokens.length - 1).fill(-tokens[0]!));
    };
    const own = ownB({ klCoefficient: 0.1, temperature: 0.5 });
    const [step] = await stepsOf(own, reference);
    expect(createObjective(options, own).needsReference).toBe(true);
    expect(asked).toEqual([['reference', 0.5, 30, 40]]);
    expect(step![0]!.data[0]!.referenceLogprobs).toBeUndefined();
    expect(step![1]!.data.map(({ referenceLogprobs }) => referenceLogprobs![0])).toEqual([
      -30, -40,
    ]);
  });
});

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
