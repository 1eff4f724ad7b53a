import { defineDomain } from '@taskspace/core';
import type { VerifyOptions } from './answer/options.ts';
import { createEnvironment, createVerifier } from './environment.ts';
import { FAMILIES } from './starter/families.ts';
import { LEVELS, type Level } from './starter/family.ts';
import { demonstrate, problemAt, toTask } from './starter/source.ts';

export type { AnswerVerdict, VerifyOptions } from './answer/options.ts';
export { verifyAnswer } from './answer/verify.ts';

/** Options of the math domain. */
export interface MathOptions {
  /** `pocket`: the short families for very small policies; `all`: every family. */
  readonly subset: 'pocket' | 'all';
  readonly levels: readonly Level[];
  readonly seed: number;
  readonly demonstrations: { readonly wrongShare: number };
}

export default defineDomain<MathOptions>({
  name: 'math',
  version: '0.0.0',
  options: {
    type: 'object',
    additionalProperties: false,
    required: [],
    properties: {
      subset: { type: 'string', enum: ['pocket', 'all'], default: 'all' },
      levels: {
        type: 'array',
        items: { type: 'integer', enum: [...LEVELS] },
        minItems: 1,
        default: [...LEVELS],
      },
      seed: { type: 'integer', minimum: 0, default: 0 },
      demonstrations: {
        type: 'object',
        additionalProperties: false,
        required: [],
        properties: { wrongShare: { type: 'number', minimum: 0, maximum: 1, default: 0 } },
        default: {} as never,
      },
    },
  },
  create({ subset, levels, seed, demonstrations: { wrongShare } }) {
    const families = FAMILIES.filter((family) => subset === 'all' || family.pocket === true);
    const starter = { families, levels, seed };
    const environment = createEnvironment(() => '');
    return {
      tasks: (split) => ({
        split,
        size: Number.POSITIVE_INFINITY,
        at: (index) => toTask(problemAt(starter, split, index)),
      }),
      environment,
      verifier: createVerifier({} satisfies VerifyOptions),
      *demonstrations(split, demonstrationSeed) {
        for (const { generated, response } of demonstrate(
          starter,
          split,
          demonstrationSeed,
          wrongShare,
        )) {
          yield { messages: [{ role: 'user', content: generated.problem.text }], response };
        }
      },
    };
  },
});
