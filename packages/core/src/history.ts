import type { Json } from './json.ts';
import type { Message } from './message.ts';
import type { Task } from './task.ts';

/** One turn of an episode: what the environment asked and what the policy answered. */
export interface Turn {
  /** Messages since the previous response; for turn 1 the episode's opening. */
  readonly request: readonly Message[];
  /** The policy's response, as decoded text. */
  readonly response: string;
  /** How many times this turn's response has been rewritten; 0 is a first attempt (k in the paper). */
  readonly iterate: number;
  readonly reward?: number;
  readonly feedback?: string;
}

/** How an episode ended. */
export type HistoryEnding = 'done' | 'turn-limit' | 'length-limit' | 'truncated';

/** A complete play of a task (τ in the paper), enough to replay and to judge it. */
export interface History {
  readonly task: Task;
  /** The episode seed the environment was opened with. */
  readonly seed: number;
  readonly turns: readonly Turn[];
  readonly ending: HistoryEnding;
  /** Messages after the last response. */
  readonly closing: readonly Message[];
  /** What {@link Episode.result} returned. */
  readonly result?: Json;
}

/** A history up to and including one turn, with the quality its complete play had. */
export interface PartialHistory {
  readonly seed: number;
  /** Turns 1..t, `t >= 1`. */
  readonly turns: readonly Turn[];
  /** Quality in [0, 1] of the complete history this is a prefix of. */
  readonly quality: number;
  /** Identifies the rollout it came from, `<iteration>/<group>/<rollout>`. */
  readonly origin: string;
}
