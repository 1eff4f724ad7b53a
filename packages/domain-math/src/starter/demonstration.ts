import type { RandomStream, Task } from '@taskspace/core';
import type { Problem } from './family.ts';

/** Which demonstrations there are besides right first answers; only families whose tries can be drawn anew give them. */
export interface DemonstrationMixture {
  /** Share of honest failed tries among first answers. */
  readonly wrongShare: number;
  /** Share of demonstrations that improve a response. */
  readonly improveShare: number;
  /** Share of demonstrations that answer by another way than a response does. */
  readonly divergeShare: number;
  /** Share of first answers whose request stands behind an answer to another problem: to be passed over, not rewritten. */
  readonly unrelatedShare: number;
  /** Share of demonstrations that say again, word for word, an answer that may be right or wrong. */
  readonly repeatShare: number;
}

/** How a problem was answered. */
export interface WorkedAnswer {
  readonly response: string;
  /** The response it is a rewrite of, or says again; left out for a first answer. */
  readonly rewrite?: {
    readonly mode: 'improve' | 'diverge' | 'repeat';
    readonly response: string;
  };
  /** The answer to another problem that its request stands behind, when it does. */
  readonly unrelated?: string;
}

/** A worked answer with the task it answers. */
export interface TaskDemonstration extends WorkedAnswer {
  readonly task: Task;
}

/** Of the responses shown for an improvement, so many are right; a policy that improves itself sees both. */
const RIGHT_SHOWN = 0.4;
/** How often an improvement keeps a right response as it is; otherwise it finds the answer by a try of its own. */
const KEPT = 0.95;
/** How often an improvement of a wrong response finds the answer; otherwise it is another honest failed try. */
const FOUND = 0.7;
/** Tries at another way before an answer the same as the one shown is let pass. */
const MOST_TRIES = 20;

/**
 * Draws a first answer or a rewrite.
 *
 * @param another - Draws another problem, whose answer is shown where an unrelated one is asked for.
 */
export function workedAnswer(
  { solution, attempt }: Problem,
  { wrongShare, improveShare, divergeShare, unrelatedShare, repeatShare }: DemonstrationMixture,
  random: RandomStream,
  another: () => Problem,
): WorkedAnswer {
  if (!attempt) return { response: solution };
  const kind = random.next();
  if (kind < improveShare) {
    const right = random.next() < RIGHT_SHOWN;
    const shown = attempt(random, right);
    const rewrite = { mode: 'improve', response: shown } as const;
    if (right && random.next() < KEPT) return { response: shown, rewrite };
    return { response: attempt(random, right || random.next() < FOUND), rewrite };
  }
  if (kind < improveShare + divergeShare) {
    const shown = attempt(random, random.next() < 0.5);
    return {
      response: anotherWay(attempt, shown, random),
      rewrite: { mode: 'diverge', response: shown },
    };
  }
  if (kind < improveShare + divergeShare + repeatShare) {
    const response = attempt(random, random.next() < 0.5);
    return { response, rewrite: { mode: 'repeat', response } };
  }
  const response = random.next() < wrongShare ? attempt(random, false) : solution;
  if (unrelatedShare === 0 || random.next() >= unrelatedShare) return { response };
  const other = another();
  return {
    response,
    unrelated: other.attempt?.(random, random.integer(2) === 0) ?? other.solution,
  };
}

/** A right answer that is not the one shown, else a failed try that is not. */
function anotherWay(
  attempt: NonNullable<Problem['attempt']>,
  shown: string,
  random: RandomStream,
): string {
  let response = shown;
  for (const hits of [true, false]) {
    for (let tries = 0; response === shown && tries < MOST_TRIES; tries++) {
      response = attempt(random, hits);
    }
  }
  return response;
}
