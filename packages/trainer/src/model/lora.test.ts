import { createRandom } from '@taskspace/core';
import { describe, expect, test } from 'vitest';
import { compileGraph, type PlainTensor } from '../onnx/run.ts';
import { plainLogDistributions } from './__fixtures__/plain-decoder.ts';
import { TINY_MODELS } from './__fixtures__/tiny-models.ts';
import { type DecoderConfig, initialParameters, parameterSpecs } from './config.ts';
import { accumulatedName, DROPOUT_TOKENS, dropoutName, gradientName } from './graph-names.ts';
import { adaptedModules, adapterSpecs, allSpecs, initialAdapters, mergeAdapters } from './lora.ts';
import { LORA_TARGETS, type LoraConfig } from './lora-config.ts';
import { rotationTable } from './rotary.ts';
import { buildTrainingGraph } from './training-graph.ts';

const LORA: LoraConfig = { rank: 3, alpha: 5, targets: LORA_TARGETS, dropout: 0 };
const TOKENS = [3, 1, 4, 1, 5, 9, 2, 6];
const LENGTH = TOKENS.length - 1;
const WEIGHTS = [0, 0.5, 1, 0.5, 0.25, 1, 2];

type Numbers = ReadonlyMap<string, ArrayLike<number>>;

async function runGraph(
  config: DecoderConfig,
  parameters: Numbers,
  more: Readonly<Record<string, PlainTensor>> = {},
): Promise<Record<string, PlainTensor>> {
  const shape = [1, LENGTH];
  const positions = Array.from({ length: LENGTH }, (_, at) => at);
  const table = rotationTable(config, positions);
  const inputs: Record<string, PlainTensor> = {
    ids: { data: TOKENS.slice(0, -1), shape },
    targets: { data: TOKENS.slice(1), shape },
    weights: { data: WEIGHTS, shape },
    positions: { data: positions, shape: [LENGTH] },
    cos: { data: [...table.cos], shape: [LENGTH, config.headDim / 2] },
    sin: { data: [...table.sin], shape: [LENGTH, config.headDim / 2] },
    ...more,
  };
  for (const { name, shape } of allSpecs(config)) {
    const data = Array.from(parameters.get(name)!);
    inputs[name] = { data, shape };
    inputs[accumulatedName(name)] = { data: data.map(() => 0), shape };
  }
  await using graph = await compileGraph(buildTrainingGraph(config, 'cross-entropy'));
  return await graph.run(inputs);
}

/** Adapters with nothing at zero. */
function drawnAdapters(config: DecoderConfig): Map<string, Float32Array> {
  const random = createRandom('adapters');
  return new Map(
    [...initialAdapters(config, random)].map(([name, data]) => [
      name,
      data.map(() => 0.6 * random.next() - 0.3),
    ]),
  );
}

/** The loss by plain loops in double precision, the adapters multiplied out. */
function plainLoss(config: DecoderConfig, base: Numbers, adapters: Numbers): number {
  const { rank, alpha } = config.lora!;
  const whole = new Map(base);
  for (const { module, inputs, outputs } of adaptedModules(config)) {
    const weight = Float64Array.from(whole.get(`${module}.weight`)!);
    const down = adapters.get(`${module}.lora_A.weight`)!;
    const up = adapters.get(`${module}.lora_B.weight`)!;
    for (let out = 0; out < outputs; out++) {
      for (let at = 0; at < inputs; at++) {
        let sum = 0;
        for (let r = 0; r < rank; r++) sum += up[out * rank + r]! * down[r * inputs + at]!;
        weight[out * inputs + at]! += (alpha / rank) * sum;
      }
    }
    whole.set(`${module}.weight`, weight);
  }
  const distributions = plainLogDistributions(config, whole, TOKENS.slice(0, -1));
  return -distributions.reduce(
    (sum, distribution, t) => sum + WEIGHTS[t]! * distribution[TOKENS[t + 1]!]!,
    0,
  );
}

describe.each(Object.entries(TINY_MODELS))('%s', (_, plain) => {
  const config: DecoderConfig = { ...plain, lora: LORA };
  const base = initialParameters(config, createRandom(7));

  test('fresh adapters leave every bit of the base policy as it is', async () => {
    const adapters = initialAdapters(config, createRandom(1));
    const adapted = await runGraph(config, new Map([...base, ...adapters]));
    const untouched = await runGraph(plain, base);
    for (const name of ['loss', 'logprobs', 'entropies']) {
      expect(adapted[name], name).toEqual(untouched[name]);
    }
  });

  // The tolerances are those of the whole parameters' gradients: central differences of a loss in double precision, held
  // against float32 arithmetic.
  test('the gradient of every adapter agrees with central differences, and nothing else has one', async () => {
    const adapters = drawnAdapters(config);
    const results = await runGraph(config, new Map([...base, ...adapters]));
    expect(results.loss!.data[0]).toBeCloseTo(plainLoss(config, base, adapters), 4);
    const random = createRandom(11);
    for (const { name } of adapterSpecs(config)) {
      const gradient = results[gradientName(name)]!.data;
      const largest = Math.max(...gradient.map(Math.abs));
      expect(largest, name).toBeGreaterThan(1e-4);
      for (let check = 0; check < 3; check++) {
        const at = random.integer(gradient.length);
        const lossAt = (offset: number) => {
          const moved = Float64Array.from(adapters.get(name)!);
          moved[at]! += offset;
          return plainLoss(
            config,
            base,
            new Map<string, ArrayLike<number>>(adapters).set(name, moved),
          );
        };
        const slope = (lossAt(1e-4) - lossAt(-1e-4)) / 2e-4;
        expect(Math.abs(gradient[at]! - slope) / largest, `${name}[${at}]`).toBeLessThan(2e-4);
      }
    }
    const outputs = adapterSpecs(config).map(({ name }) => gradientName(name));
    expect(Object.keys(results).sort()).toEqual(
      ['loss', 'logprobs', 'entropies', ...outputs].sort(),
    );
  });

  test('merged weights give what weights and adapters give', async () => {
    const adapters = drawnAdapters(config);
    const { logprobs } = await runGraph(config, new Map([...base, ...adapters]));
    const merged = new Map([...base].map(([name, data]) => [name, data.slice()]));
    mergeAdapters({ ...config, lora: LORA }, merged, adapters);
    const whole = await runGraph(plain, merged);
    for (const [t, logprob] of logprobs!.data.entries()) {
      expect(whole.logprobs!.data[t]).toBeCloseTo(logprob, 4);
    }
  });
});

test('only the modules named get adapters', () => {
  const lora: LoraConfig = { ...LORA, targets: ['q_proj', 'down_proj'] };
  const config = { ...TINY_MODELS['llama, tied embeddings']!, lora };
  expect(adapterSpecs(config).map(({ name, shape }) => [name, ...shape])).toEqual(
    [0, 1].flatMap((layer) => [
      [`model.layers.${layer}.self_attn.q_proj.lora_A.weight`, 3, 12],
      [`model.layers.${layer}.self_attn.q_proj.lora_B.weight`, 12, 3],
      [`model.layers.${layer}.mlp.down_proj.lora_A.weight`, 3, 20],
      [`model.layers.${layer}.mlp.down_proj.lora_B.weight`, 12, 3],
    ]),
  );
  expect(parameterSpecs(config)).toEqual(parameterSpecs(TINY_MODELS['llama, tied embeddings']!));
});

describe('dropout', () => {
  const plain = TINY_MODELS['llama, tied embeddings']!;
  const dropping: DecoderConfig = { ...plain, lora: { ...LORA, dropout: 0.25 } };
  const base = initialParameters(dropping, createRandom(7));
  const parameters = new Map([...base, ...drawnAdapters(dropping)]);

  function noise(seed: number): Record<string, PlainTensor> {
    const random = createRandom(seed);
    const tokens = Array.from({ length: LENGTH }, () => random.next());
    const pairs = adaptedModules(dropping).map(({ module, inputs }) => {
      const factors = Array.from({ length: inputs }, () => 1 + random.integer(1023));
      const offsets = Array.from({ length: inputs }, () => random.next());
      return [dropoutName(module), { data: [...factors, ...offsets], shape: [2, inputs] }] as const;
    });
    return { [DROPOUT_TOKENS]: { data: tokens, shape: [1, LENGTH] }, ...Object.fromEntries(pairs) };
  }

  test('the same numbers drop the same, others do not', async () => {
    const once = await runGraph(dropping, parameters, noise(1));
    expect(await runGraph(dropping, parameters, noise(1))).toEqual(once);
    expect((await runGraph(dropping, parameters, noise(2))).loss).not.toEqual(once.loss);
    const whole = await runGraph({ ...plain, lora: LORA }, parameters);
    expect(once.loss).not.toEqual(whole.loss);
  });

  // The graph's own loss in float32 bears a step of 1e-2; with a third-order error of the loss that leaves about 2 %.
  test('the gradient is that of the loss with what was dropped', async () => {
    const name = 'model.layers.0.mlp.up_proj.lora_A.weight';
    const gradient = (await runGraph(dropping, parameters, noise(1)))[gradientName(name)]!.data;
    const at = gradient.reduce(
      (best, slope, index) => (Math.abs(slope) > Math.abs(gradient[best]!) ? index : best),
      0,
    );
    const lossAt = async (offset: number): Promise<number> => {
      const moved = parameters.get(name)!.slice();
      moved[at]! += offset;
      const results = await runGraph(dropping, new Map(parameters).set(name, moved), noise(1));
      return results.loss!.data[0]!;
    };
    const slope = ((await lossAt(1e-2)) - (await lossAt(-1e-2))) / 2e-2;
    expect(gradient[at]! / slope).toBeCloseTo(1, 1);
  });
});
