import { createRandom } from '@taskspace/core';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { LossKernel, OptimParams, TrainingDatum } from '../backend/backend.ts';
import { TINY_MODELS } from '../model/__fixtures__/tiny-models.ts';
import { type DecoderConfig, initialParameters, parameterSpecs } from '../model/config.ts';
import { adapterSpecs, initialAdapters, mergeAdapters } from '../model/lora.ts';
import { LORA_TARGETS, type LoraConfig } from '../model/lora-config.ts';
import { resolveDevice } from './device.ts';
import { TrainingState } from './training-state.ts';
import { createTurnstile } from './turnstile.ts';

// Threads and graphs take a while to start on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

const OPTIM: OptimParams = {
  learningRate: 0.02,
  beta1: 0.9,
  beta2: 0.95,
  epsilon: 1e-8,
  weightDecay: 0.1,
  maxGradNorm: 1,
};
const KERNEL: LossKernel = {
  name: 'clipped-ratio',
  clipLow: 0.2,
  clipHigh: 0.3,
  klCoefficient: 0.1,
  temperature: 0.7,
};
const PLAIN = TINY_MODELS['qwen3, normed queries and keys']!;
const LORA: LoraConfig = { rank: 4, alpha: 8, targets: LORA_TARGETS, dropout: 0 };

const opened: TrainingState[] = [];
afterEach(async () => {
  for (const state of opened.splice(0)) await state.dispose();
});

async function open({
  lora = LORA,
  width = 1,
  microBatchTokens = 40,
}: {
  readonly lora?: LoraConfig;
  readonly width?: number;
  readonly microBatchTokens?: number;
} = {}): Promise<TrainingState> {
  const config: DecoderConfig = { ...PLAIN, lora };
  const state = await TrainingState.create({
    config,
    parameters: new Map([
      ...initialParameters(config, createRandom(3)),
      ...initialAdapters(config, createRandom(4)),
    ]),
    microBatchTokens,
    keepReference: true,
    seed: 6,
    width,
    threadsEach: 1,
    device: await resolveDevice('cpu', 1),
    exclusive: createTurnstile(),
  });
  opened.push(state);
  return state;
}

function makeBatch(seed: number): TrainingDatum[] {
  const random = createRandom(seed);
  const numbers = (length: number, from: number, to: number) =>
    Float32Array.from({ length }, () => from + (to - from) * random.next());
  return Array.from({ length: 6 }, (_, index) => {
    const length = 4 + ((index * 7) % 15);
    return {
      tokens: Int32Array.from({ length: length + 1 }, () => random.integer(PLAIN.vocabSize)),
      weights: numbers(length, 0, 0.1),
      advantages: numbers(length, -1, 1),
      oldLogprobs: numbers(length, -4, -2),
      referenceLogprobs: numbers(length, -4, -2),
    };
  });
}

async function train(state: TrainingState, seeds: readonly number[]): Promise<number[]> {
  const losses: number[] = [];
  for (const seed of seeds) {
    losses.push((await state.forwardBackward(makeBatch(seed), KERNEL)).loss);
    await state.optimStep(OPTIM);
  }
  return losses;
}

const SEQUENCES = makeBatch(99).map(({ tokens }) => tokens);

describe('a policy with adapters', () => {
  test('trains these alone: moments and exported parameters are the adapters', async () => {
    const state = await open();
    const before = { ...state.parameters() };
    await train(state, [1, 2]);
    const { parameters, optimizer } = await state.exportState(true);
    const names = adapterSpecs({ ...PLAIN, lora: LORA }).map(({ name }) => name);
    expect([...parameters.keys()]).toEqual(names);
    expect([...optimizer!.firstMoments.keys()]).toEqual(names);
    for (const { name } of parameterSpecs(PLAIN))
      expect(state.parameters()[name]).toBe(before[name]);
    for (const data of parameters.values()) expect(data.some((number) => number !== 0)).toBe(true);
  });

  test('is the policy of its merged weights', async () => {
    const state = await open();
    await train(state, [1, 2, 3]);
    const { parameters } = await state.exportState(false);
    const merged = initialParameters(PLAIN, createRandom(3));
    mergeAdapters({ ...PLAIN, lora: LORA }, merged, parameters);
    const whole = await TrainingState.create({
      config: PLAIN,
      parameters: merged,
      microBatchTokens: 40,
      keepReference: false,
      width: 1,
      threadsEach: 1,
      device: await resolveDevice('cpu', 1),
      exclusive: createTurnstile(),
    });
    opened.push(whole);
    const expected = await whole.logprobs(SEQUENCES, 'policy', 1);
    for (const [row, logprobs] of (await state.logprobs(SEQUENCES, 'policy', 1)).entries()) {
      for (const [t, logprob] of logprobs.entries())
        expect(expected[row]![t]).toBeCloseTo(logprob, 4);
    }
  });

  test('threads side by side give what one gives', async () => {
    const alone = await open();
    const several = await open({ width: 3 });
    const [a, b] = [await train(alone, [1, 2]), await train(several, [1, 2])];
    for (const [step, loss] of a.entries()) expect(b[step]).toBeCloseTo(loss, 4);
    const [expected, got] = [
      await alone.logprobs(SEQUENCES, 'reference', 1),
      await several.logprobs(SEQUENCES, 'reference', 1),
    ];
    for (const [row, logprobs] of expected.entries()) {
      for (const [t, logprob] of logprobs.entries()) expect(got[row]![t]).toBeCloseTo(logprob, 4);
    }
  });
});

describe('the reference of a policy with adapters', () => {
  test('stays the base until it is moved, and is then the policy to the last bit', async () => {
    const state = await open();
    const before = await state.logprobs(SEQUENCES, 'policy', 1);
    await train(state, [1, 2]);
    expect(await state.logprobs(SEQUENCES, 'reference', 1)).toEqual(before);
    const policy = await state.logprobs(SEQUENCES, 'policy', 1);
    expect(policy).not.toEqual(before);
    await state.updateReference(0);
    expect(await state.logprobs(SEQUENCES, 'reference', 1)).toEqual(before);
    await state.updateReference(1);
    expect(await state.logprobs(SEQUENCES, 'reference', 1)).toEqual(policy);
    await train(state, [3]);
    expect(await state.logprobs(SEQUENCES, 'reference', 1)).toEqual(policy);
  });

  test('is not moved part of the way, as that would be no adapter of its rank', async () => {
    const state = await open();
    await expect(state.updateReference(0.5)).rejects.toThrow(/expected mix 0 or 1 with adapters/);
  });
});

describe('dropout', () => {
  const lora = { ...LORA, dropout: 0.3 };

  test('changes training, and nothing else', async () => {
    const [dropping, whole] = [await open({ lora }), await open()];
    // B is zero at first, so what reaches it does not show yet.
    expect(await train(dropping, [1])).toEqual(await train(whole, [1]));
    const [a, b] = [await train(dropping, [2]), await train(whole, [2])];
    expect(a).not.toEqual(b);
    const first = await dropping.logprobs(SEQUENCES, 'policy', 1);
    expect(await dropping.logprobs(SEQUENCES, 'policy', 1)).toEqual(first);
    const trained = (await dropping.forwardBackward(makeBatch(3), KERNEL)).logprobs;
    const tokens = makeBatch(3).map((datum) => datum.tokens);
    expect(await dropping.logprobs(tokens, 'policy', KERNEL.temperature)).not.toEqual(trained);
  });

  test.each([1, 3])(
    'goes on from a saved state bit for bit, %d micro-batches at a time',
    async (width) => {
      const original = await open({ lora, width });
      await train(original, [1, 2]);
      await original.updateReference(1);
      await train(original, [3]);
      const restored = await open({ lora, width });
      await train(restored, [77]);
      await restored.importState(structuredClone(await original.exportState(true)));
      expect(await train(restored, [4, 5])).toEqual(await train(original, [4, 5]));
      expect(await restored.exportState(true)).toEqual(await original.exportState(true));
    },
  );
});
