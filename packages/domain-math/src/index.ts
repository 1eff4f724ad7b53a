import { defineDomain, rewriteRequest } from '@taskspace/core';
import { scoreLines } from './answer/score.ts';
import { ask, createEnvironment, createVerifier, usualSuffix } from './environment.ts';
import { type MathOptions, mathOptionsSchema } from './options.ts';
import { createSource } from './source.ts';
import { pocketPrompts, unrelatedRequest } from './starter/pocket-prompts.ts';

export type { AnswerVerdict, VerifyOptions } from './answer/options.ts';
export {
  type CompletionLine,
  type ScoredLine,
  type ScoreOptions,
  scoreLines,
} from './answer/score.ts';
export { verifyAnswer } from './answer/verify.ts';
export type { ColumnMapping } from './datasets/columns.ts';
export type { DataOptions, MathOptions, MathSource } from './options.ts';

/** Competition math: generated problems without end, or published sets; one turn, judged by the boxed answer. */
export default defineDomain<MathOptions>({
  name: 'math',
  version: '0.0.0',
  options: mathOptionsSchema,
  create(options) {
    const source = createSource(options);
    const { suffix = source.pocket ? '' : undefined } = options;
    const say = suffix === undefined ? usualSuffix : () => suffix;
    const iteration = source.pocket ? pocketPrompts : {};
    return {
      tasks: source.tasks,
      environment: createEnvironment(say),
      verifier: createVerifier(options.answers),
      iteration,
      scoreCompletions: (lines, { explain }) =>
        scoreLines(lines, { explain, defaults: options.answers }),
      async *demonstrations(split, seed) {
        const { demonstrations } = options;
        for await (const demonstration of source.demonstrations(split, seed, demonstrations)) {
          const { task, response, rewrite, unrelated } = demonstration;
          const asked = ask(task, say(task));
          const content = unrelated === undefined ? asked : unrelatedRequest(asked, unrelated);
          const request = [{ role: 'user', content }] as const;
          const messages = rewrite
            ? rewriteRequest(
                task,
                { request, response: rewrite.response, iterate: 0 },
                rewrite.mode,
                iteration,
              )
            : request;
          yield { messages, response };
        }
      },
    };
  },
});
