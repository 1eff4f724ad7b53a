import { defineDomain, type Split, type Task } from '@taskspace/core';

/** How a second domain beside the letters goes about it. */
export interface DigitsOptions {
  /** How long the environment takes to answer. */
  readonly waitMs: number;
  /** One in so many responses fails at first, and is answered when it is tried again. */
  readonly flaky: number;
  /** Whether this machine has what the domain needs. */
  readonly machine: 'fine' | 'bare';
}

const OFFSET: Readonly<Record<Split, number>> = { train: 0, validation: 1, test: 2 };

/** Asked for a digit in letters, `c` is half right and `d` is right; answers may take their time. */
// biome-ignore lint/style/noDefaultExport: that is what a plugin is.
export default defineDomain<DigitsOptions>({
  name: 'digits',
  version: '0.0.0',
  options: {
    type: 'object',
    additionalProperties: false,
    required: [],
    properties: {
      waitMs: { type: 'integer', minimum: 0, default: 0 },
      flaky: { type: 'integer', minimum: 0, default: 0 },
      machine: { type: 'string', enum: ['fine', 'bare'], default: 'fine' },
    },
  },
  create({ waitMs, flaky, machine }) {
    let responses = 0;
    return {
      async prepare({ onNotice }) {
        if (machine === 'bare') throw new Error('there is no abacus: apt-get install abacus');
        onNotice('an abacus was found');
      },
      tasks: (split) => ({
        split,
        size: Number.POSITIVE_INFINITY,
        at: (index) => task(split, index),
      }),
      environment: {
        open: async ({ instruction }) => ({
          opening: [{ role: 'user', content: instruction }],
          respond: async () => {
            responses += 1;
            if (flaky > 0 && responses % flaky === 0) throw new Error('try again');
            if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
            return { messages: [], done: true };
          },
          [Symbol.asyncDispose]: async () => undefined,
        }),
      },
      verifier: {
        verify: ({ turns }) => {
          const quality = { c: 0.5, d: 1 }[turns[0]!.response] ?? 0;
          return { quality, correct: quality === 1 };
        },
      },
    };
  },
});

function task(split: Split, index: number): Task {
  const number = 3 * index + OFFSET[split];
  return {
    id: `digits-${number}`,
    domain: 'digits',
    instruction: `digit ${number}`,
    payload: null,
  };
}
