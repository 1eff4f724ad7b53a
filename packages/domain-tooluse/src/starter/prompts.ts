import type { IterationPrompts, RewriteContext } from '@taskspace/core';

/** Requests to rewrite a response in as few tokens as a pocket policy needs; what was asked comes last, as in the turn itself. */
export const pocketPrompts: IterationPrompts = {
  improve: (context) => say(context, 'Check and improve it.'),
  diverge: (context) => say(context, 'Give a different answer.'),
  debug: (context) => say(context, 'An earlier response was wrong. Try again.'),
};

function say({ request, response }: RewriteContext, wish: string): string {
  return `Earlier answer: ${response}\n${wish}\n${request}`;
}
