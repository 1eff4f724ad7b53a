import type { Task, Verdict } from '@taskspace/core';
import type { AnswerFailure } from '../scaffold/chat-policy.ts';
import type { SamplePlay } from '../scaffold/play-task.ts';

/** How answers are drawn. */
export type AnswerMode = 'greedy' | 'sampled';

/** One answer of an evaluation, or why it is missing: a line of answers.jsonl. */
export interface AnswerLine {
  readonly domain: string;
  readonly task: string;
  readonly category: string | null;
  readonly mode: AnswerMode;
  readonly sample: number;
  /** Rewrites behind the answer (k in the paper). */
  readonly rewrites: number;
  /** One for each turn. */
  readonly responses?: readonly string[];
  readonly truncated?: boolean;
  readonly verdict?: Verdict;
  /** With the most rewrites: whether the answer was right after 0, 1, 2, … of them, where each was judged. */
  readonly chain?: readonly boolean[];
  readonly failure?: AnswerFailure;
}

/** What a play of a task gave, line by line: samples in order, each with its numbers of rewrites ascending. */
export function answerLines(
  { domain, id, category }: Task,
  mode: AnswerMode,
  plays: readonly SamplePlay[],
): AnswerLine[] {
  return plays.flatMap(({ answers, chain }, sample) => {
    const most = Math.max(...answers.keys());
    return [...answers]
      .sort(([a], [b]) => a - b)
      .map(([rewrites, answer]): AnswerLine => {
        const place = { domain, task: id, category: category ?? null, mode, sample, rewrites };
        if ('kind' in answer) return { ...place, failure: answer };
        const { history, verdict, truncated } = answer;
        const responses = history.turns.map(({ response }) => response);
        const steps = chain !== null && most > 0 && rewrites === most;
        const line = { ...place, responses, truncated, verdict };
        return steps ? { ...line, chain: chain.map(({ correct }) => correct) } : line;
      });
  });
}
