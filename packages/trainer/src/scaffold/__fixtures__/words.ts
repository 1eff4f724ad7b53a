import { type DomainParts, Scope } from '@taskspace/core';
import { toyDomain } from '../../rollout/__fixtures__/toy-scope.ts';
import type { ChatOutcome, ChatPolicy, ChatRequest, PolicyFailureKind } from '../chat-policy.ts';
import type { PlayScope } from '../play-task.ts';

/**
 * So many turns, asked `turn <t>`; responses are digits, and quality is a tenth of their sum.
 *
 * @param opened - Gets the responses of every episode.
 * @param fails - Which responses could not be taken.
 */
export function wordsDomain(
  turns: number,
  opened: string[][] = [],
  fails: (response: string) => boolean = () => false,
): DomainParts {
  return toyDomain({
    environment: {
      open: async () => {
        const said: string[] = [];
        opened.push(said);
        const ask = (turn: number) => [{ role: 'user' as const, content: `turn ${turn}` }];
        return {
          opening: ask(1),
          respond: async (response) => {
            said.push(response);
            const done = said.length === turns;
            const messages = done ? [] : ask(said.length + 1);
            return { messages, done, failed: fails(response) };
          },
          [Symbol.asyncDispose]: async () => undefined,
        };
      },
    },
    verifier: {
      verify: ({ turns }) => {
        const sum = turns.reduce((total, { response }) => total + Number(response), 0);
        const metrics = sum < 6 ? { small: -sum } : {};
        return { quality: Math.min(1, sum / 10), correct: sum >= 3, metrics };
      },
    },
    iteration: {
      improve: ({ response }) => `improve ${response}`,
      debug: ({ response }) => `debug ${response}`,
    },
  });
}

/** What a test policy was asked: last messages, whole conversations, whole requests. */
export interface AskedPolicy extends ChatPolicy {
  readonly asked: string[];
  readonly read: string[][];
  readonly requests: ChatRequest[];
}

/** Answers 1, and one more than what it is to rewrite. */
export function climbingPolicy(
  failing: (text: string) => PolicyFailureKind | null = () => null,
  answer: (text: string) => string = (text) => String(Number(/\w+ (\d)$/u.exec(text)?.[1]) + 1),
): AskedPolicy {
  const policy: AskedPolicy = {
    asked: [],
    read: [],
    requests: [],
    async respond(request) {
      const text = request.messages.at(-1)!.content;
      policy.asked.push(text);
      policy.read.push(request.messages.map(({ content }) => content));
      policy.requests.push(request);
      const kind = failing(text);
      return Array.from({ length: request.samples }, (): ChatOutcome => {
        if (kind) return { status: 'failed', kind, message: `${text} failed` };
        return { status: 'answered', text: answer(text.replace(/^turn.*/u, 'x 0')), cut: false };
      });
    },
  };
  return policy;
}

/** What tasks of one toy domain are played with. */
export function playScope(domain: DomainParts, policy: ChatPolicy): PlayScope {
  return {
    policy,
    domains: new Map([['toy', domain]]),
    services: new Scope(),
    options: { maxTurns: 8, timeoutMs: 10_000 },
    onNotice: () => undefined,
  };
}
