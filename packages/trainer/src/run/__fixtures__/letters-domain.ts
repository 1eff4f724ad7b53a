import { type Demonstration, defineDomain, type Split, type Task } from '@taskspace/core';

/** How the domain misbehaves. */
export interface LettersOptions {
  readonly fault: 'none' | 'throws' | 'quality';
}

const OFFSET: Readonly<Record<Split, number>> = { train: 0, validation: 1, test: 2 };

/** Asked for a letter, only `b` is right: what a policy of one token can learn. */
// biome-ignore lint/style/noDefaultExport: that is what a plugin is.
export default defineDomain<LettersOptions>({
  name: 'letters',
  version: '0.0.0',
  options: {
    type: 'object',
    additionalProperties: false,
    required: [],
    properties: { fault: { type: 'string', enum: ['none', 'throws', 'quality'], default: 'none' } },
  },
  create({ fault }) {
    return {
      tasks: (split) => ({
        split,
        size: Number.POSITIVE_INFINITY,
        at: (index) => task(split, index),
      }),
      environment: {
        open: async ({ instruction }) => ({
          opening: [{ role: 'user', content: instruction }],
          respond: async () => {
            if (fault === 'throws') throw new Error('no letters left');
            return { messages: [], done: true };
          },
          [Symbol.asyncDispose]: async () => undefined,
        }),
      },
      verifier: {
        verify: ({ turns }) => {
          const correct = turns[0]!.response === 'b';
          return { quality: fault === 'quality' ? 7 : Number(correct), correct };
        },
      },
      *demonstrations(split, seed): Generator<Demonstration> {
        // Finite, so that a warm start has to begin anew.
        for (let index = 0; index < 10; index++) {
          const { instruction } = task(split, seed + index);
          yield { messages: [{ role: 'user', content: instruction }], response: 'b' };
        }
      },
    };
  },
});

function task(split: Split, index: number): Task {
  const number = 3 * index + OFFSET[split];
  return {
    id: `letters-${number}`,
    domain: 'letters',
    instruction: `letter ${number}`,
    payload: null,
    category: number % 2 === 0 ? 'even' : 'odd',
  };
}
