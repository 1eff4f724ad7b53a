import type { Json } from './json.ts';

/** Serialised position of a {@link RandomStream}. */
export type RandomState = Json;

/**
 * A deterministic, splittable stream of random numbers. `fork` depends only on the stream's key and the label, never on how
 * many numbers were drawn, so adding a draw in one place does not disturb another.
 */
export interface RandomStream {
  /** Uniform in [0, 1), 53 bits. */
  next(): number;
  /** Uniform integer in [0, bound), `1 <= bound <= 2^53`. */
  integer(bound: number): number;
  /** Unsigned 32-bit integer. */
  uint32(): number;
  /** An independent stream named by the label. */
  fork(label: string | number): RandomStream;
  snapshot(): RandomState;
}
