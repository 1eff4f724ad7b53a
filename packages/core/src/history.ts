import { ShapeError } from './errors.ts';
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
  /** True when the response could not be taken at all, for example a program that crashed; its feedback says why. */
  readonly failed?: boolean;
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

/** What a prefix keeps of the rollout it is cut from. */
export interface PrefixSource {
  /** Quality in [0, 1] of the complete history. */
  readonly quality: number;
  /** The rollout's id. */
  readonly origin: string;
}

/**
 * A history cut after one of its turns.
 *
 * @param turn - 1-based last turn kept.
 * @throws {@link ShapeError} when the history has no such turn.
 */
export function prefix(history: History, turn: number, source: PrefixSource): PartialHistory {
  if (!Number.isInteger(turn) || turn < 1 || turn > history.turns.length) {
    throw new ShapeError(
      'prefix',
      `a turn from 1 to ${history.turns.length}`,
      [turn],
      'Turns count from 1.',
    );
  }
  const { quality, origin } = source;
  return { seed: history.seed, turns: history.turns.slice(0, turn), quality, origin };
}

/**
 * Turns as the chat the policy reads: each request, then the response to it.
 *
 * @param next - Messages after the last response: a history's closing, or the request that waits for an answer.
 */
export function conversation(turns: readonly Turn[], next: readonly Message[] = []): Message[] {
  return [
    ...turns.flatMap(({ request, response }): Message[] => [
      ...request,
      { role: 'assistant', content: response },
    ]),
    ...next,
  ];
}
