import type { JSONSchemaType } from 'ajv';
import type { Environment } from '../environment.ts';
import type { Split, TaskSource } from '../task.ts';
import type { Verifier } from '../verifier.ts';

/** The parts of the domain in the package's README: say a phrase. */
export const options: JSONSchemaType<Record<string, never>> = {
  type: 'object',
  additionalProperties: false,
  required: [],
};

export function tasks(split: Split): TaskSource {
  return {
    split,
    size: Number.POSITIVE_INFINITY,
    at: (index) => ({
      id: `${split}/${index}`,
      domain: 'echo',
      instruction: `Say "${split} ${index}".`,
      payload: `${split} ${index}`,
    }),
  };
}

export const environment: Environment = {
  open: async ({ instruction }) => ({
    opening: [{ role: 'user', content: instruction }],
    respond: async () => ({ messages: [], done: true }),
    [Symbol.asyncDispose]: async () => {},
  }),
};

export const verifier: Verifier = {
  verify({ task, turns }) {
    const correct = turns[0]?.response === task.payload;
    return { quality: correct ? 1 : 0, correct };
  },
};
