import { createRandom } from '@taskspace/core';
import { describe, expect, test } from 'vitest';
import { compileGraph, type PlainTensor } from '../onnx/run.ts';
import { TINY_LLAMA } from './__fixtures__/tiny-models.ts';
import { adamWScalars, buildAdamWGraph, buildNormGraph } from './adamw-graph.ts';
import { parameterSpecs } from './config.ts';
import { gradientName, momentName, nextName } from './graph-names.ts';

const SPECS = parameterSpecs(TINY_LLAMA);
const HYPER = { learningRate: 0.02, beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0.1 };

function randomTensors(seed: number): Map<string, number[]> {
  const random = createRandom(seed);
  return new Map(
    SPECS.map(({ name, shape }) => [
      name,
      Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.next() - 0.5),
    ]),
  );
}

describe('AdamW', () => {
  // Float32 against double precision over four steps: some 1e-6 of a parameter's size.
  test('four steps follow the published recursion, decay on matrices alone', async () => {
    await using graph = await compileGraph(buildAdamWGraph(SPECS));
    const start = randomTensors(1);
    let state = SPECS.map((spec) => {
      const parameter = start.get(spec.name)!;
      const zeros = () => parameter.map(() => 0);
      const plain = { expected: [...parameter], m: zeros(), v: zeros() };
      return { ...spec, parameter, first: zeros(), second: zeros(), ...plain };
    });
    for (let step = 1; step <= 4; step++) {
      const gradients = randomTensors(100 + step);
      const gradientScale = 0.5 + 0.1 * step;
      const inputs: Record<string, PlainTensor> = {};
      for (const { name, shape, parameter, first, second } of state) {
        inputs[name] = { data: parameter, shape };
        inputs[momentName('first', name)] = { data: first, shape };
        inputs[momentName('second', name)] = { data: second, shape };
        inputs[gradientName(name)] = { data: gradients.get(name)!, shape };
      }
      for (const [name, x] of Object.entries(adamWScalars({ ...HYPER, step, gradientScale }))) {
        inputs[name] = { data: [x], shape: [] };
      }
      const results = await graph.run(inputs);
      for (const { name, decay, expected, m, v } of state) {
        const gradient = gradients.get(name)!;
        for (const [at, raw] of gradient.entries()) {
          const g = raw * gradientScale;
          m[at] = HYPER.beta1 * m[at]! + (1 - HYPER.beta1) * g;
          v[at] = HYPER.beta2 * v[at]! + (1 - HYPER.beta2) * g * g;
          const mean = m[at]! / (1 - HYPER.beta1 ** step);
          const deviation = Math.sqrt(v[at]! / (1 - HYPER.beta2 ** step));
          const decayed = decay ? expected[at]! * HYPER.learningRate * HYPER.weightDecay : 0;
          expected[at]! -= (HYPER.learningRate * mean) / (deviation + HYPER.epsilon) + decayed;
        }
      }
      state = state.map((entry) => ({
        ...entry,
        parameter: [...results[nextName(entry.name)]!.data],
        first: [...results[nextName(momentName('first', entry.name))]!.data],
        second: [...results[nextName(momentName('second', entry.name))]!.data],
      }));
    }
    for (const { name, parameter, expected } of state) {
      for (const [at, value] of parameter.entries()) {
        expect(value, `${name}[${at}]`).toBeCloseTo(expected[at]!, 5);
      }
    }
  });

  test('the norm graph sums the squares of all gradients', async () => {
    await using graph = await compileGraph(buildNormGraph(SPECS));
    const gradients = randomTensors(3);
    const { squares } = await graph.run(
      Object.fromEntries(
        SPECS.map(({ name, shape }) => [gradientName(name), { data: gradients.get(name)!, shape }]),
      ),
    );
    const expected = [...gradients.values()].flat().reduce((sum, g) => sum + g * g, 0);
    expect(squares!.data[0]! / expected).toBeCloseTo(1, 5);
  });
});
