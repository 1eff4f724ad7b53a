import type { Services } from './container.ts';
import type { Json } from './json.ts';
import type { Message } from './message.ts';
import type { Task } from './task.ts';

/** Bounds on one episode, enforced by the rollout, offered to environments that bound their own work. */
export interface EpisodeLimits {
  /** Most policy responses in one episode, `>= 1`. */
  readonly maxTurns: number;
  /** Most wall-clock time for one call into the domain (open, respond, verify). */
  readonly timeoutMs: number;
}

/** What an environment or verifier may use besides its task. */
export interface EpisodeContext {
  /** Unsigned 32-bit seed of the episode: with the task and the responses it determines everything the environment says. */
  readonly seed: number;
  /** Aborted when the run stops or a time limit passes; long work must listen to it. */
  readonly signal: AbortSignal;
  readonly limits: EpisodeLimits;
  readonly services: Services;
}

/** What one policy response led to. */
export interface TurnOutcome {
  /** The environment's reply, appended to the conversation after the response; empty when it says nothing. */
  readonly messages: readonly Message[];
  /** True when the episode is over and takes no further response. */
  readonly done: boolean;
  /** Reward of this turn, if the environment gives one. */
  readonly reward?: number;
  /** Feedback on the response that a rewrite of it may be shown (an error trace, a checker's message). */
  readonly feedback?: string;
  /** True when the response could not be taken at all (a program that crashed): a rewrite of it is asked to repair it. */
  readonly failed?: boolean;
  /** True when the environment ended the episode at a limit of its own rather than by the task's rules. */
  readonly truncated?: boolean;
}

/** One play of a task from start to end. */
export interface Episode extends AsyncDisposable {
  /** The conversation before the first response; its last message is the first request. */
  readonly opening: readonly Message[];
  /**
   * Plays one turn. Called again only after the last call settled and while `done` was false.
   *
   * @param response - The policy's text, hostile input: any string.
   */
  respond(response: string): Promise<TurnOutcome>;
  /** What the verifier needs beyond the conversation (final tool state, a score), read once after the last turn. */
  result?(): Json | Promise<Json>;
}

/**
 * Opens episodes. Deterministic: the same task, seed and responses give the same messages, because core restores a
 * turn prefix by replaying its responses into a fresh episode.
 */
export interface Environment {
  open(task: Task, context: EpisodeContext): Promise<Episode>;
}
