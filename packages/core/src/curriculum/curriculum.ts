import type { SettledGroup } from '../group.ts';
import type { Instance } from '../instance.ts';
import type { Json } from '../json.ts';
import type { RandomStream } from '../random.ts';

/** What a draw may depend on. */
export interface DrawContext {
  /** The iteration's own stream: the same (seed, iteration) gives the same draws. */
  readonly random: RandomStream;
  /** 0-based iteration of the training loop. */
  readonly iteration: number;
  readonly signal: AbortSignal;
}

/** Decides what the policy practises next, and learns from how it went. */
export interface Curriculum {
  draw(count: number, context: DrawContext): Promise<readonly Instance[]>;
  /** Called once an iteration with all groups of it, degenerate ones included. */
  learn(groups: readonly SettledGroup[]): void;
  /** Everything that later draws depend on; `restore` of it continues exactly. */
  snapshot(): Json;
  restore(state: Json): void;
  /** Numbers for the run's metrics, for example buffer size and mean depth. */
  metrics(): Readonly<Record<string, number>>;
}
