import type { VerifyOptions } from './answer/options.ts';
import { verifyAnswer } from './answer/verify.ts';
import { judgeByCheck, lastBoxed } from './check.ts';
import type { Gold } from './gold.ts';

/** A judgement of one response. */
export interface Judgement {
  readonly correct: boolean;
  /** Why, in words that do not give the expected answer away. */
  readonly reason: string;
}

/** Judges a response by its task's check, or by comparing its answer with the expected one. */
export function judge(gold: Gold, response: string, options: VerifyOptions): Judgement {
  if ('check' in gold) return judgeByCheck(gold.check, response);
  const { correct } = verifyAnswer(gold.answer, response, options);
  if (correct) return { correct, reason: 'The answer is right.' };
  const reason =
    lastBoxed(response) === undefined
      ? 'The answer is not right; no \\boxed{} answer was found.'
      : 'The boxed answer is not right.';
  return { correct, reason };
}
