import { isStatic, multiplyDims, sameShape } from '../onnx/dims.ts';
import type { Graph, Value } from '../onnx/graph.ts';
import { inversePermutation, permute } from './permute.ts';

/**
 * Gradient of `data` in `gather(data, indices, axis)`: every row collects the gradients of the places that took it, as
 * one product with a one-hot matrix. Adding scattered rows (ScatterND) takes a twentieth of the time for 512 rows, but on
 * several threads its sums differ in the last bits from run to run. Indices must be in `[0, rows)`.
 *
 * @param gradient - As large as the gathered tensor.
 */
export function gatherGradient(
  graph: Graph,
  gradient: Value,
  data: Value,
  indices: Value,
  axis: number,
): Value {
  const ids = graph.reshape(indices, [-1]); // [N]
  const taken = indices.shape.map((_, at) => axis + at);
  const places = asMatrix(
    graph,
    placesFirst(graph, gradient, taken),
    ids,
    data.shape.toSpliced(axis, 1),
  );
  const rows = graph.matMul(oneHotRows(graph, ids, data, axis), places); // [V, rest]
  const perm = [axis, ...data.shape.map((_, at) => at).filter((at) => at !== axis)];
  const unfolded = reshapeAs(graph, rows, data, perm);
  return permute(graph, unfolded, inversePermutation(perm));
}

/** How a Slice node cuts, as in its inputs. */
export interface SliceBounds {
  readonly starts: Value;
  readonly ends: Value;
  readonly axes: Value;
}

/** Gradient of the slice of `x`: zeros around what was cut out. */
export function padSlice(graph: Graph, gradient: Value, x: Value, bounds: SliceBounds): Value {
  const [starts, ends, axes] = [bounds.starts, bounds.ends, bounds.axes].map(
    (list) => graph.integers(list) ?? [],
  ) as [readonly number[], readonly number[], readonly number[]];
  const pads = {
    before: new Array<Pad>(x.shape.length).fill(0),
    after: new Array<Pad>(x.shape.length).fill(0),
  };
  for (const [at, axis] of axes.entries()) {
    const { before, after } = padsOf(graph, x, axis, starts[at] ?? 0, ends[at] ?? 0);
    pads.before[axis] = before;
    pads.after[axis] = after;
  }
  const list = [...pads.before, ...pads.after];
  const parts = list.map((pad) =>
    typeof pad === 'number' ? graph.constant([pad], 'int64', [1]) : pad,
  );
  if (list.some((pad) => typeof pad !== 'number'))
    return graph.padBy(gradient, graph.concat(parts, 0), x.shape);
  return graph.padBy(gradient, graph.constant(list as number[], 'int64', [list.length]), x.shape);
}

/** A number of zeros, or an int64 tensor `[1]` when it depends on a named dimension. */
type Pad = number | Value;

function padsOf(
  graph: Graph,
  x: Value,
  axis: number,
  start: number,
  end: number,
): { before: Pad; after: Pad } {
  const dim = x.shape[axis] ?? 0;
  const toEnd = end >= Number.MAX_SAFE_INTEGER;
  if (typeof dim === 'number') {
    const from = start < 0 ? Math.max(0, dim + start) : Math.min(start, dim);
    const to = toEnd ? dim : end < 0 ? Math.max(from, dim + end) : Math.min(end, dim);
    return { before: from, after: dim - Math.max(from, to) };
  }
  const size = () => graph.shapeOf(x, axis, axis + 1);
  const offset = (by: number) => graph.constant([by], 'int64', [1]);
  return {
    before: start < 0 ? graph.add(size(), offset(start)) : start,
    after: toEnd ? 0 : end < 0 ? -end : graph.sub(size(), offset(end)),
  };
}

/** The axes of the indices, then the others. */
function placesFirst(graph: Graph, gradient: Value, taken: readonly number[]): Value {
  const others = gradient.shape.map((_, at) => at).filter((at) => !taken.includes(at));
  return permute(graph, gradient, [...taken, ...others]);
}

/** `[N, rest]`, whichever of the two is known. */
function asMatrix(graph: Graph, places: Value, ids: Value, rest: Value['shape']): Value {
  const width = multiplyDims(rest);
  if (typeof width === 'number') return graph.reshape(places, [-1, width]);
  const [count = -1] = ids.shape;
  if (typeof count === 'number') return graph.reshape(places, [count, -1]);
  const open = graph.constant([-1], 'int64', [1]);
  return graph.reshape(places, graph.concat([graph.shapeOf(ids), open], 0), [count, width]);
}

/** The numbers 0, 1, … along an axis of a value, int32, size 1 along all others. */
export function placesAlong(graph: Graph, value: Value, axis: number): Value {
  const size = value.shape[axis] ?? 0;
  const others = value.shape.map((_, at) => at).filter((at) => at !== axis);
  if (typeof size === 'number') {
    const shape = value.shape.map((_, at) => (at === axis ? size : 1));
    return graph.constant(
      Int32Array.from({ length: size }, (_, place) => place),
      'int32',
      shape,
    );
  }
  const limit = graph.squeeze(graph.cast(graph.shapeOf(value, axis, axis + 1), 'int32'), [0]);
  const places = graph.range(graph.scalar(0, 'int32'), limit, graph.scalar(1, 'int32'), size);
  return others.length === 0 ? places : graph.unsqueeze(places, others);
}

/** 1 where an index names a row: `[V, N]`. */
function oneHotRows(graph: Graph, ids: Value, data: Value, axis: number): Value {
  const rows = graph.reshape(placesAlong(graph, data, axis), [-1, 1]);
  return graph.cast(graph.equal(rows, graph.cast(ids, 'int32')), data.dtype);
}

/** The elements of `x` in the dimensions of `like`, these in another order. */
function reshapeAs(graph: Graph, x: Value, like: Value, perm: readonly number[]): Value {
  const dims = perm.map((axis) => like.shape[axis] ?? 1);
  if (sameShape(x.shape, dims)) return x;
  if (isStatic(dims)) return graph.reshape(x, dims);
  const sizes = perm.map((axis) => graph.shapeOf(like, axis, axis + 1));
  return graph.reshape(x, graph.concat(sizes, 0), dims);
}
