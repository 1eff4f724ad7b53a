// A whole domain: name a number just below a limit. The closer the better; at or above the limit is worth nothing.
import { defineDomain, type Episode, type Split, type Task } from '@taskspace/core';

interface Options {
  readonly limits: number;
}

const SPLIT_OFFSET: Record<Split, number> = { train: 0, validation: 1, test: 2 };

export default defineDomain<Options>({
  name: 'just-below',
  version: '0.1.0',
  options: {
    type: 'object',
    additionalProperties: false,
    required: [],
    properties: { limits: { type: 'integer', minimum: 3, maximum: 97, default: 90 } },
  },
  create({ limits }) {
    return {
      tasks: (split) => ({
        split,
        size: Math.floor(limits / 3),
        at(index): Task {
          const limit = 3 + 3 * index + SPLIT_OFFSET[split];
          const instruction = `Name a number below ${limit}.`;
          return { id: `below-${limit}`, domain: 'just-below', instruction, payload: { limit } };
        },
      }),
      environment: {
        async open(task): Promise<Episode> {
          return {
            opening: [{ role: 'user', content: task.instruction }],
            respond: async () => ({ messages: [], done: true }),
            [Symbol.asyncDispose]: async () => {},
          };
        },
      },
      verifier: {
        verify({ task, turns }) {
          const { limit } = task.payload as { limit: number };
          const named = Number(/\d{1,3}/.exec(turns[0]?.response ?? '')?.[0] ?? Number.NaN);
          const quality = named < limit ? (named + 1) / limit : 0;
          return { quality, correct: quality > 0.8 };
        },
      },
    };
  },
});
