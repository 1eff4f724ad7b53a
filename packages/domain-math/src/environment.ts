import type { Environment, Task, Verifier } from '@taskspace/core';
import type { VerifyOptions } from './answer/options.ts';
import { lastBoxed } from './check.ts';
import { goldOf } from './gold.ts';
import { judge } from './judge.ts';

/**
 * One turn: the problem is asked, one response ends the episode. What it says about a response never depends on whether
 * the response is right, because a policy that rewrites its answer must not be told.
 *
 * @param suffix - Put after the problem, one blank line between; empty for none.
 */
export function createEnvironment(suffix: (task: Task) => string): Environment {
  return {
    async open(task) {
      const ending = suffix(task);
      const content = ending === '' ? task.instruction : `${task.instruction}\n\n${ending}`;
      return {
        opening: [{ role: 'user', content }],
        async respond(response) {
          const done = { messages: [], done: true };
          return lastBoxed(response) === undefined
            ? { ...done, feedback: 'The response has no \\boxed{} answer.' }
            : done;
        },
        async [Symbol.asyncDispose]() {},
      };
    },
  };
}

/** Judges the last response of a history: quality 1 when its answer is right, else 0. */
export function createVerifier(options: VerifyOptions): Verifier {
  return {
    verify({ task, turns }) {
      const { correct, reason } = judge(goldOf(task), turns.at(-1)?.response ?? '', options);
      return { quality: correct ? 1 : 0, correct, feedback: reason };
    },
  };
}
