import { type DomainParts, type Message, Scope, type Task } from '@taskspace/core';
import type { Completion, SampleRequest } from '../../backend/backend.ts';
import type { RolloutOptions, RolloutScope } from '../play-groups.ts';

/** Token that ends a response; every other token is a character's code. */
export const END = 0;

/** One line a message, `role: content`, and the assistant's line left open. */
export const toyFormat: RolloutScope['format'] = {
  stopTokens: [END],
  encode: (messages) => codes(render(messages)),
  extend(seen, messages) {
    const text = render(messages);
    const spelt = String.fromCharCode(...seen).replaceAll(String.fromCharCode(END), '\n');
    return text.startsWith(spelt)
      ? Int32Array.from([...seen, ...codes(text.slice(spelt.length))])
      : null;
  },
  decode: (tokens) => String.fromCharCode(...Array.from(tokens).filter((token) => token !== END)),
};

function render(messages: readonly Message[]): string {
  return `${messages.map(({ role, content }) => `${role}: ${content}\n`).join('')}assistant: `;
}

/** The text of token ids, the end token as `$`. */
export function spell(tokens: ArrayLike<number>): string {
  return Array.from(tokens, (token) => (token === END ? '$' : String.fromCharCode(token))).join('');
}

/** A completion that says a text; one that is `cut` has no end token. */
export function says(text: string, cut = false): Completion {
  const tokens = Int32Array.from([...codes(text), ...(cut ? [] : [END])]);
  const logprobs = Float32Array.from(tokens, () => -1);
  return { tokens, logprobs, stop: cut ? 'length' : 'token' };
}

/** A policy that answers by a function of what it is asked; requests are kept. */
export function scriptedBackend(
  answer: (request: SampleRequest, sample: number) => Completion,
  contextLength = 1000,
): RolloutScope['backend'] & { readonly requests: SampleRequest[] } {
  const requests: SampleRequest[] = [];
  return {
    requests,
    contextLength,
    async sample(request, signal) {
      requests.push(request);
      signal?.throwIfAborted();
      return Array.from({ length: request.samples }, (_, sample) => answer(request, sample));
    },
  };
}

export const toyTask: Task = {
  id: 'toy/0',
  domain: 'toy',
  instruction: 'say yes',
  payload: null,
};

/** One turn: any answer ends the episode, and `yes` is right. */
export function toyDomain(changes: Partial<DomainParts> = {}): DomainParts {
  return {
    tasks: (split) => ({ split, size: 1, at: () => toyTask }),
    environment: {
      open: async (task) => ({
        opening: [{ role: 'user', content: task.instruction }],
        respond: async () => ({ messages: [], done: true }),
        [Symbol.asyncDispose]: async () => undefined,
      }),
    },
    verifier: {
      verify: ({ turns }) => {
        const correct = turns.at(-1)!.response === 'yes';
        return { quality: Number(correct), correct };
      },
    },
    ...changes,
  };
}

/** What groups of the toy domain are played with. */
export function toyScope(
  backend: RolloutScope['backend'],
  domain: DomainParts = toyDomain(),
  options: Partial<RolloutOptions> = {},
  onNotice: (message: string) => void = () => undefined,
): RolloutScope {
  return {
    backend,
    format: toyFormat,
    domains: new Map([['toy', domain]]),
    services: new Scope(),
    options: {
      groupSize: 3,
      concurrency: 100,
      retries: 0,
      maxTurns: 4,
      timeoutMs: 10_000,
      sampling: { maxTokens: 20, temperature: 1, topP: 1, topK: 0, stopStrings: [] },
      ...options,
    },
    onNotice,
  };
}

function codes(text: string): Int32Array {
  return Int32Array.from(text, (character) => character.charCodeAt(0));
}
