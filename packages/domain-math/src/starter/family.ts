import type { RandomStream } from '@taskspace/core';
import type { Gold } from '../gold.ts';

/** How hard a problem of a family is; every family has all five. */
export type Level = 1 | 2 | 3 | 4 | 5;

/** All levels, easiest first. */
export const LEVELS: readonly Level[] = [1, 2, 3, 4, 5];

/** One generated problem. */
export interface Problem {
  /**
   * The mathematical content, free of wording and order. Problems with the same key fall into the same split, whatever
   * their level and phrasing.
   */
  readonly key: string;
  /** What the policy reads. */
  readonly text: string;
  readonly gold: Gold;
  /** A worked answer that ends in `\boxed{}`. */
  readonly solution: string;
  /**
   * An honest try drawn anew, which shows its computations, says whether it hits, and boxes what it tried: for families that
   * demonstrate the comparison with the goal.
   */
  readonly attempt?: (random: RandomStream, hits: boolean) => string;
  /** Computations in the worked answer. */
  readonly goldSteps: number;
}

/** A kind of problem that can be generated without end. */
export interface Family {
  /** Lower-case words joined by dashes; the task's category. */
  readonly name: string;
  /** True for the short families a very small policy can be trained on. */
  readonly pocket?: boolean;
  /** Draws one problem; all randomness comes from the stream. */
  generate(level: Level, random: RandomStream): Problem;
}
