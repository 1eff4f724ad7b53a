import { createRandom } from '@taskspace/core';
import { expect, test } from 'vitest';
import { DropoutNoise } from '../engine/dropout-noise.ts';
import { Graph } from '../onnx/graph.ts';
import { compileGraph } from '../onnx/run.ts';
import { TINY_LLAMA } from './__fixtures__/tiny-models.ts';
import { addDropout } from './dropout.ts';
import { DROPOUT_TOKENS, dropoutName } from './graph-names.ts';

const MODULE = 'model.layers.0.mlp.down_proj';
const RATE = 0.3;
const WIDTH = 400;
const LENGTH = 100;
const config = {
  ...TINY_LLAMA,
  intermediateSize: WIDTH,
  lora: { rank: 2, alpha: 2, targets: ['down_proj'] as const, dropout: RATE },
};

/** What is left of ones, by micro-batch of a step. */
async function dropped(step: number, batches: number): Promise<number[][]> {
  const graph = new Graph('dropout');
  const x = graph.input('x', 'float32', ['B', 'T', WIDTH]);
  graph.output('y', addDropout(graph, config).dropout!(x, MODULE));
  await using compiled = await compileGraph(graph);
  const noise = new DropoutNoise(config, 4);
  const ones = { data: new Array<number>(LENGTH * WIDTH).fill(1), shape: [1, LENGTH, WIDTH] };
  const results: number[][] = [];
  for (let batch = 0; batch < batches; batch++) {
    const empty = { rows: 1, length: LENGTH, integers: {}, floats: {}, scalars: {} };
    const { floats, pairs } = noise.addTo(empty, step);
    const { y } = await compiled.run({
      x: ones,
      [DROPOUT_TOKENS]: { data: [...floats[DROPOUT_TOKENS]!], shape: [1, LENGTH] },
      [dropoutName(MODULE)]: { data: [...pairs![dropoutName(MODULE)]!], shape: [2, WIDTH] },
    });
    results.push([...y!.data]);
  }
  return results;
}

const share = (numbers: readonly number[]) =>
  numbers.filter((number) => number === 0).length / numbers.length;

test('the share asked for is dropped, of every token and every feature, and the mean stays', async () => {
  const [y] = (await dropped(0, 1)) as [number[]];
  expect(new Set(y)).toEqual(new Set([0, Math.fround(1 / (1 - RATE))]));
  // 40,000 independent draws have a deviation of 0.0023, those of a token 0.023, of a feature 0.046.
  expect(Math.abs(share(y) - RATE)).toBeLessThan(0.01);
  for (let token = 0; token < LENGTH; token += 7) {
    expect(Math.abs(share(y.slice(token * WIDTH, (token + 1) * WIDTH)) - RATE)).toBeLessThan(0.12);
  }
  for (let feature = 0; feature < WIDTH; feature += 13) {
    const column = y.filter((_, at) => at % WIDTH === feature);
    expect(Math.abs(share(column) - RATE)).toBeLessThan(0.23);
  }
});

test('whether two elements are dropped has nothing to do with each other', async () => {
  const [y] = (await dropped(0, 1)) as [number[]];
  const random = createRandom(3);
  // Four corners of a rectangle of tokens and features: all dropped in a share of RATE ** 4 = 0.0081.
  let all = 0;
  const draws = 40_000;
  for (let draw = 0; draw < draws; draw++) {
    const [a, b] = [random.integer(LENGTH), random.integer(LENGTH)];
    const [i, j] = [random.integer(WIDTH), random.integer(WIDTH)];
    if (a === b || i === j) continue;
    const corners = [a * WIDTH + i, a * WIDTH + j, b * WIDTH + i, b * WIDTH + j];
    if (corners.every((at) => y[at] === 0)) all += 1;
  }
  expect(Math.abs(all / draws - RATE ** 4)).toBeLessThan(0.002);
});

test('every micro-batch and every step drops other elements, a repetition the same', async () => {
  const [first, second] = (await dropped(0, 2)) as [number[], number[]];
  expect(second).not.toEqual(first);
  expect((await dropped(1, 1))[0]).not.toEqual(first);
  expect(await dropped(0, 2)).toEqual([first, second]);
});
