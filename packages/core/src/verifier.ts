import type { EpisodeContext } from './environment.ts';
import type { History } from './history.ts';

/** A verifier's judgement of a complete history. */
export interface Verdict {
  /** In [0, 1]; what training rewards are made from. */
  readonly quality: number;
  /** Whether the task counts as solved. */
  readonly correct: boolean;
  /** Why, in words a rewrite may be shown; must not reveal the expected answer. */
  readonly feedback?: string;
  /** Further numbers worth logging. */
  readonly metrics?: Readonly<Record<string, number>>;
}

/** Judges complete histories. Deterministic, and independent of earlier judgements. */
export interface Verifier {
  verify(history: History, context: EpisodeContext): Verdict | Promise<Verdict>;
}
