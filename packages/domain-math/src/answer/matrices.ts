/** Exact matrix arithmetic over any cells; the ring is passed in, so that it stays canonical. */
import { type Expression, numberNode, type Of } from './expression.ts';
import { rational } from './rational.ts';

/** Largest side of a matrix whose determinant is expanded. */
const MAX_SIDE = 6;

/** How cells are added and multiplied. */
export interface Ring {
  sum(parts: readonly Expression[]): Expression;
  product(parts: readonly Expression[]): Expression;
}

type Matrix = Of<'matrix'>;

/** The sum of matrices of one shape; `undefined` when something else is among them. */
export function addMatrices(
  terms: readonly Expression[],
  sum: Ring['sum'],
): Expression | undefined {
  const matrices = terms.filter((term): term is Matrix => term.kind === 'matrix');
  const [first] = matrices;
  if (first === undefined || matrices.length !== terms.length) return undefined;
  if (!matrices.every((matrix) => sameShape(matrix, first))) return undefined;
  return {
    kind: 'matrix',
    rows: first.rows.map((row, r) =>
      row.map((_, c) => sum(matrices.map((matrix) => cellAt(matrix, r, c)))),
    ),
  };
}

/** The product of two matrices; `undefined` when their shapes do not fit. */
export function multiplyMatrices(
  left: Expression,
  right: Expression,
  ring: Ring,
): Expression | undefined {
  if (left.kind !== 'matrix' || right.kind !== 'matrix') return undefined;
  const inner = right.rows.length;
  if (left.rows[0]?.length !== inner) return undefined;
  const width = right.rows[0]?.length ?? 0;
  return {
    kind: 'matrix',
    rows: left.rows.map((row) =>
      Array.from({ length: width }, (_, c) =>
        ring.sum(row.map((cell, k) => ring.product([cell, cellAt(right, k, c)]))),
      ),
    ),
  };
}

/** The matrix with every cell changed. */
export function scaleMatrix(
  matrix: Expression,
  change: (cell: Expression) => Expression,
): Expression {
  if (matrix.kind !== 'matrix') return matrix;
  return { kind: 'matrix', rows: matrix.rows.map((row) => row.map(change)) };
}

/** A square matrix to a small whole power, -1 included; `undefined` otherwise. */
export function matrixPower(
  base: Expression,
  exponent: Expression,
  ring: Ring,
): Expression | undefined {
  if (base.kind !== 'matrix' || exponent.kind !== 'number') return undefined;
  const { top, bottom } = exponent.value;
  const side = base.rows.length;
  if (bottom !== 1n || base.rows[0]?.length !== side || top > 16n || top < -4n) return undefined;
  if (top === 0n) return identity(side);
  const factor = top < 0n ? inverse(base, ring) : base;
  let result = factor;
  for (let count = 1n; count < (top < 0n ? -top : top); count++) {
    result = result && factor && multiplyMatrices(result, factor, ring);
  }
  return result;
}

/** The matrix with rows and columns exchanged. */
export function transpose(matrix: Matrix): Matrix {
  const width = matrix.rows[0]?.length ?? 0;
  return {
    kind: 'matrix',
    rows: Array.from({ length: width }, (_, c) =>
      matrix.rows.map((_row, r) => cellAt(matrix, r, c)),
    ),
  };
}

/** The determinant by expansion; `undefined` for a matrix that is not square or too large. */
export function determinant(matrix: Matrix, ring: Ring): Expression | undefined {
  const side = matrix.rows.length;
  if (side > MAX_SIDE || matrix.rows[0]?.length !== side) return undefined;
  return expand(matrix.rows, ring);
}

function expand(rows: readonly (readonly Expression[])[], ring: Ring): Expression {
  const [first, ...rest] = rows;
  if (first === undefined) return numberNode(rational(1n));
  const [only] = first;
  if (rows.length === 1 && only !== undefined) return only;
  return ring.sum(
    first.map((cell, column) => {
      const minor = rest.map((row) => row.filter((_, c) => c !== column));
      const sign = numberNode(rational(column % 2 === 0 ? 1n : -1n));
      return ring.product([sign, cell, expand(minor, ring)]);
    }),
  );
}

/** Inverse through cofactors, for numeric cells of small matrices. */
function inverse(matrix: Matrix, ring: Ring): Expression | undefined {
  const side = matrix.rows.length;
  const whole = determinant(matrix, ring);
  if (side > 4 || whole?.kind !== 'number' || whole.value.top === 0n) return undefined;
  const factor = numberNode(rational(whole.value.bottom, whole.value.top));
  return {
    kind: 'matrix',
    rows: Array.from({ length: side }, (_, r) =>
      Array.from({ length: side }, (_unused, c) => {
        const minor = matrix.rows
          .filter((_row, index) => index !== c)
          .map((row) => row.filter((_cell, index) => index !== r));
        const sign = numberNode(rational((r + c) % 2 === 0 ? 1n : -1n));
        return ring.product([sign, factor, expand(minor, ring)]);
      }),
    ),
  };
}

function identity(side: number): Expression {
  return {
    kind: 'matrix',
    rows: Array.from({ length: side }, (_, r) =>
      Array.from({ length: side }, (_unused, c) => numberNode(rational(r === c ? 1n : 0n))),
    ),
  };
}

function sameShape(a: Matrix, b: Matrix): boolean {
  return a.rows.length === b.rows.length && a.rows[0]?.length === b.rows[0]?.length;
}

function cellAt(matrix: Matrix, row: number, column: number): Expression {
  return matrix.rows[row]?.[column] ?? numberNode(rational(0n));
}
