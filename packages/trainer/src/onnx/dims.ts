/**
 * Arithmetic of tensor dimensions. A dimension is a number or a name; names combine into `B*T`, `T+1`, `N/4`, always
 * written the same way, so that two dimensions are equal exactly when they are `===`. No claim is made about names that
 * differ: they may or may not be equal at run time.
 */
import { ShapeError } from '@taskspace/core';

/** One dimension: a size, or the name of a size known when the graph runs. */
export type Dim = number | string;

/** A tensor's dimensions, outermost first. */
export type Shape = readonly Dim[];

/** Product, for example of B and T: `B*T`. */
export function multiplyDims(dims: Shape): Dim {
  let factor = 1;
  const names: string[] = [];
  for (const dim of dims) {
    if (typeof dim === 'number') factor *= dim;
    else names.push(...parts(dim, '*'));
  }
  const numeric = names.filter((name) => /^\d+$/u.test(name));
  for (const name of numeric) factor *= Number(name);
  const symbols = names.filter((name) => !numeric.includes(name)).sort();
  if (symbols.length === 0 || factor === 0) return factor;
  return [...(factor === 1 ? [] : [String(factor)]), ...symbols].join('*');
}

/** Quotient; null when it cannot be a whole number. */
export function divideDims(dim: Dim, by: Dim): Dim | null {
  if (dim === by) return 1;
  if (typeof dim === 'number' && typeof by === 'number') {
    return by !== 0 && dim % by === 0 ? dim / by : null;
  }
  const above = factorsOf(dim);
  const below = factorsOf(by);
  const left: string[] = [];
  for (const symbol of below.symbols) {
    const at = above.symbols.indexOf(symbol);
    if (at >= 0) above.symbols.splice(at, 1);
    else left.push(symbol);
  }
  const divides = below.factor !== 0 && above.factor % below.factor === 0;
  const quotient = multiplyDims([
    divides ? above.factor / below.factor : above.factor,
    ...above.symbols,
  ]);
  if (divides && left.length === 0) return quotient;
  const denominator = multiplyDims([divides ? 1 : below.factor, ...left]);
  return `(${quotient}/${denominator})`;
}

/** Sum, for example of T and 1: `(T+1)`. */
export function addDims(dims: Shape): Dim {
  let total = 0;
  const symbols: string[] = [];
  for (const dim of dims) {
    if (typeof dim === 'number') {
      total += dim;
      continue;
    }
    const inner = /^\(([^()/]*)\)$/u.exec(dim)?.[1];
    for (const term of inner === undefined ? [dim] : parts(inner.replaceAll('-', '+-'), '+')) {
      if (/^-?\d+$/u.test(term)) total += Number(term);
      else symbols.push(term);
    }
  }
  if (symbols.length === 0) return total;
  if (symbols.length === 1 && total === 0) return symbols[0] as string;
  const tail = total === 0 ? '' : total > 0 ? `+${total}` : `${total}`;
  return `(${symbols.sort().join('+')}${tail})`;
}

/**
 * The size of a dimension.
 *
 * @param sizes - Of every name.
 * @throws {ShapeError} when it has a name without a size.
 */
export function dimSize(dim: Dim, sizes: Readonly<Record<string, number>>): number {
  if (typeof dim === 'number') return dim;
  const known = sizes[dim] ?? Number(dim);
  if (!Number.isNaN(known)) return known;
  const size = (part: string): number => dimSize(part, sizes);
  const factors = parts(dim, '*');
  if (factors.length > 1) return factors.reduce((product, factor) => product * size(factor), 1);
  const inner = /^\((.*)\)$/u.exec(dim)?.[1];
  if (inner === undefined) {
    const names = Object.keys(sizes);
    throw new ShapeError('dimSize', `a size for ${dim}`, names, 'Name every dimension.');
  }
  const [above, below] = parts(inner, '/');
  if (below !== undefined) return size(above!) / size(below);
  const terms = parts(inner.replaceAll('-', '+-'), '+');
  return terms.reduce((sum, term) => sum + size(term), 0);
}

/** Whether every dimension is a number. */
export function isStatic(shape: Shape): shape is readonly number[] {
  return shape.every((dim) => typeof dim === 'number');
}

/** Whether two shapes are known to be equal. */
export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((dim, axis) => dim === b[axis]);
}

/**
 * The shape of an element-wise operation on tensors of these shapes.
 *
 * @throws {ShapeError} when two dimensions differ and neither is 1, or are named differently.
 */
export function broadcastShapes(op: string, shapes: readonly Shape[]): Dim[] {
  const rank = Math.max(0, ...shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, axis) => {
    let result: Dim = 1;
    for (const shape of shapes) {
      const dim = shape[axis - rank + shape.length] ?? 1;
      if (dim === 1 || dim === result) continue;
      if (result !== 1) {
        const shown = shapes.map((each) => `[${each.join(', ')}]`).join(' and ');
        throw new ShapeError(
          op,
          `shapes that broadcast, ${shown} have ${result} and ${dim} in one place`,
          shape,
          'Reshape or expand one of them; symbolic dimensions broadcast only when they have the same name.',
        );
      }
      result = dim;
    }
    return result;
  });
}

/**
 * The axis counted from the front.
 *
 * @throws {ShapeError} when the tensor has no such axis.
 */
export function normalizeAxis(op: string, axis: number, shape: Shape): number {
  const positive = axis < 0 ? axis + shape.length : axis;
  if (Number.isInteger(axis) && positive >= 0 && positive < shape.length) return positive;
  throw new ShapeError(op, `a tensor with axis ${axis}`, shape, 'Choose an axis it has.');
}

function factorsOf(dim: Dim): { factor: number; symbols: string[] } {
  if (typeof dim === 'number') return { factor: dim, symbols: [] };
  const symbols = parts(dim, '*');
  if (!/^\d+$/u.test(symbols[0] ?? '')) return { factor: 1, symbols };
  return { factor: Number(symbols[0]), symbols: symbols.slice(1) };
}

/** The parts of a name between separators that stand outside parentheses. */
function parts(name: string, separator: string): string[] {
  const found: string[] = [];
  let depth = 0;
  let current = '';
  for (const letter of name) {
    if (letter === '(') depth += 1;
    if (letter === ')') depth -= 1;
    if (letter === separator && depth === 0) {
      found.push(current);
      current = '';
    } else current += letter;
  }
  return [...found, current].filter((part) => part !== '');
}
