/**
 * Best-so-far search: each rewrite starts from the best answer so far, and repairs it when it failed. Of equally good answers
 * the latest is taken, so that a search that has found nothing yet moves on. Where a play has several turns, the one to
 * rewrite is drawn uniformly and the episode is then played on to its end, as in training.
 */
import { createRandom, type Verdict } from '@taskspace/core';
import {
  type Answer,
  type Attempt,
  failureOf,
  isTooLong,
  type Place,
  type Play,
  playResponse,
  type Response,
  rewrite,
} from './attempt.ts';
import type { AnswerFailure } from './chat-policy.ts';
import { playToEnd, type ScaffoldPlay } from './k-step.ts';

/**
 * Searches with as many rewrites as are wanted.
 *
 * @param first - The first response of the first turn.
 * @param rewrites - Ascending, distinct.
 * @param select - The verdict metric that tells which answer is best; an answer without it is worse than any with it.
 * Undefined: the verdict's quality.
 */
export async function playGreedySearch(
  place: Place,
  first: Response,
  rewrites: readonly number[],
  select: string | undefined,
  play: Play,
): Promise<ScaffoldPlay> {
  const answers = new Map<number, Answer | AnswerFailure>();
  const chain: Verdict[] = [];
  let best: Candidate | null = null;
  let failure: AnswerFailure | null = null;
  try {
    for (let k = 0; k <= rewrites.at(-1)!; k++) {
      // Its own seeds: the same best answer may be rewritten again and again.
      const own: Play = { ...play, responseSeed: (turn) => play.responseSeed(turn, k) };
      const attempt: Attempt = best
        ? await rewriteBest(best, own)
        : await playResponse(place, first, own);
      const answer = await playToEnd(attempt, own);
      const value = selectionValue(answer.verdict, select);
      if (!best || value >= best.value) best = { answer, attempt, value };
      chain.push(best.answer.verdict);
      answers.set(k, best.answer);
    }
  } catch (error) {
    if (!best || !isTooLong(error)) failure = failureOf(error);
  }
  const wanted = rewrites.map((k) => [k, answers.get(k) ?? failure ?? best!.answer] as const);
  return { answers: new Map(wanted), chain: chain.length > rewrites.at(-1)! ? chain : null };
}

/** What a search chooses from. */
interface Candidate {
  readonly answer: Answer;
  /** Of its episode, which is closed. */
  readonly attempt: Attempt;
  readonly value: number;
}

function rewriteBest({ answer, attempt }: Candidate, play: Play): Promise<Attempt> {
  const { turns } = answer.history;
  const turn = 1 + createRandom(play.responseSeed(0, 0)).integer(turns.length);
  const start = {
    episode: attempt.episode,
    turns: turns.slice(0, turn),
    cut: false,
    node: nodeOf(answer, turn, play),
  };
  return rewrite(start, play.responseSeed(turn, 0), play);
}

/** The node of one of an answer's turns: its last response's, or an ancestor of it. */
function nodeOf({ node }: Answer, turn: number, { nodes }: Play): number {
  let found = node;
  while (nodes[found]!.turn > turn) found = nodes[found]!.parent!;
  return found;
}

function selectionValue({ quality, metrics }: Verdict, select: string | undefined): number {
  if (select === undefined) return quality;
  return metrics?.[select] ?? Number.NEGATIVE_INFINITY;
}
