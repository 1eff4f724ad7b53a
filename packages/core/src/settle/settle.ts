import type { SettledGroup } from '../group.ts';

/** What a settle step may depend on. */
export interface SettleContext {
  readonly iteration: number;
}

/**
 * One ordered, pure step between verification and the objective: reward shaping, advantages, filters. The first step sees
 * `reward = verdict.quality`, `advantage = 0`, `trained = true`. Steps keep the number and order of groups and rollouts.
 */
export interface SettleStep {
  readonly name: string;
  settle(groups: readonly SettledGroup[], context: SettleContext): readonly SettledGroup[];
}
