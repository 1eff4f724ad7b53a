/**
 * Work limits that do not depend on the machine: a verdict costs a number of steps, and running out of them
 * means "undecided", which counts as not equal.
 */

/** Steps one verdict may take; a hard comparison of real answers stays under a tenth of it. */
export const DEFAULT_STEPS = 20_000;

/** Largest number, in bits, that is worked out exactly; larger ones stay symbolic. */
export const MAX_BITS = 65_536;

/** Longest answer, in characters, that is read as mathematics; longer ones are compared as text. */
export const MAX_ANSWER_LENGTH = 4_000;

/** Deepest nesting that is read; deeper answers are compared as text. */
export const MAX_DEPTH = 60;

/** Raised when a verdict runs out of steps; caught where the verdict is made. */
export class BudgetExceeded extends Error {
  static {
    BudgetExceeded.prototype.name = 'BudgetExceeded';
  }
}

/** Counts the steps of one verdict. */
export class Budget {
  readonly limit: number;
  #spent = 0;

  constructor(limit: number = DEFAULT_STEPS) {
    this.limit = limit;
  }

  /** Steps taken so far. */
  get spent(): number {
    return this.#spent;
  }

  /** Takes `steps` more, or raises {@link BudgetExceeded}. */
  spend(steps: number): void {
    this.#spent += steps;
    if (this.#spent > this.limit) {
      throw new BudgetExceeded(
        `verifier: expected at most ${this.limit} steps, needed more. The answers stay undecided.`,
      );
    }
  }
}
