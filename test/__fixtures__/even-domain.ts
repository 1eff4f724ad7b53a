// Any answer whose first character has an even code is right: what a policy can learn in one token, from random weights.
import { defineDomain, type Split, type Task } from '@taskspace/core';

interface Options {
  /** How the domain misbehaves. */
  readonly fault: 'none' | 'throws' | 'hangs' | 'quality';
}

const OFFSET: Readonly<Record<Split, number>> = { train: 0, validation: 1, test: 2 };

// biome-ignore lint/style/noDefaultExport: that is what a plugin is.
export default defineDomain<Options>({
  name: 'even',
  version: '0.0.0',
  options: {
    type: 'object',
    additionalProperties: false,
    required: [],
    properties: {
      fault: { type: 'string', enum: ['none', 'throws', 'hangs', 'quality'], default: 'none' },
    },
  },
  create({ fault }) {
    return {
      tasks: (split) => ({ split, size: 90, at: (index) => task(split, index) }),
      environment: {
        open: async ({ instruction }) => ({
          opening: [{ role: 'user', content: instruction }],
          respond: async () => {
            if (fault === 'throws') throw new Error('the world ended');
            if (fault === 'hangs') await new Promise(() => undefined);
            return { messages: [], done: true };
          },
          [Symbol.asyncDispose]: async () => undefined,
        }),
      },
      verifier: {
        verify: ({ turns }) => {
          const code = turns[0]!.response.codePointAt(0);
          const correct = code !== undefined && code % 2 === 0;
          return { quality: fault === 'quality' ? -3 : Number(correct), correct };
        },
      },
      // Short, for a policy whose context is.
      iteration: {
        improve: ({ request, response }) => `${request}${response}+`,
        diverge: ({ request, response }) => `${request}${response}-`,
      },
      *demonstrations(split, seed) {
        for (let index = 0; index < 90; index++) {
          const { instruction } = task(split, (seed + index) % 90);
          yield { messages: [{ role: 'user', content: instruction }], response: '4' };
        }
      },
    };
  },
});

function task(split: Split, index: number): Task {
  const number = 3 * index + OFFSET[split];
  return { id: `even-${number}`, domain: 'even', instruction: `${number}+`, payload: null };
}
