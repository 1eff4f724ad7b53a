/**
 * Batches whose shape depends on nothing but a row's own length. Numeric libraries pick their code by the shape of the whole
 * batch, so a row comes out the same to the last bit only where its batch always has the same shape.
 */
import type { MicroBatch } from './micro-batches.ts';

/** Rows of every batch; what is missing is filled up with copies. */
export const FIXED_ROWS = 16;
/** Lengths are padded to a multiple of this. */
const LENGTH_STEP = 8;

/** A batch of {@link FIXED_ROWS} rows, of which only the first `distinct` count. */
export interface FixedBatch extends MicroBatch {
  readonly distinct: number;
}

/** Cuts sequences into rounds of at most `width` batches that are computed side by side, all rows of a batch about equally long. */
export function planFixedRounds(
  sequences: readonly { readonly length: number }[],
  width: number,
): FixedBatch[][] {
  const byLength = new Map<number, number[]>();
  for (const [row, { length }] of sequences.entries()) {
    const padded = Math.ceil(length / LENGTH_STEP) * LENGTH_STEP;
    byLength.set(padded, [...(byLength.get(padded) ?? []), row]);
  }
  const batches = [...byLength].flatMap(([length, rows]) => cut(rows, length));
  return Array.from({ length: Math.ceil(batches.length / width) }, (_, round) =>
    batches.slice(round * width, (round + 1) * width),
  );
}

/** Rows of `[rows, width]` numbers at Euclidean length 1, each put at its place; a row of zeros stays one. */
export function unitRows(
  numbers: Float32Array,
  width: number,
  { rows, distinct }: FixedBatch,
  into: Float32Array[],
): void {
  for (const [index, row] of rows.slice(0, distinct).entries()) {
    into[row] = unit(numbers.subarray(index * width, (index + 1) * width));
  }
}

/** A vector at Euclidean length 1. */
export function unit(vector: Float32Array): Float32Array {
  const norm = Math.sqrt(vector.reduce((sum, x) => sum + x * x, 0));
  return norm > 0 ? vector.map((x) => x / norm) : vector.slice();
}

function cut(rows: readonly number[], length: number): FixedBatch[] {
  return Array.from({ length: Math.ceil(rows.length / FIXED_ROWS) }, (_, batch) => {
    const own = rows.slice(batch * FIXED_ROWS, (batch + 1) * FIXED_ROWS);
    const filler = new Array<number>(FIXED_ROWS - own.length).fill(own[0]!);
    return { rows: [...own, ...filler], length, distinct: own.length };
  });
}
