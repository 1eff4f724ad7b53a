import { describe, expect, test } from 'vitest';
import { Graph, type Value } from '../onnx/graph.ts';
import { compileGraph, type PlainTensor } from '../onnx/run.ts';
import { gradients } from './gradients.ts';

type Feeds = Readonly<Record<string, PlainTensor>>;

async function runOnce(
  graph: Graph,
  outputs: readonly Value[],
  feeds: Feeds,
): Promise<PlainTensor[]> {
  for (const [place, value] of outputs.entries()) graph.output(`result${place}`, value);
  await using compiled = await compileGraph(graph);
  const results = await compiled.run(feeds);
  return outputs.map((_, place) => results[`result${place}`] as PlainTensor);
}

function sumOf(graph: Graph, x: Value): Value {
  return graph.reduceSum(
    x,
    x.shape.map((_, axis) => axis),
    false,
  );
}

describe('gradients', () => {
  test('are zero where the loss does not depend on a value', async () => {
    const graph = new Graph('unreachable');
    const x = graph.input('x', 'float32', ['B', 2]);
    const unused = graph.input('unused', 'float32', ['B', 2]);
    const weight = graph.input('weight', 'float32', [2, 3]);
    const [ofUnused, ofWeight] = gradients(graph, sumOf(graph, x), [unused, weight]);
    const feeds = {
      x: { data: [1, 2], shape: [1, 2] },
      unused: { data: [1, 2, 3, 4, 5, 6], shape: [3, 2] },
      weight: { data: [1, 2, 3, 4, 5, 6], shape: [2, 3] },
    };
    const results = await runOnce(graph, [ofUnused as Value, ofWeight as Value], feeds);
    expect(results).toEqual([
      { data: [0, 0, 0, 0, 0, 0], shape: [3, 2] },
      { data: [0, 0, 0, 0, 0, 0], shape: [2, 3] },
    ]);
  });

  test('stop at operators without a derivative', async () => {
    const graph = new Graph('stop');
    const x = graph.input('x', 'float32', [2]);
    const sign = graph.cast(graph.greater(x, graph.scalar(0)), 'float32');
    const [gradient] = gradients(graph, sumOf(graph, graph.mul(sign, x)), [x]);
    const [result] = await runOnce(graph, [gradient as Value], {
      x: { data: [-3, 3], shape: [2] },
    });
    expect(result?.data).toEqual([0, 1]);
  });

  test('take a detached value for a constant', async () => {
    const graph = new Graph('detached');
    const x = graph.input('x', 'float32', [2]);
    const y = graph.mul(graph.detach(graph.mul(x, x)), x);
    const [gradient] = gradients(graph, sumOf(graph, y), [x]);
    const [result] = await runOnce(graph, [gradient as Value], {
      x: { data: [3, -2], shape: [2] },
    });
    expect(result?.data).toEqual([9, 4]);
  });

  test('add up over every use of a value', async () => {
    const graph = new Graph('uses');
    const x = graph.input('x', 'float32', [2]);
    const y = graph.add(graph.mul(x, x), graph.mul(x, graph.scalar(3)));
    const [gradient] = gradients(graph, sumOf(graph, y), [x]);
    const [result] = await runOnce(graph, [gradient as Value], {
      x: { data: [1, -2], shape: [2] },
    });
    expect(result?.data).toEqual([5, -1]);
  });

  test('can be asked for at an intermediate value and at the loss itself', async () => {
    const graph = new Graph('intermediate');
    const x = graph.input('x', 'float32', [2]);
    const middle = graph.mul(x, x);
    const loss = sumOf(graph, graph.mul(middle, middle));
    const wanted = gradients(graph, loss, [middle, loss]);
    const results = await runOnce(graph, wanted, { x: { data: [1, 2], shape: [2] } });
    expect(results.map(({ data }) => data)).toEqual([[2, 8], [1]]);
  });

  test('can be asked for at the sigmoid inside a swish', async () => {
    const graph = new Graph('swish');
    const x = graph.input('x', 'float32', [2]);
    const sigmoid = graph.sigmoid(x);
    const [gradient] = gradients(graph, sumOf(graph, graph.mul(x, sigmoid)), [sigmoid]);
    const [result] = await runOnce(graph, [gradient as Value], {
      x: { data: [1, -2], shape: [2] },
    });
    expect(result?.data).toEqual([1, -2]);
  });

  test('count a broadcast number as often as it was used, also under a sum', async () => {
    const graph = new Graph('thin');
    const x = graph.input('x', 'float32', ['B', 3]);
    const bias = graph.input('bias', 'float32', []);
    const row = graph.input('row', 'float32', [1, 3]);
    const y = graph.add(graph.add(x, bias), row);
    const [ofBias, ofRow] = gradients(graph, sumOf(graph, y), [bias, row]);
    const feeds = {
      x: { data: new Array<number>(12).fill(0), shape: [4, 3] },
      bias: { data: [0], shape: [] },
      row: { data: [0, 0, 0], shape: [1, 3] },
    };
    const results = await runOnce(graph, [ofBias as Value, ofRow as Value], feeds);
    expect(results.map(({ data }) => data)).toEqual([[12], [4, 4, 4]]);
  });

  test.each([
    ['min', [1, 1], [0, 0]],
    ['max', [1, 1], [0, 0]],
  ] as const)('go to the first input of %s at a tie', async (method, first, second) => {
    const graph = new Graph('tie');
    const a = graph.input('a', 'float32', [2]);
    const b = graph.input('b', 'float32', [2]);
    const wanted = gradients(graph, sumOf(graph, graph[method](a, b)), [a, b]);
    const tied = { data: [0.5, -2], shape: [2] };
    const results = await runOnce(graph, wanted, { a: tied, b: tied });
    expect(results.map(({ data }) => data)).toEqual([first, second]);
  });

  test('pass through a clip on its bounds and are zero outside', async () => {
    const graph = new Graph('clip');
    const x = graph.input('x', 'float32', [4]);
    const [gradient] = gradients(graph, sumOf(graph, graph.clip(x, -1, 1)), [x]);
    const feeds = { x: { data: [-1.5, -1, 1, 1.5], shape: [4] } };
    const [result] = await runOnce(graph, [gradient as Value], feeds);
    expect(result?.data).toEqual([0, 1, 1, 0]);
  });

  test('are shared by equal maxima', async () => {
    const graph = new Graph('maxima');
    const x = graph.input('x', 'float32', [4]);
    const [gradient] = gradients(graph, graph.reduceMax(x, [0], false), [x]);
    const feeds = { x: { data: [2, 1, 2, 0], shape: [4] } };
    const [result] = await runOnce(graph, [gradient as Value], feeds);
    expect(result?.data).toEqual([0.5, 0, 0.5, 0]);
  });

  test('of a weight used for a whole batch take one product of rows', () => {
    const graph = new Graph('weight');
    const x = graph.input('x', 'float32', ['B', 'T', 4]);
    const weight = graph.input('weight', 'float32', [5, 4]);
    const y = graph.matMul(x, graph.transpose(weight, [1, 0]));
    const forward = graph.nodes.length;
    gradients(graph, sumOf(graph, graph.sin(y)), [weight]);
    const products = graph.nodes.slice(forward).filter(({ op }) => op === 'MatMul');
    expect(products.map(({ outputs }) => outputs[0]?.shape)).toEqual([[5, 4]]);
    expect(products[0]?.inputs.map(({ shape }) => shape)).toEqual([
      [5, 'B*T'],
      ['B*T', 4],
    ]);
  });

  test('add no nodes for inputs that nobody asked about', () => {
    const graph = new Graph('pruned');
    const x = graph.input('x', 'float32', ['B', 4]);
    const weight = graph.input('weight', 'float32', [4, 4]);
    const y = graph.matMul(graph.exp(x), weight);
    const loss = sumOf(graph, y);
    const forward = graph.nodes.length;
    gradients(graph, loss, [weight]);
    const added = graph.nodes.slice(forward).map(({ op }) => op);
    expect(added.filter((op) => op === 'MatMul' || op === 'Mul')).toEqual(['MatMul']);
  });

  test('are the same bits where parts of the graph are computed again', async () => {
    const feeds = {
      x: { data: [0.3, -1.2, 0.7, 2.1, -0.4, 0.9], shape: [3, 2] },
      weight: { data: [0.5, -0.3, 1.1, 0.8], shape: [2, 2] },
    };
    const results: PlainTensor[][] = [];
    for (const isRepeated of [false, true]) {
      const graph = new Graph('again');
      const x = graph.input('x', 'float32', ['B', 2]);
      const weight = graph.input('weight', 'float32', [2, 2]);
      let inner = x;
      const part = (input: Value): Value => {
        inner = graph.tanh(graph.matMul(input, weight));
        return graph.add(input, graph.mul(inner, graph.sigmoid(inner)));
      };
      let y = x;
      for (let layer = 0; layer < 3; layer++) y = isRepeated ? graph.recomputed(y, part) : part(y);
      const loss = sumOf(graph, graph.mul(y, y));
      const outputs = gradients(graph, loss, [x, weight, inner]);
      results.push(await runOnce(graph, [loss, ...outputs], feeds));
      const tangents = graph.nodes.filter(({ op }) => op === 'Tanh').length;
      expect(tangents).toBe(isRepeated ? 6 : 3);
    }
    expect(results[1]).toEqual(results[0]);
  });

  test('refuse a loss of several elements', () => {
    const graph = new Graph('vector');
    const x = graph.input('x', 'float32', ['B']);
    expect(() => gradients(graph, x, [x])).toThrow(
      'gradients: expected a loss of one element, got [B]. Sum or average it first.',
    );
  });

  test('of a small decoder equal central differences for every parameter', async () => {
    const { graph, loss, parameters } = smallDecoder();
    const wanted = gradients(graph, loss, parameters);
    graph.output('loss', loss);
    for (const [place, value] of wanted.entries()) graph.output(`gradient${place}`, value);
    await using compiled = await compileGraph(graph);
    const feeds: Record<string, PlainTensor> = {
      tokens: { data: [1, 2, 0, 4, 3, 3], shape: [2, 3] },
      targets: { data: [2, 0, 1, 3, 3, 4], shape: [2, 3] },
      positions: { data: [0, 1, 2, 0, 1, 2], shape: [2, 3] },
    };
    for (const [place, { name, shape }] of parameters.entries()) {
      const sizes = shape.map(Number);
      const count = sizes.reduce((product, size) => product * size, 1);
      const data = Array.from({ length: count }, (_, at) => Math.sin(5 * at + place) * 0.8);
      feeds[name] = { data, shape: sizes };
    }
    const lossAt = async (name: string, place: number, offset: number): Promise<number> => {
      const { data, shape } = feeds[name] as PlainTensor;
      const moved = { data: data.with(place, (data[place] ?? 0) + offset), shape };
      return (await compiled.run({ ...feeds, [name]: moved })).loss?.data[0] ?? Number.NaN;
    };
    const exact = await compiled.run(feeds);
    // The loss is about 2 in float32 (rounding 2e-7 / step 2^-6 = 1.5e-5); curvature adds about 2^-12 / 6 · f''' < 1e-3.
    const step = 2 ** -6;
    for (const [place, { name }] of parameters.entries()) {
      for (const at of [0, 3, 7]) {
        const numeric =
          ((await lossAt(name, at, step)) - (await lossAt(name, at, -step))) / (2 * step);
        expect(exact[`gradient${place}`]?.data[at], `${name}[${at}]`).toBeCloseTo(numeric, 2.7);
      }
    }
  });
});

/** One layer with everything a Llama has: norm, rotary attention of two heads, gated feed-forward, tied embedding. */
function smallDecoder(): { graph: Graph; loss: Value; parameters: Value[] } {
  const graph = new Graph('decoder');
  const [width, heads, vocabulary] = [8, 2, 5];
  const parameters: Value[] = [];
  const parameter = (name: string, shape: readonly number[]): Value => {
    const value = graph.input(name, 'float32', shape);
    parameters.push(value);
    return value;
  };
  const linear = (x: Value, name: string, to: number, from: number): Value =>
    graph.matMul(x, graph.transpose(parameter(name, [to, from]), [1, 0]));
  const norm = (x: Value, name: string): Value => {
    const square = graph.reduceMean(graph.mul(x, x), [-1], true);
    const scale = graph.reciprocal(graph.sqrt(graph.add(square, graph.scalar(1e-5))));
    return graph.mul(graph.mul(x, scale), parameter(name, [width]));
  };
  const split = (x: Value): Value =>
    graph.transpose(graph.reshape(x, [0, 0, heads, width / heads]), [0, 2, 1, 3]);

  const tokens = graph.input('tokens', 'int64', ['B', 'T']);
  const targets = graph.input('targets', 'int64', ['B', 'T']);
  const positions = graph.input('positions', 'int64', ['B', 'T']);
  const embedding = parameter('embedding', [vocabulary, width]);
  const angles = Array.from({ length: 3 * (width / heads / 2) }, (_, at) => (at + 1) * 0.4);
  const cos = graph.constant(angles.map(Math.cos), 'float32', [3, width / heads / 2]);
  const sin = graph.constant(angles.map(Math.sin), 'float32', [3, width / heads / 2]);

  let x = graph.gather(embedding, tokens, 0);
  const read = norm(x, 'norm1');
  const queries = split(graph.rotary(linear(read, 'q', width, width), positions, cos, sin));
  const keys = split(graph.rotary(linear(read, 'k', width, width), positions, cos, sin));
  const values = split(linear(read, 'v', width, width));
  const scores = graph.matMul(queries, graph.transpose(keys, [0, 1, 3, 2]));
  const mixed = graph.matMul(graph.softmax(graph.mul(scores, graph.scalar(0.5))), values);
  const joined = graph.reshape(graph.transpose(mixed, [0, 2, 1, 3]), [0, 0, width]);
  x = graph.add(x, linear(joined, 'o', width, width));
  const gated = norm(x, 'norm2');
  const gate = linear(gated, 'gate', 12, width);
  const swish = graph.mul(gate, graph.sigmoid(gate));
  x = graph.add(x, linear(graph.mul(swish, linear(gated, 'up', 12, width)), 'down', width, 12));
  const logits = graph.matMul(norm(x, 'norm3'), graph.transpose(embedding, [1, 0]));
  const picked = graph.pick(graph.logSoftmax(logits), targets);
  return { graph, loss: graph.neg(graph.reduceMean(picked, [0, 1], false)), parameters };
}
