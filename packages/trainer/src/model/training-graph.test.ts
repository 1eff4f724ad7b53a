import { createRandom } from '@taskspace/core';
import { describe, expect, test, vi } from 'vitest';
import { compileGraph, type PlainTensor } from '../onnx/run.ts';
import { plainLogDistributions } from './__fixtures__/plain-decoder.ts';
import { TINY_MODELS } from './__fixtures__/tiny-models.ts';
import { type DecoderConfig, initialParameters, parameterSpecs } from './config.ts';
import { accumulatedName, gradientName } from './graph-names.ts';
import { rotationTable } from './rotary.ts';
import { buildTrainingGraph, type TrainingGraphOptions } from './training-graph.ts';

// Graphs take a while to make ready on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

const LENGTH = 7;
const SEQUENCES = [
  [3, 1, 4, 1, 5, 9, 2, 6],
  [5, 3, 5, 8, 9, 7, 9, 3],
];
const WEIGHTS = [
  [0, 0, 1, 0.5, 0.25, 1, 2],
  [1, 1, 0, 0, 0.5, 0.5, 0.125],
];

/** Parameters with nothing at its default: norms off one, biases off zero. */
function randomParameters(config: DecoderConfig): Map<string, Float32Array> {
  const random = createRandom(7);
  const parameters = initialParameters(config, random);
  for (const { name, decay } of parameterSpecs(config)) {
    if (decay) continue;
    const data = parameters.get(name)!;
    for (let index = 0; index < data.length; index++) data[index]! += 0.5 * random.next() - 0.25;
  }
  return parameters;
}

function plainLoss(config: DecoderConfig, parameters: ReadonlyMap<string, ArrayLike<number>>) {
  let loss = 0;
  for (const [row, tokens] of SEQUENCES.entries()) {
    const distributions = plainLogDistributions(config, parameters, tokens.slice(0, -1));
    for (const [t, distribution] of distributions.entries()) {
      loss -= WEIGHTS[row]![t]! * distribution[tokens[t + 1]!]!;
    }
  }
  return loss;
}

async function runGraph(
  config: DecoderConfig,
  parameters: ReadonlyMap<string, Float32Array>,
  options: TrainingGraphOptions = {},
) {
  const shape = [SEQUENCES.length, LENGTH];
  const table = rotationTable(
    config,
    Array.from({ length: LENGTH }, (_, t) => t),
  );
  const half = [LENGTH, config.headDim / 2];
  const inputs: Record<string, PlainTensor> = {
    ids: { data: SEQUENCES.flatMap((tokens) => tokens.slice(0, -1)), shape },
    targets: { data: SEQUENCES.flatMap((tokens) => tokens.slice(1)), shape },
    weights: { data: WEIGHTS.flat(), shape },
    positions: { data: Array.from({ length: LENGTH }, (_, t) => t), shape: [LENGTH] },
    cos: { data: [...table.cos], shape: half },
    sin: { data: [...table.sin], shape: half },
  };
  for (const { name, shape } of parameterSpecs(config)) {
    const data = [...parameters.get(name)!];
    inputs[name] = { data, shape };
    inputs[accumulatedName(name)] = { data: data.map(() => 0), shape };
  }
  await using graph = await compileGraph(buildTrainingGraph(config, 'cross-entropy', options));
  return await graph.run(inputs);
}

describe.each(Object.entries(TINY_MODELS))('%s', (_, config) => {
  const parameters = randomParameters(config);

  test('log-probabilities and entropies are those of the decoder written as plain loops', async () => {
    const { logprobs, entropies, loss } = await runGraph(config, parameters);
    for (const [row, tokens] of SEQUENCES.entries()) {
      const expected = plainLogDistributions(config, parameters, tokens.slice(0, -1));
      for (const [t, distribution] of expected.entries()) {
        const at = row * LENGTH + t;
        const entropy = -distribution.reduce((sum, logp) => sum + Math.exp(logp) * logp, 0);
        expect(logprobs!.data[at]).toBeCloseTo(distribution[tokens[t + 1]!]!, 4);
        expect(entropies!.data[at]).toBeCloseTo(entropy, 4);
      }
    }
    expect(loss!.data[0]).toBeCloseTo(plainLoss(config, parameters), 4);
  });

  test('layers that are computed again give the same bits', async () => {
    const kept = await runGraph(config, parameters);
    expect(await runGraph(config, parameters, { recompute: true })).toEqual(kept);
  });

  // Central differences of the plain loss in double precision with step 1e-4 are exact to about 1e-7; what is left is the
  // graph's float32 arithmetic, some 1e-5 of the largest element.
  test('the gradient of every parameter agrees with central differences', async () => {
    const results = await runGraph(config, parameters);
    const random = createRandom(11);
    for (const { name } of parameterSpecs(config)) {
      const gradient = results[gradientName(name)]!.data;
      const largest = Math.max(...gradient.map(Math.abs));
      expect(largest, name).toBeGreaterThan(1e-4);
      for (let check = 0; check < 4; check++) {
        const at = random.integer(gradient.length);
        const slope = centralDifference(config, parameters, name, at);
        expect(Math.abs(gradient[at]! - slope) / largest, `${name}[${at}]`).toBeLessThan(2e-4);
      }
    }
  });
});

function centralDifference(
  config: DecoderConfig,
  parameters: ReadonlyMap<string, Float32Array>,
  name: string,
  at: number,
): number {
  const step = 1e-4;
  const lossAt = (offset: number) => {
    const moved = Float64Array.from(parameters.get(name)!);
    moved[at]! += offset;
    return plainLoss(config, new Map<string, ArrayLike<number>>([...parameters, [name, moved]]));
  };
  return (lossAt(step) - lossAt(-step)) / (2 * step);
}
