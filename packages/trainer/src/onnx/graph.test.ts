import { describe, expect, test } from 'vitest';
import { Graph, type Shape } from './graph.ts';

describe('reshape', () => {
  test.each([
    [
      ['B', 'T', 12],
      [-1, 12],
      ['B*T', 12],
    ],
    [
      ['B', 'T', 12],
      [0, 0, 3, 4],
      ['B', 'T', 3, 4],
    ],
    [
      ['B', 'T', 12],
      ['B', 'T', 3, -1],
      ['B', 'T', 3, 4],
    ],
    [
      ['B*T', 12],
      ['B', 'T', 12],
      ['B', 'T', 12],
    ],
    [
      [6, 'N'],
      [2, -1],
      [2, '3*N'],
    ],
    [['N', 4], [-1], ['4*N']],
  ] as readonly (readonly [Shape, Shape, Shape])[])(
    'of %j to %j gives %j',
    (from, dims, result) => {
      const graph = new Graph('reshape');
      graph.input('tokens', 'int64', ['B', 'T']);
      const x = graph.input('x', 'float32', from);
      expect(graph.reshape(x, dims).shape).toEqual(result);
    },
  );

  test('asks the graph for no sizes when the shape says enough', () => {
    const graph = new Graph('reshape');
    const x = graph.input('x', 'float32', ['B', 'T', 12]);
    graph.reshape(x, ['B', 'T', 3, 4]);
    expect(graph.nodes.map(({ op }) => op)).toEqual(['Reshape']);
  });

  test('refuses another number of elements', () => {
    const graph = new Graph('reshape');
    const x = graph.input('x', 'float32', [3, 4]);
    expect(() => graph.reshape(x, [5, -1])).toThrow(
      'Reshape: expected 12 elements, as in [3, 4], got [5, -1]. Leave one dimension as -1, or check the sizes.',
    );
  });

  test('refuses a name that no input declares', () => {
    const graph = new Graph('reshape');
    const x = graph.input('x', 'float32', ['B*T', 4]);
    expect(() => graph.reshape(x, ['B', 'T', 4])).toThrow(
      'reshape: expected an input with a dimension B, got [B, T, 4]. Pass a tensor of that shape.',
    );
  });
});

describe('shapes and element types', () => {
  test('of joined, cut and sliced axes follow from their names', () => {
    const graph = new Graph('axes');
    const x = graph.input('x', 'float32', ['B', 'T', 4]);
    const past = graph.input('past', 'float32', ['B', 'P', 4]);
    expect(graph.concat([past, x], 1).shape).toEqual(['B', '(P+T)', 4]);
    expect(graph.slice(x, 1, 1).shape).toEqual(['B', '(T-1)', 4]);
    expect(graph.slice(graph.concat([x, graph.slice(x, 1, -1)], 1), 1, 1).shape).toEqual(x.shape);
    expect(graph.slice(x, 2, -3, 9).shape).toEqual(['B', 'T', 3]);
    expect(graph.split(x, -1, [1, 3]).map(({ shape }) => shape[2])).toEqual([1, 3]);
  });

  test('of a one-hot tensor add the classes as last axis', () => {
    const graph = new Graph('one-hot');
    const ids = graph.input('ids', 'int64', ['B', 'T']);
    expect(graph.oneHot(ids, 7, 'float32')).toMatchObject({
      dtype: 'float32',
      shape: ['B', 'T', 7],
    });
  });

  test('of factors that do not fit are refused', () => {
    const graph = new Graph('product');
    const a = graph.input('a', 'float32', ['B', 3]);
    const b = graph.input('b', 'float32', [4, 3]);
    expect(() => graph.matMul(a, b)).toThrow(
      'MatMul: expected a second factor whose last axis but one is 3, the last of [B, 3], got [4, 3].',
    );
  });

  test('of picked elements must name one for each row', () => {
    const graph = new Graph('pick');
    const x = graph.input('x', 'float32', ['B', 'T', 5]);
    const ids = graph.input('ids', 'int32', ['B', 3]);
    expect(() => graph.pick(x, ids)).toThrow(
      'GatherElements: expected one index for each row, [B, T, 1], got [B, 3, 1]. Check the shape of the ids.',
    );
  });

  test('that differ are refused', () => {
    const graph = new Graph('types');
    const a = graph.input('a', 'float32', [2]);
    const b = graph.input('b', 'int64', [2]);
    expect(() => graph.add(a, b)).toThrow(
      'Add: expected inputs of one element type, got a: float32, b: int64. Use cast on one of them.',
    );
    expect(() => graph.where(a, a, a)).toThrow('Where: expected bool for a, got float32.');
  });

  test.each([
    ['a sum over no axes', (graph: Graph) => graph.reduceSum(graph.scalar(1), [], false)],
    [
      'a squeeze of an axis of size 2',
      (graph: Graph) => graph.squeeze(graph.constant([1, 2], 'float32', [2]), [0]),
    ],
    [
      'parts that do not add up',
      (graph: Graph) => graph.split(graph.constant([1, 2], 'float32', [2]), 0, [1, 2]),
    ],
    [
      'an axis named twice',
      (graph: Graph) => graph.transpose(graph.constant([1], 'float32', [1, 1]), [0, 0]),
    ],
    ['a constant of another size', (graph: Graph) => graph.constant([1, 2], 'float32', [3])],
    [
      'parts of different width',
      (graph: Graph) =>
        graph.concat(
          [graph.constant([1], 'float32', [1, 1]), graph.constant([1, 2], 'float32', [1, 2])],
          0,
        ),
    ],
  ] as const)('make %s an error', (_, build) => {
    expect(() => build(new Graph('wrong'))).toThrow(/expected .*, got /u);
  });
});

describe('a graph', () => {
  test('stores equal small constants once', () => {
    const graph = new Graph('constants');
    expect(graph.scalar(2)).toBe(graph.scalar(2));
    expect(graph.scalar(2)).not.toBe(graph.scalar(2, 'int32'));
    expect(graph.constant([1, 2], 'float32', [2])).not.toBe(
      graph.constant([1, 2], 'float32', [1, 2]),
    );
  });

  test('refuses a name used before', () => {
    const graph = new Graph('names');
    graph.input('x', 'float32', [1]);
    expect(() => graph.input('x', 'float32', [1])).toThrow(
      'graph names: expected a new name, got x again. Choose another.',
    );
  });

  test('refuses a value of another graph', () => {
    const stranger = new Graph('other').scalar(1);
    expect(() => new Graph('this').exp(stranger)).toThrow(
      'Exp: expected a value of graph this, got',
    );
  });

  test('gives an output the name asked for', () => {
    const graph = new Graph('outputs');
    const x = graph.input('x', 'float32', [1]);
    graph.output('y', graph.exp(x));
    expect(graph.outputs.map(({ name, value }) => [name, value.name])).toEqual([['y', 'y']]);
  });
});
