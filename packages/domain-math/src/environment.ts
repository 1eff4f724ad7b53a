import type { Environment, Task, Verifier } from '@taskspace/core';
import type { VerifyOptions } from './answer/options.ts';
import { lastBoxed } from './check.ts';
import { goldOf } from './gold.ts';
import { judge } from './judge.ts';

/**
 * One turn: the problem is asked, one response ends the episode. What it says about a response never depends on whether
 * the response is right, because a policy that rewrites its answer must not be told.
 *
 * @param suffix - Said after the problem of a task; empty for nothing.
 */
export function createEnvironment(suffix: (task: Task) => string): Environment {
  return {
    async open(task) {
      const opening = [{ role: 'user', content: ask(task, suffix(task)) }] as const;
      return {
        opening,
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

/** A task's problem with what is said after it, one blank line between. */
export function ask({ instruction }: Task, suffix: string): string {
  return suffix === '' ? instruction : `${instruction}\n\n${suffix}`;
}

/** What a policy that was not trained on this domain needs to be told. */
export function usualSuffix(task: Task): string {
  const gold = goldOf(task);
  const wanted =
    'check' in gold && gold.check.kind === 'countdown'
      ? 'the whole expression'
      : 'the final answer';
  return `Reason step by step, and put ${wanted} in \\boxed{}.`;
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
