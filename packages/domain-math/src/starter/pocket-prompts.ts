import type { IterationPrompts } from '@taskspace/core';

/** Rewrite prompts in a few words, which a very small policy can be taught. */
export const pocketPrompts: Partial<IterationPrompts> = {
  improve: ({ request, response }) =>
    `${request}\nEarlier answer: ${response}\nCheck and improve it.`,
  diverge: ({ request, response }) =>
    `${request}\nEarlier answer: ${response}\nGive a different answer.`,
};
