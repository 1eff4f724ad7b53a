import { defineDomain } from '@taskspace/core';
import { scoreLines } from './answer/score.ts';
import { ask, createEnvironment, createVerifier, usualSuffix } from './environment.ts';
import { type MathOptions, mathOptionsSchema } from './options.ts';
import { createSource } from './source.ts';

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
    return {
      tasks: source.tasks,
      environment: createEnvironment(say),
      verifier: createVerifier(options.answers),
      scoreCompletions: (lines, { explain }) =>
        scoreLines(lines, { explain, defaults: options.answers }),
      async *demonstrations(split, seed) {
        const { wrongShare } = options.demonstrations;
        for await (const { task, response } of source.demonstrations(split, seed, wrongShare)) {
          yield { messages: [{ role: 'user', content: ask(task, say(task)) }], response };
        }
      },
    };
  },
});
