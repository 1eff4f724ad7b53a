// Like the even codes, with odd ones right: a second domain for one policy. It may be slow, and may write down what is played.
import { appendFileSync } from 'node:fs';
import { defineDomain, type Split, type Task } from '@taskspace/core';

interface Options {
  /** How long the environment takes to answer. */
  readonly waitMs: number;
  /** File that gets a line for every response: `<task>`. */
  readonly diary?: string;
}

const OFFSET: Readonly<Record<Split, number>> = { train: 0, validation: 1, test: 2 };

// biome-ignore lint/style/noDefaultExport: that is what a plugin is.
export default defineDomain<Options>({
  name: 'odd',
  version: '0.0.0',
  options: {
    type: 'object',
    additionalProperties: false,
    required: [],
    properties: {
      waitMs: { type: 'integer', minimum: 0, default: 0 },
      diary: { type: 'string', nullable: true },
    },
  },
  create({ waitMs, diary }) {
    return {
      tasks: (split) => ({ split, size: 9000, at: (index) => task(split, index) }),
      environment: {
        open: async ({ id, instruction }) => ({
          opening: [{ role: 'user', content: instruction }],
          respond: async (response) => {
            if (diary !== undefined) appendFileSync(diary, `${id} ${JSON.stringify(response)}\n`);
            await new Promise((resolve) => setTimeout(resolve, waitMs));
            return { messages: [], done: true };
          },
          [Symbol.asyncDispose]: async () => undefined,
        }),
      },
      verifier: {
        verify: ({ turns }) => {
          const code = turns[0]!.response.codePointAt(0);
          const correct = code !== undefined && code % 2 === 1;
          return { quality: Number(correct), correct };
        },
      },
      // Short, for a policy whose context is.
      iteration: {
        improve: ({ request, response }) => `${request}${response}+`,
        diverge: ({ request, response }) => `${request}${response}-`,
      },
    };
  },
});

function task(split: Split, index: number): Task {
  const number = 3 * index + OFFSET[split];
  return { id: `odd-${number}`, domain: 'odd', instruction: `${number}-`, payload: null };
}
