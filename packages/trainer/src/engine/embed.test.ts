import { createRandom } from '@taskspace/core';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { plainHidden } from '../model/__fixtures__/plain-decoder.ts';
import { TINY_LLAMA, TINY_MODELS } from '../model/__fixtures__/tiny-models.ts';
import { type DecoderConfig, initialParameters } from '../model/config.ts';
import { describeCpu } from './device.ts';
import { TrainingState } from './training-state.ts';
import { createTurnstile } from './turnstile.ts';

vi.setConfig({ testTimeout: 60_000 });

const states: TrainingState[] = [];
afterEach(async () => {
  for (const state of states.splice(0)) await state.dispose();
});

async function open(config: DecoderConfig, width = 1, keepReference = true) {
  const state = await TrainingState.create({
    config,
    parameters: initialParameters(config, createRandom(3)),
    microBatchTokens: 1024,
    keepReference,
    device: describeCpu(1),
    width,
    threadsEach: 1,
    exclusive: createTurnstile(),
  });
  states.push(state);
  return state;
}

function texts(count: number, { vocabSize, maxPositions }: DecoderConfig): Int32Array[] {
  const random = createRandom('texts');
  return Array.from({ length: count }, () => {
    const length = 1 + random.integer(maxPositions);
    return Int32Array.from({ length }, () => random.integer(vocabSize));
  });
}

describe('embed', () => {
  test.each(Object.entries(TINY_MODELS))('equals a plain loop: %s', async (_, config) => {
    const state = await open(config);
    const sequences = texts(5, config);
    const embeddings = await state.embed(sequences);
    for (const [index, tokens] of sequences.entries()) {
      const hidden = plainHidden(config, initialParameters(config, createRandom(3)), tokens);
      const mean = hidden[0]!.map(
        (_, at) => hidden.reduce((sum, row) => sum + row[at]!, 0) / hidden.length,
      );
      const norm = Math.hypot(...mean);
      // Single precision through two layers.
      for (const [at, x] of mean.entries()) expect(embeddings[index]![at]).toBeCloseTo(x / norm, 4);
    }
  });

  test('a text comes out the same to the last bit whatever is embedded beside it', async () => {
    // Anew each time: a state remembers what it has computed.
    const embed = async (some: readonly Int32Array[]) => (await open(TINY_LLAMA)).embed(some);
    const sequences = texts(40, TINY_LLAMA);
    const together = await embed(sequences);
    const random = createRandom('order');
    for (let round = 0; round < 5; round++) {
      const chosen = sequences.map((_, row) => row).filter(() => random.next() < 0.4);
      const order = chosen.toSorted((a, b) => ((a * 7 + round) % 11) - ((b * 7 + round) % 11));
      const some = await embed(order.map((row) => sequences[row]!));
      expect(some).toEqual(order.map((row) => together[row]!));
    }
    expect(await embed([sequences[17]!])).toEqual([together[17]]);
  });

  test('a text that comes again has the same bits, beside new ones too', async () => {
    const state = await open(TINY_LLAMA);
    const sequences = texts(20, TINY_LLAMA);
    const first = await state.embed(sequences.slice(0, 12));
    const all = await state.embed(sequences);
    expect(all.slice(0, 12)).toEqual(first);
    expect(all).toEqual(await (await open(TINY_LLAMA)).embed(sequences));
  });

  test('threads side by side give the same bits', async () => {
    // More than one round of two threads.
    const sequences = texts(600, TINY_LLAMA);
    const one = await (await open(TINY_LLAMA)).embed(sequences);
    expect(await (await open(TINY_LLAMA, 2)).embed(sequences)).toEqual(one);
  });

  test('stays that of the first policy while the policy learns', async () => {
    const state = await open(TINY_LLAMA);
    const sequences = texts(3, TINY_LLAMA);
    const before = await state.embed(sequences);
    const datum = { tokens: Int32Array.of(1, 2, 3), weights: Float32Array.of(1, 1) };
    await state.forwardBackward([datum], { name: 'cross-entropy' });
    await state.optimStep({
      learningRate: 0.1,
      beta1: 0.9,
      beta2: 0.99,
      epsilon: 1e-8,
      weightDecay: 0,
      maxGradNorm: 1,
    });
    expect(await state.embed(sequences)).toEqual(before);
    await state.updateReference(1);
    expect(await state.embed(sequences)).not.toEqual(before);
  });

  test('is that of the policy that was imported', async () => {
    const state = await open(TINY_LLAMA);
    const sequences = texts(3, TINY_LLAMA);
    const before = await state.embed(sequences);
    const parameters = initialParameters(TINY_LLAMA, createRandom(4));
    await state.importState({ parameters, optimizer: null, reference: null });
    expect(await state.embed(sequences)).not.toEqual(before);
  });

  test('needs a reference policy', async () => {
    const state = await open(TINY_LLAMA, 1, false);
    await expect(state.embed(texts(1, TINY_LLAMA))).rejects.toThrow(/keepReference/);
  });

  test('refuses a text without tokens', async () => {
    const state = await open(TINY_LLAMA);
    await expect(state.embed([new Int32Array(0)])).rejects.toThrow(/1 to 64 tokens/);
  });
});
