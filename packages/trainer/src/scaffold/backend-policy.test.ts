import { expect, test } from 'vitest';
import { says, scriptedBackend, toyScope } from '../rollout/__fixtures__/toy-scope.ts';
import { createBackendPolicy } from './backend-policy.ts';

test('asks for the same stops as training does, and a response that a stop string ended is whole', async () => {
  const backend = scriptedBackend((_, sample) => ({
    ...says('yes.', true),
    stop: sample === 0 ? 'string' : 'length',
  }));
  const sampling = { maxTokens: 8, temperature: 1, topP: 1, topK: 0, stopStrings: ['.'] };
  const policy = createBackendPolicy(toyScope(backend, undefined, { sampling }));
  const messages = [{ role: 'user', content: 'say yes' }] as const;
  const signal = new AbortController().signal;
  const outcomes = await policy.respond(
    { domain: 'toy', messages, samples: 2, seed: 1, greedy: true },
    signal,
  );
  expect(backend.requests[0]!.sampling).toMatchObject({
    temperature: 0,
    stopTokens: [0],
    stopStrings: ['.'],
  });
  expect(outcomes).toEqual([
    { status: 'answered', text: 'yes.', cut: false },
    { status: 'answered', text: 'yes.', cut: true },
  ]);
});
