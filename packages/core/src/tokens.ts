import { createToken, type Token } from './container.ts';
import type { Curriculum } from './curriculum/curriculum.ts';
import type { RandomStream } from './random.ts';
import type { SettleStep } from './settle/settle.ts';

/** Wall-clock time, so that tests and replays can stand still. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
}

/** The run's clock. */
export const CLOCK: Token<Clock> = createToken('CLOCK');

/** The run's root random stream; fork it, never draw from it. */
export const RANDOM: Token<RandomStream> = createToken('RANDOM');

/** What the policy practises. */
export const CURRICULUM: Token<Curriculum> = createToken('CURRICULUM');

/** The steps between verification and the objective, in order. */
export const SETTLE_STEPS: Token<readonly SettleStep[]> = createToken('SETTLE_STEPS');
