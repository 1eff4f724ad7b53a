import type { Json } from './json.ts';

/** The three disjoint parts of a domain's base task space. */
export type Split = 'train' | 'validation' | 'test';

/** One problem a domain gives (m in the paper): plain data, so that it can cross processes and be stored. */
export interface Task {
  /** Unique within the domain and stable across runs. */
  readonly id: string;
  /** The domain's name. */
  readonly domain: string;
  /** What the policy is asked to do, as plain text. */
  readonly instruction: string;
  /** What the domain's environment and verifier need; never shown to the policy. */
  readonly payload: Json;
  /** A label that metrics and curricula may group by, for example the problem family. */
  readonly category?: string;
  /** Difficulty measures known before training, for example `goldSteps`. */
  readonly measures?: Readonly<Record<string, number>>;
}

/** The tasks of one split, in a fixed order. */
export interface TaskSource {
  readonly split: Split;
  /** How many tasks there are; `Infinity` for a generator that never runs out. */
  readonly size: number;
  /**
   * The task at a position; the same position always gives the same task.
   *
   * @param index - Integer, `0 <= index < size`.
   */
  at(index: number): Task | Promise<Task>;
}
