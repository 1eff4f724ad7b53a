import { expect, test } from 'vitest';
import { Graph } from './graph.ts';
import { MODEL_PROTO } from './onnx-proto.ts';
import { compileGraph } from './run.ts';
import { serializeModel } from './serialize.ts';

function scaledSum(): Graph {
  const graph = new Graph('scaled-sum');
  const x = graph.input('x', 'float32', ['B', 'T', 2]);
  const scale = graph.input('scale', 'float32', [2]);
  const rows = graph.reshape(graph.mul(x, scale), [-1, 2]);
  graph.output('rows', rows);
  graph.output('sums', graph.reduceSum(graph.reshape(rows, ['B', 'T', 2]), [1], false));
  return graph;
}

test('a model with named dimensions runs at several sizes', async () => {
  await using model = await compileGraph(scaledSum());
  const scale = { data: [1, 10], shape: [2] };
  const small = await model.run({ x: { data: [1, 2], shape: [1, 1, 2] }, scale });
  expect(small).toEqual({
    rows: { data: [1, 20], shape: [1, 2] },
    sums: { data: [1, 20], shape: [1, 2] },
  });
  const large = await model.run({ x: { data: [1, 2, 3, 4, 5, 6, 7, 8], shape: [2, 2, 2] }, scale });
  expect(large).toEqual({
    rows: { data: [1, 20, 3, 40, 5, 60, 7, 80], shape: [4, 2] },
    sums: { data: [4, 60, 12, 140], shape: [2, 2] },
  });
});

test('constants of every element type reach the runtime', async () => {
  const graph = new Graph('constants');
  const lists = {
    float32: [0.5, -3],
    float16: [0.5, -3],
    int64: [7, -9],
    int32: [7, -9],
    bool: [1, 0],
  } as const;
  for (const [dtype, elements] of Object.entries(lists) as [
    keyof typeof lists,
    readonly number[],
  ][]) {
    graph.output(dtype, graph.cast(graph.constant(elements, dtype, [2]), 'float32'));
  }
  await using model = await compileGraph(graph);
  const results = await model.run({});
  for (const [dtype, elements] of Object.entries(lists)) {
    expect(results[dtype]?.data, dtype).toEqual([...elements]);
  }
});

test('an input or a constant can be an output under another name', async () => {
  const graph = new Graph('pass');
  const x = graph.input('x', 'float32', ['B']);
  graph.output('same', x);
  graph.output('two', graph.scalar(2));
  await using model = await compileGraph(graph);
  const results = await model.run({ x: { data: [4, 5], shape: [2] } });
  expect([results.same?.data, results.two?.data]).toEqual([[4, 5], [2]]);
});

test('what no output needs is left out of the model', () => {
  const graph = new Graph('pruned');
  const x = graph.input('x', 'float32', ['B']);
  graph.input('unused', 'float32', ['B']);
  graph.mul(graph.exp(x), graph.scalar(3));
  graph.output('y', graph.add(x, graph.scalar(2)));
  const model = MODEL_PROTO.toObject(MODEL_PROTO.decode(serializeModel(graph)));
  expect(model.graph.node.map(({ opType }: { opType: string }) => opType)).toEqual([
    'Add',
    'Identity',
  ]);
  expect(model.graph.initializer).toHaveLength(1);
  expect(model.graph.input).toHaveLength(2);
});

test('equal graphs give equal bytes', () => {
  expect(serializeModel(scaledSum())).toEqual(serializeModel(scaledSum()));
});
