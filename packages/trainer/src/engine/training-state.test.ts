import { createRandom } from '@taskspace/core';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { LossKernel, OptimParams, TrainingDatum } from '../backend/backend.ts';
import { TINY_LLAMA, TINY_MODELS } from '../model/__fixtures__/tiny-models.ts';
import { type DecoderConfig, initialParameters } from '../model/config.ts';
import { resolveDevice } from './device.ts';
import { TrainingState } from './training-state.ts';
import { createTurnstile } from './turnstile.ts';

// Threads and graphs take a while to start on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

const OPTIM: OptimParams = {
  learningRate: 0.01,
  beta1: 0.9,
  beta2: 0.95,
  epsilon: 1e-8,
  weightDecay: 0.1,
  maxGradNorm: 1,
};
const CROSS_ENTROPY: LossKernel = { name: 'cross-entropy' };
const CLIPPED: LossKernel = {
  name: 'clipped-ratio',
  clipLow: 0.2,
  clipHigh: 0.3,
  klCoefficient: 0.1,
  temperature: 0.7,
};

const opened: TrainingState[] = [];
afterEach(async () => {
  for (const state of opened.splice(0)) await state.dispose();
});

async function open({
  config = TINY_LLAMA,
  microBatchTokens = 4096,
  keepReference = true,
  width = 1,
}: {
  config?: DecoderConfig;
  microBatchTokens?: number;
  keepReference?: boolean;
  width?: number;
} = {}): Promise<TrainingState> {
  const state = await TrainingState.create({
    config,
    parameters: initialParameters(config, createRandom(3)),
    microBatchTokens,
    keepReference,
    width,
    threadsEach: 1,
    device: await resolveDevice('cpu', 1),
    exclusive: createTurnstile(),
  });
  opened.push(state);
  return state;
}

/** Sequences of unequal lengths with everything a kernel may read. */
function makeBatch(count = 9, seed = 5): TrainingDatum[] {
  const random = createRandom(seed);
  const numbers = (length: number, from: number, to: number) =>
    Float32Array.from({ length }, () => from + (to - from) * random.next());
  return Array.from({ length: count }, (_, index) => {
    const length = 3 + ((index * 7) % 20);
    return {
      tokens: Int32Array.from({ length: length + 1 }, () => random.integer(TINY_LLAMA.vocabSize)),
      weights: numbers(length, 0, 0.1),
      advantages: numbers(length, -1, 1),
      oldLogprobs: numbers(length, -4, -2),
      referenceLogprobs: numbers(length, -4, -2),
    };
  });
}

async function parametersOf(state: TrainingState): Promise<ReadonlyMap<string, Float32Array>> {
  return (await state.exportState(false)).parameters;
}

/** Largest difference between two sets of parameters. */
function distance(
  a: ReadonlyMap<string, Float32Array>,
  b: ReadonlyMap<string, Float32Array>,
): number {
  let most = 0;
  for (const [name, values] of a) {
    const others = b.get(name)!;
    for (const [at, value] of values.entries())
      most = Math.max(most, Math.abs(value - others[at]!));
  }
  return most;
}

describe('forwardBackward', () => {
  test.each([
    ['cross-entropy', CROSS_ENTROPY],
    ['clipped-ratio', CLIPPED],
  ])(
    '%s: loss, log-probabilities and step do not depend on the cut into micro-batches',
    async (_, kernel) => {
      const whole = await open();
      const cut = await open({ microBatchTokens: 40 });
      const batch = makeBatch();
      const a = await whole.forwardBackward(batch, kernel);
      const b = await cut.forwardBackward(batch, kernel);
      expect(b.loss).toBeCloseTo(a.loss, 5);
      for (const [row, { tokens }] of batch.entries()) {
        expect(a.logprobs[row]).toHaveLength(tokens.length - 1);
        for (const [t, logprob] of a.logprobs[row]!.entries()) {
          expect(b.logprobs[row]![t]).toBeCloseTo(logprob, 4);
          expect(b.entropies[row]![t]).toBeCloseTo(a.entropies[row]![t]!, 4);
        }
      }
      const steps = [await whole.optimStep(OPTIM), await cut.optimStep(OPTIM)];
      expect(steps[1]!.gradNorm / steps[0]!.gradNorm).toBeCloseTo(1, 4);
    },
  );

  test('threads side by side give what one gives, and the same bits every time', async () => {
    const alone = await open({ microBatchTokens: 40 });
    const batch = makeBatch();
    const expected = await alone.forwardBackward(batch, CLIPPED);
    const { gradNorm } = await alone.optimStep(OPTIM);
    const states = [];
    for (let repeat = 0; repeat < 2; repeat++) {
      const state = await open({ microBatchTokens: 40, width: 3 });
      const result = await state.forwardBackward(batch, CLIPPED);
      expect(result.loss).toBeCloseTo(expected.loss, 5);
      for (const [row, logprobs] of expected.logprobs.entries()) {
        for (const [t, logprob] of logprobs.entries()) {
          expect(result.logprobs[row]![t]).toBeCloseTo(logprob, 4);
        }
      }
      expect((await state.optimStep(OPTIM)).gradNorm / gradNorm).toBeCloseTo(1, 4);
      await state.forwardBackward(batch.slice(0, 1), CLIPPED);
      await state.optimStep(OPTIM);
      const tokens = batch.map((datum) => datum.tokens);
      const reference = await state.logprobs(tokens, 'reference', CLIPPED.temperature);
      for (const [row, logprobs] of expected.logprobs.entries()) {
        for (const [t, logprob] of logprobs.entries()) {
          expect(reference[row]![t]).toBeCloseTo(logprob, 4);
        }
      }
      states.push(await state.exportState(true));
    }
    expect(states[1]).toEqual(states[0]);
  });

  test('several calls add their gradients', async () => {
    const together = await open();
    const apart = await open();
    const batch = makeBatch();
    await together.forwardBackward(batch, CROSS_ENTROPY);
    await apart.forwardBackward(batch.slice(0, 4), CROSS_ENTROPY);
    await apart.forwardBackward(batch.slice(4), CROSS_ENTROPY);
    const a = await together.optimStep(OPTIM);
    const b = await apart.optimStep(OPTIM);
    expect(b.gradNorm / a.gradNorm).toBeCloseTo(1, 5);
  });

  test('a longer neighbour, and so more padding, changes nothing for a sequence', async () => {
    const state = await open();
    const [short] = makeBatch(1);
    const long = makeBatch(7).at(-1)!;
    const alone = await state.forwardBackward([short!], CROSS_ENTROPY);
    const beside = await state.forwardBackward([short!, long], CROSS_ENTROPY);
    for (const [t, logprob] of alone.logprobs[0]!.entries()) {
      expect(beside.logprobs[0]![t]).toBeCloseTo(logprob, 5);
    }
  });

  test('the loss falls over a few steps on the same batch', async () => {
    const state = await open({ config: TINY_MODELS['qwen3, normed queries and keys']! });
    const batch = makeBatch();
    const losses: number[] = [];
    for (let step = 0; step < 8; step++) {
      losses.push((await state.forwardBackward(batch, CROSS_ENTROPY)).loss);
      await state.optimStep(OPTIM);
    }
    expect(losses.at(-1)).toBeLessThan(losses[0]! * 0.9);
  });

  test('equal runs give equal bits', async () => {
    const results = [];
    for (const state of [await open(), await open()]) {
      await state.forwardBackward(makeBatch(), CLIPPED);
      await state.optimStep(OPTIM);
      results.push(await parametersOf(state));
    }
    expect(results[1]).toEqual(results[0]);
  });

  test.each([
    [
      'a token outside the vocabulary',
      { tokens: Int32Array.of(1, 99), weights: Float32Array.of(1) },
      /datum 0, token 1: expected an id from 0 to 22, got \[99\]/,
    ],
    [
      'a single token',
      { tokens: Int32Array.of(1), weights: new Float32Array(0) },
      /2 to 65 tokens/,
    ],
    [
      'too many tokens',
      { tokens: new Int32Array(66), weights: new Float32Array(65) },
      /context length is 64/,
    ],
    [
      'weights of another length',
      { tokens: Int32Array.of(1, 2), weights: new Float32Array(2) },
      /weights of one number per target, \[1\], got \[2\]/,
    ],
  ])('refuses %s', async (_, datum, message) => {
    const state = await open();
    await expect(state.forwardBackward([datum], CROSS_ENTROPY)).rejects.toThrow(message);
  });

  test('names what a kernel needs and did not get', async () => {
    const state = await open();
    const datum = { tokens: Int32Array.of(1, 2), weights: Float32Array.of(1) };
    await expect(state.forwardBackward([datum], CLIPPED)).rejects.toThrow(
      /advantages.*got \[nothing\]/,
    );
  });
});

describe('optimStep', () => {
  test('leaves everything as it was when the gradient is not finite', async () => {
    const state = await open();
    await state.forwardBackward(makeBatch(), CROSS_ENTROPY);
    await state.optimStep(OPTIM);
    const before = await state.exportState(true);

    const [datum] = makeBatch(1);
    const poisoned = { ...datum!, weights: datum!.weights.map(() => Number.NaN) };
    await state.forwardBackward([poisoned], CROSS_ENTROPY);
    expect(await state.optimStep(OPTIM)).toEqual({ gradNorm: Number.NaN, applied: false });
    expect(await state.exportState(true)).toEqual(before);
  });

  test('goes on as if nothing had been after a skipped step', async () => {
    const disturbed = await open();
    const calm = await open();
    const [datum] = makeBatch(1);
    const poisoned = { ...datum!, weights: datum!.weights.map(() => Infinity) };
    await disturbed.forwardBackward([poisoned], CROSS_ENTROPY);
    await disturbed.optimStep(OPTIM);
    for (const state of [disturbed, calm]) {
      await state.forwardBackward(makeBatch(), CROSS_ENTROPY);
      await state.optimStep(OPTIM);
    }
    expect(await parametersOf(disturbed)).toEqual(await parametersOf(calm));
  });

  test('scales the gradient down to the norm allowed', async () => {
    // Without decay, and with epsilon far above the gradient, a step is proportional to the gradient.
    const linear = { ...OPTIM, weightDecay: 0, epsilon: 1e6, learningRate: 1e6 };
    const state = await open();
    const start = await parametersOf(state);
    await state.forwardBackward(makeBatch(), CROSS_ENTROPY);
    const { gradNorm } = await state.optimStep({ ...linear, maxGradNorm: 0 });
    const free = distance(await parametersOf(state), start);
    const other = await open();
    await other.forwardBackward(makeBatch(), CROSS_ENTROPY);
    await other.optimStep({ ...linear, maxGradNorm: gradNorm / 4 });
    expect(distance(await parametersOf(other), start) / free).toBeCloseTo(0.25, 2);
  });

  test('refuses to step without a gradient', async () => {
    const state = await open();
    await expect(state.optimStep(OPTIM)).rejects.toThrow(/expected a gradient/);
    await state.forwardBackward(makeBatch(), CROSS_ENTROPY);
    await state.optimStep(OPTIM);
    await expect(state.optimStep(OPTIM)).rejects.toThrow(/expected a gradient/);
  });
});

describe('logprobs', () => {
  test('are those of forwardBackward, in the order asked, at the temperature asked', async () => {
    const state = await open({ microBatchTokens: 40 });
    const batch = makeBatch();
    const { logprobs } = await state.forwardBackward(batch, CLIPPED);
    const tokens = batch.map((datum) => datum.tokens);
    const same = await state.logprobs(tokens, 'policy', CLIPPED.temperature);
    expect(same.map((row) => row.length)).toEqual(tokens.map((row) => row.length - 1));
    for (const [row, expected] of logprobs.entries()) {
      for (const [t, logprob] of expected.entries()) expect(same[row]![t]).toBeCloseTo(logprob, 5);
    }
  });
});

describe('reference', () => {
  const tokens = makeBatch().map((datum) => datum.tokens);

  async function trained(): Promise<TrainingState> {
    const state = await open();
    await state.forwardBackward(makeBatch(), CROSS_ENTROPY);
    await state.optimStep(OPTIM);
    return state;
  }

  test('stays where the policy began', async () => {
    const before = await (await open()).logprobs(tokens, 'policy', 1);
    const state = await trained();
    expect(await state.logprobs(tokens, 'reference', 1)).toEqual(before);
    expect(await state.logprobs(tokens, 'policy', 1)).not.toEqual(before);
  });

  test.each([0, 0.5, 1])('moves by the share %d towards the policy', async (mix) => {
    const state = await trained();
    const policy = await parametersOf(state);
    const start = initialParameters(TINY_LLAMA, createRandom(3));
    await state.updateReference(mix);
    const { reference } = await state.exportState(true);
    for (const [name, values] of reference!) {
      for (const [at, value] of values.entries()) {
        const expected = mix * policy.get(name)![at]! + (1 - mix) * start.get(name)![at]!;
        expect(value).toBeCloseTo(expected, 6);
      }
    }
    if (mix === 1) expect(reference).toEqual(policy);
  });

  test('is refused by name where none is kept', async () => {
    const state = await open({ keepReference: false });
    await expect(state.updateReference(1)).rejects.toThrow(/keepReference/);
    await expect(state.logprobs(tokens, 'reference', 1)).rejects.toThrow(/keepReference/);
  });
});

test('a state that was exported and imported goes on bit for bit', async () => {
  const original = await open();
  const copy = await open();
  for (let step = 0; step < 3; step++) {
    await original.forwardBackward(makeBatch(9, step), CLIPPED);
    await original.optimStep(OPTIM);
  }
  await original.updateReference(0.5);
  await copy.importState(structuredClone(await original.exportState(true)));
  for (const state of [original, copy]) {
    await state.forwardBackward(makeBatch(9, 50), CLIPPED);
    await state.optimStep(OPTIM);
    await state.updateReference(0.5);
  }
  expect(await copy.exportState(true)).toEqual(await original.exportState(true));
});
