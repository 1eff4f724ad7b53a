import { expect, test } from 'vitest';
import { Graph } from './graph.ts';
import { peakBytes } from './peak-memory.ts';

test('counts what is alive at one time, an element-wise result in the place of its operand', () => {
  const graph = new Graph('chain');
  const x = graph.input('x', 'float32', ['B', 10]);
  const weight = graph.input('weight', 'float32', [10, 30]);
  const wide = graph.exp(graph.matMul(x, weight)); // [B, 30], one buffer
  const back = graph.matMul(wide, graph.transpose(weight, [1, 0])); // [B, 10]
  graph.output('y', back);
  expect(peakBytes(graph, { B: 1 })).toBe(4 * (30 + 10));
  expect(peakBytes(graph, { B: 5 })).toBe(5 * 4 * (30 + 10));
});

test('keeps what is used later, and every output', () => {
  const graph = new Graph('kept');
  const x = graph.input('x', 'float32', [8]);
  const [a, b] = [graph.sin(x), graph.cos(x)];
  graph.output('a', a);
  graph.output('sum', graph.add(graph.mul(b, b), a));
  expect(peakBytes(graph, {})).toBe(4 * 8 * 2);
});

test('takes no notice of what no output needs, and of other shapes of the same memory', () => {
  const graph = new Graph('pruned');
  const x = graph.input('x', 'float32', [2, 8]);
  graph.exp(x);
  graph.output('y', graph.reshape(graph.exp(graph.reshape(x, [16])), [4, 4]));
  expect(peakBytes(graph, {})).toBe(4 * 16);
});
