import type { IterationPrompts } from '@taskspace/core';

/**
 * Rewrite prompts in a few words, which a very small policy can be taught. The request comes last, as it does where there is
 * nothing to rewrite: what stands next to the answer is then the same in both.
 */
export const pocketPrompts: Partial<IterationPrompts> = {
  improve: ({ request, response }) => `${behindAnswer(response)}Check and improve it.\n${request}`,
  diverge: ({ request, response }) =>
    `${behindAnswer(response)}Give a different answer.\n${request}`,
};

/** A request behind an answer that has nothing to do with it, and no word on what to do with that answer. */
export function unrelatedRequest(request: string, answer: string): string {
  return `${behindAnswer(answer)}${request}`;
}

/** A request whose answer is to be given once more, word for word. */
export function repeatRequest(request: string, answer: string): string {
  return `${behindAnswer(answer)}Give it again.\n${request}`;
}

function behindAnswer(response: string): string {
  return `Earlier answer: ${response}\n`;
}
