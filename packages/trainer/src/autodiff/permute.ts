import type { Graph, Value } from '../onnx/graph.ts';

/** The axes in another order; undoing an earlier permutation gives back what it permuted, without a node. */
export function permute(graph: Graph, x: Value, perm: readonly number[]): Value {
  if (perm.every((axis, at) => axis === at)) return x;
  const producer = graph.producer(x);
  if (producer?.op === 'Transpose') {
    const { perm: earlier } = producer.attributes;
    if (perm.every((axis, at) => earlier[axis] === at)) return producer.inputs[0];
  }
  return graph.transpose(x, perm);
}

/** Matrix transpose: the last two axes change places. */
export function transposeMatrix(graph: Graph, x: Value): Value {
  return permute(graph, x, matrixPermutation(x.shape.length));
}

/** Whether a value is computed by a matrix transpose. */
export function isTransposedMatrix(graph: Graph, x: Value): boolean {
  const producer = graph.producer(x);
  if (producer?.op !== 'Transpose') return false;
  const swap = matrixPermutation(x.shape.length);
  return producer.attributes.perm.every((axis, at) => axis === swap[at]);
}

/** The permutation that undoes another. */
export function inversePermutation(perm: readonly number[]): number[] {
  return perm.map((_, axis) => perm.indexOf(axis));
}

function matrixPermutation(rank: number): number[] {
  return Array.from({ length: rank }, (_, axis) =>
    axis < rank - 2 ? axis : axis === rank - 2 ? rank - 1 : rank - 2,
  );
}
