import type { Turn } from '../history.ts';
import type { Message } from '../message.ts';
import type { Task } from '../task.ts';

/** What a rewrite is asked for: a better response, a markedly different one, or one that runs at all. */
export type RewriteGoal = 'improve' | 'diverge' | 'debug';

/** What a rewrite prompt may show. */
export interface RewriteContext {
  readonly task: Task;
  /** What the turn was asked: the text of its request's last message. */
  readonly request: string;
  /** The response to rewrite. */
  readonly response: string;
  /** What the environment said of that response, when it said anything. */
  readonly feedback?: string;
}

/** The message that asks for a rewrite, one text per goal (§4.1 and appendix B of the ExIt paper). */
export type IterationPrompts = Readonly<Record<RewriteGoal, (context: RewriteContext) => string>>;

/** Prompts for any domain, in plain words. */
export const genericPrompts: IterationPrompts = {
  improve: (context) =>
    [
      'Below is a request and the current response to it. Write a better response: keep what is right, correct what is not.',
      ...sections(context),
      'Reply with the whole improved response and nothing else.',
    ].join('\n\n'),
  diverge: (context) =>
    [
      'Below is a request and the current response to it. Write another valid response that takes a clearly different approach.',
      ...sections(context),
      [
        'Reply in three parts:',
        '1. In a sentence or two, the approach of the current response.',
        '2. An approach that differs from it in kind, not in detail.',
        '3. The whole new response, made by that approach.',
      ].join('\n'),
    ].join('\n\n'),
  debug: (context) =>
    [
      'Below is a request and the current response to it, which failed. Find the fault and write a response that works.',
      ...sections(context),
      'Reply with the whole corrected response and nothing else.',
    ].join('\n\n'),
};

/**
 * The goal of a rewrite: an improvement of a response that failed outright is a repair.
 *
 * @param turn - The turn whose response is rewritten.
 */
export function rewriteGoal(mode: 'improve' | 'diverge', turn: Turn): RewriteGoal {
  return mode === 'improve' && turn.failed === true ? 'debug' : mode;
}

/**
 * What the policy reads in place of a turn's own request when it is to rewrite the turn's response: the request's messages
 * with the last one replaced by the rewrite prompt, said by the user.
 *
 * @param turn - The turn to rewrite, with the environment's own request.
 * @param prompts - The domain's own prompts; the generic ones stand in for what it leaves out.
 */
export function rewriteRequest(
  task: Task,
  turn: Turn,
  mode: 'improve' | 'diverge',
  prompts: Partial<IterationPrompts> = {},
): Message[] {
  const goal = rewriteGoal(mode, turn);
  const context: RewriteContext = {
    task,
    request: turn.request.at(-1)?.content ?? task.instruction,
    response: turn.response,
    ...(turn.feedback !== undefined && { feedback: turn.feedback }),
  };
  const content = (prompts[goal] ?? genericPrompts[goal])(context);
  return [...turn.request.slice(0, -1), { role: 'user', content }];
}

function sections({ request, response, feedback }: RewriteContext): string[] {
  return [
    `## Request\n\n${request}`,
    `## Current response\n\n${response}`,
    ...(feedback === undefined ? [] : [`## Feedback on it\n\n${feedback}`]),
  ];
}
