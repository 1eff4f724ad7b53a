/**
 * Batches whose shape depends on nothing but a row's own length. Numeric libraries pick their code by the shape of the whole
 * batch, so a row comes out the same to the last bit only where its batch always has the same shape.
 */
import type { MicroBatch } from './micro-batches.ts';

/** Rows of every batch; what is missing is filled up with copies. */
export const FIXED_ROWS = 16;
/** Lengths are padded to a multiple of this: short texts are many, and padding costs as much as they do. */
const LENGTH_STEP = 4;
/** Batches that threads side by side are given at once: at the end of a round they wait for each other. */
const BATCHES_EACH = 8;

/** A batch of {@link FIXED_ROWS} rows, of which only the first `distinct` count. */
export interface FixedBatch extends MicroBatch {
  readonly distinct: number;
}

/**
 * Cuts sequences into batches, all rows of a batch about equally long, and the batches into rounds. A round lists the batches of
 * each of at most `width` threads that compute side by side; for a thread alone it is one batch, so that others get their turn.
 */
export function planFixedRounds(
  sequences: readonly { readonly length: number }[],
  width: number,
): FixedBatch[][][] {
  const byLength = Map.groupBy(
    sequences.keys(),
    (row) => Math.ceil(sequences[row]!.length / LENGTH_STEP) * LENGTH_STEP,
  );
  const batches = [...byLength].flatMap(([length, rows]) => cut(rows, length));
  const size = width === 1 ? 1 : width * BATCHES_EACH;
  return Array.from({ length: Math.ceil(batches.length / size) }, (_, round) => {
    const own = batches.slice(round * size, (round + 1) * size);
    // Neighbours are equally long: dealt out one by one they keep all threads busy for about as long.
    const threads = Map.groupBy(own.keys(), (index) => index % width).values();
    return Array.from(threads, (indices) => indices.map((index) => own[index]!));
  });
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
