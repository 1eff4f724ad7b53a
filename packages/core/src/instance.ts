import type { PartialHistory } from './history.ts';
import type { Task } from './task.ts';

/**
 * How an instance starts: `base` plays a task from its beginning; `replay` restarts at a turn without showing the earlier
 * response; `improve` and `diverge` show it and ask for a rewrite.
 */
export type InstanceMode = 'base' | 'replay' | 'improve' | 'diverge';

/** What a curriculum draws and a group of rollouts plays (m′ in the paper). */
export interface Instance {
  readonly task: Task;
  readonly mode: InstanceMode;
  /** The prefix to start from; its last turn is the one replayed or rewritten. Null for `base`. */
  readonly start: PartialHistory | null;
  /** Number of rewrites behind the response to come: 0 for `base`, iterate of the start + 1 for a rewrite. */
  readonly depth: number;
}
