/** Tensors of plain numbers and the loops that say what each operator means: slow, obvious, and independent of the graph. */
import type { PlainTensor } from '../../onnx/run.ts';

/** A tensor whose element at each index is computed by a function. */
export function tabulate(
  shape: readonly number[],
  element: (index: readonly number[]) => number,
): PlainTensor {
  const data: number[] = [];
  const visit = (index: readonly number[]): void => {
    const size = shape[index.length];
    if (size === undefined) data.push(element(index));
    else for (let at = 0; at < size; at += 1) visit([...index, at]);
  };
  visit([]);
  return { data, shape };
}

/** The element at an index that may have more axes than the tensor, or go beyond axes of size 1: as broadcasting reads it. */
export function at({ data, shape }: PlainTensor, index: readonly number[]): number {
  const own = index.slice(index.length - shape.length);
  let offset = 0;
  for (const [axis, size] of shape.entries())
    offset = offset * size + (size === 1 ? 0 : (own[axis] ?? 0));
  return data[offset] ?? Number.NaN;
}

/** Element by element, with broadcasting. */
export function elementwise(
  compute: (...elements: number[]) => number,
): (...tensors: readonly PlainTensor[]) => PlainTensor {
  return (...tensors) => {
    const rank = Math.max(...tensors.map(({ shape }) => shape.length));
    const shape = Array.from({ length: rank }, (_, axis) =>
      Math.max(...tensors.map((tensor) => tensor.shape[axis - rank + tensor.shape.length] ?? 1)),
    );
    return tabulate(shape, (index) => compute(...tensors.map((tensor) => at(tensor, index))));
  };
}

/** Batched matrix product. */
export function matMul(a: PlainTensor, b: PlainTensor): PlainTensor {
  const inner = a.shape.at(-1) ?? 0;
  const batch = elementwise(() => 0)(
    { data: [], shape: a.shape.slice(0, -2) },
    { data: [], shape: b.shape.slice(0, -2) },
  ).shape;
  return tabulate([...batch, a.shape.at(-2) ?? 0, b.shape.at(-1) ?? 0], (index) => {
    const [row = 0, column = 0] = index.slice(-2);
    const outer = index.slice(0, -2);
    let sum = 0;
    for (let k = 0; k < inner; k += 1)
      sum += at(a, [...outer, row, k]) * at(b, [...outer, k, column]);
    return sum;
  });
}

/** Folds the elements along some axes into one each. */
export function reduce(
  x: PlainTensor,
  axes: readonly number[],
  keepDims: boolean,
  fold: (elements: readonly number[]) => number,
): PlainTensor {
  const along = axes.map((axis) => (axis < 0 ? axis + x.shape.length : axis));
  const kept = x.shape.map((size, axis) => (along.includes(axis) ? 1 : size));
  const folded = tabulate(kept, (index) => {
    const inside = x.shape.map((size, axis) => (along.includes(axis) ? size : 1));
    const elements = tabulate(inside, (offset) =>
      at(
        x,
        index.map((position, axis) => position + (offset[axis] ?? 0)),
      ),
    );
    return fold(elements.data);
  });
  if (keepDims) return folded;
  return { data: folded.data, shape: kept.filter((_, axis) => !along.includes(axis)) };
}

/** Elements of a row turned into their shares by a function of the row. */
export function alongRows(
  x: PlainTensor,
  compute: (row: readonly number[]) => readonly number[],
): PlainTensor {
  const width = x.shape.at(-1) ?? 1;
  const data: number[] = [];
  for (let start = 0; start < x.data.length; start += width) {
    data.push(...compute(x.data.slice(start, start + width)));
  }
  return { data, shape: x.shape };
}

export function sum(elements: readonly number[]): number {
  return elements.reduce((total, element) => total + element, 0);
}

export function softmaxOf(row: readonly number[]): readonly number[] {
  const weights = row.map((x) => Math.exp(x - Math.max(...row)));
  return weights.map((weight) => weight / sum(weights));
}
