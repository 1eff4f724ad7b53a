import { createToken, type Token } from './container.ts';
import type { Curriculum } from './curriculum/curriculum.ts';
import type { RandomStream } from './random.ts';
import type { SettleStep } from './settle/settle.ts';

/** Wall-clock time, so that tests and replays can stand still. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
}

/** Turns texts into vectors whose distances say how much the texts differ. */
export interface Embedder {
  /** Names what made the vectors; a saved run refuses to go on with another one. */
  readonly id: string;
  /** Length of every vector. */
  readonly width: number;
  /** One vector of Euclidean length 1 per text, in order. */
  embed(texts: readonly string[], signal?: AbortSignal): Promise<readonly Float32Array[]>;
}

/** The run's clock. */
export const CLOCK: Token<Clock> = createToken('CLOCK');

/** The run's root random stream; fork it, never draw from it. */
export const RANDOM: Token<RandomStream> = createToken('RANDOM');

/** What the policy practises. */
export const CURRICULUM: Token<Curriculum> = createToken('CURRICULUM');

/** The steps between verification and the objective, in order. */
export const SETTLE_STEPS: Token<readonly SettleStep[]> = createToken('SETTLE_STEPS');

/** Where the embeddings of the diversity bonus come from. */
export const EMBEDDER: Token<Embedder> = createToken('EMBEDDER');
