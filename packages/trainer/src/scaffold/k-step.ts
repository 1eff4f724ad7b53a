/**
 * K-step self-improvement (§5.3 of the ExIt paper): at every turn, after the first response, K rewrites, each of the latest
 * response of that turn given the latest responses of all earlier turns.
 *
 * Several K are played at once and share what they have in common. In a single turn that is all of it: the answer after k
 * rewrites is the k-th of one chain. In an episode that goes on, each K plays on from its own response, since k rewrites at
 * every turn lead to other later turns than k + 1 do.
 */
import type { Verdict } from '@taskspace/core';
import {
  type Answer,
  AnswerError,
  type Attempt,
  close,
  endAtLength,
  failureOf,
  firstResponse,
  isTooLong,
  type Place,
  type Play,
  playResponse,
  type Response,
  rewrite,
} from './attempt.ts';
import type { AnswerFailure } from './chat-policy.ts';
import { settleAll } from './settle-all.ts';

/** What a scaffold made of one first response. */
export interface ScaffoldPlay {
  /** The answer, or why there is none, by number of rewrites. */
  readonly answers: ReadonlyMap<number, Answer | AnswerFailure>;
  /** Judgement of the answer after 0, 1, 2, … rewrites; null when not all of these were played to the end. */
  readonly chain: readonly Verdict[] | null;
}

/**
 * Plays one episode for each number of rewrites.
 *
 * @param first - The first response of the first turn.
 * @param rewrites - Ascending, distinct.
 */
export async function playKStep(
  place: Place,
  first: Response,
  rewrites: readonly number[],
  play: Play,
): Promise<ScaffoldPlay> {
  const answers = new Map<number, Answer | AnswerFailure>();
  const attempts = await playFrom(place, first, rewrites, answers, play);
  const verdicts = attempts.flatMap(({ answer }) => (answer ? [answer.verdict] : []));
  const whole = verdicts.length === attempts.length && attempts.length === rewrites.at(-1)! + 1;
  return { answers, chain: whole ? verdicts : null };
}

/** Plays on from an attempt to the end of its episode, without rewrites. */
export async function playToEnd(attempt: Attempt, play: Play): Promise<Answer> {
  const answers = new Map<number, Answer | AnswerFailure>();
  await playOn(attempt, [0], answers, play);
  const answer = answers.get(0)!;
  if ('kind' in answer) throw new AnswerError(answer);
  return answer;
}

/** Plays a turn with its rewrites and, for each number of them, on to the end; gives the turn's attempts. */
async function playFrom(
  place: Place,
  first: Response,
  rewrites: readonly number[],
  answers: Map<number, Answer | AnswerFailure>,
  play: Play,
): Promise<readonly Attempt[]> {
  const { attempts, failure } = await playChain(place, first, rewrites, play);
  const wanted = new Map<Attempt, number[]>();
  for (const k of rewrites) {
    const attempt = attempts[k] ?? (failure ? undefined : attempts.at(-1));
    if (attempt) wanted.set(attempt, [...(wanted.get(attempt) ?? []), k]);
    else answers.set(k, failure!);
  }
  await settleAll(wanted, ([attempt, some]) => playOn(attempt, some, answers, play));
  return attempts;
}

async function playOn(
  attempt: Attempt,
  rewrites: readonly number[],
  answers: Map<number, Answer | AnswerFailure>,
  play: Play,
): Promise<void> {
  const { answer, episode, turns, request, cut, node } = attempt;
  const settle = (outcome: Answer | AnswerFailure): void => {
    for (const k of rewrites) answers.set(k, outcome);
  };
  if (answer) return settle(answer);
  try {
    const response = await firstResponse(turns, request, play).catch((error: unknown) => {
      if (isTooLong(error)) return null;
      throw error;
    });
    if (!response) return settle(await endAtLength(attempt, play));
    const place: Place = {
      episode,
      turns,
      request,
      cut,
      parent: node,
      goal: 'answer',
      iterate: 0,
    };
    await playFrom(place, response, rewrites, answers, play);
  } catch (error) {
    settle(failureOf(error));
  }
}

/** One turn: its first response and as many rewrites as are wanted, until one fails or no longer fits the context. */
async function playChain(
  place: Place,
  first: Response,
  rewrites: readonly number[],
  play: Play,
): Promise<{ attempts: readonly Attempt[]; failure: AnswerFailure | null }> {
  const attempts: Attempt[] = [];
  const turn = place.turns.length + 1;
  try {
    attempts.push(await playResponse(place, first, play));
    for (let k = 1; k <= rewrites.at(-1)!; k++) {
      const latest = attempts[k - 1]!;
      attempts.push(await rewrite(latest, play.responseSeed(turn, k), play));
      // Nobody plays on from it.
      if (!rewrites.includes(k - 1)) await close(latest.episode, play);
    }
  } catch (error) {
    if (!isTooLong(error)) return { attempts, failure: failureOf(error) };
  }
  return { attempts, failure: null };
}
