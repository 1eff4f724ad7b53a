import {
  defineDomain,
  type IterationPrompts,
  type Message,
  rewriteRequest,
  type Task,
} from '@taskspace/core';
import { scoreLines } from './answer/score.ts';
import { ask, createEnvironment, createVerifier, usualSuffix } from './environment.ts';
import { type MathOptions, mathOptionsSchema } from './options.ts';
import { createSource } from './source.ts';
import type { TaskDemonstration } from './starter/demonstration.ts';
import { pocketPrompts, repeatRequest, unrelatedRequest } from './starter/pocket-prompts.ts';

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
          yield {
            messages: asked(demonstration, say, iteration),
            response: demonstration.response,
          };
        }
      },
    };
  },
});

/** The prompt a worked answer answers. */
function asked(
  { task, rewrite, unrelated }: TaskDemonstration,
  say: (task: Task) => string,
  iteration: Partial<IterationPrompts>,
): readonly Message[] {
  const content = ask(task, say(task));
  const user = (content: string): Message => ({ role: 'user', content });
  if (unrelated !== undefined) return [user(unrelatedRequest(content, unrelated))];
  if (!rewrite) return [user(content)];
  const { mode, response } = rewrite;
  if (mode === 'repeat') return [user(repeatRequest(content, response))];
  return rewriteRequest(task, { request: [user(content)], response, iterate: 0 }, mode, iteration);
}
