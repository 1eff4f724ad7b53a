import type { Embedder, Group, Instance, Rollout } from '@taskspace/core';
import { expect, test } from 'vitest';
import { embedGroups } from './embed-groups.ts';
import { createPolicyEmbedder } from './policy-embedder.ts';

const signal = new AbortController().signal;

/** Embeds a text as its length; remembers what it was asked. */
function lengthEmbedder(): Embedder & { readonly asked: string[][] } {
  const asked: string[][] = [];
  return {
    asked,
    id: 'length',
    width: 1,
    async embed(texts) {
      asked.push([...texts]);
      return texts.map(({ length }) => Float32Array.of(length));
    },
  };
}

function group(domain: string, start: readonly string[], responses: readonly string[][]): Group {
  const task = { id: 't', domain, instruction: '', payload: null };
  const turn = (response: string) => ({ request: [], response, iterate: 0 });
  const before = start.map(turn);
  const instance: Instance = {
    task,
    mode: start.length > 0 ? 'improve' : 'base',
    start: start.length > 0 ? { seed: 0, turns: before, quality: 0, origin: '0/0/0' } : null,
    depth: start.length,
  };
  const rollouts = responses.map(
    (own, index): Rollout => ({
      id: `0/0/${index}`,
      history: {
        task,
        seed: 0,
        turns: [...before.slice(0, -1), ...own.map(turn)],
        ending: 'done',
        closing: [],
      },
      verdict: { quality: index / 2, correct: false },
      sequences: [],
      truncated: false,
      policyVersion: 0,
    }),
  );
  return { instance, rollouts, failures: [] };
}

test('the first turn the policy played is embedded, all groups in one batch', async () => {
  const embedder = lengthEmbedder();
  const groups = [
    group('a', [], [['one', 'later'], ['three']]),
    group('a', ['shown', 'rewritten'], [['again', 'and on'], ['no']]),
  ];
  const texts = new Map([['a', (response: string) => `<${response}>`]]);
  const embedded = await embedGroups(groups, { embedder, texts }, signal);
  expect(embedder.asked).toEqual([['<one>', '<three>', '<again>', '<no>']]);
  expect(embedded.map(({ rollouts }) => rollouts.map(({ embedding }) => embedding?.[0]))).toEqual([
    [5, 7],
    [7, 4],
  ]);
});

test('domains that want no embeddings have none', async () => {
  const embedder = lengthEmbedder();
  const groups = [group('a', [], [['x'], ['x']]), group('b', [], [['y'], ['z']])];
  const texts = new Map([['b', (response: string) => response]]);
  const [a, b] = await embedGroups(groups, { embedder, texts }, signal);
  expect(a!.rollouts[0]).not.toHaveProperty('embedding');
  expect(b!.rollouts[0]!.embedding).toEqual(Float32Array.of(1));
});

test('groups that cannot be told apart by quality have none', async () => {
  const embedder = lengthEmbedder();
  const texts = new Map([['a', (response: string) => response]]);
  const [same] = await embedGroups([group('a', [], [['x']])], { embedder, texts }, signal);
  expect(same!.rollouts[0]).not.toHaveProperty('embedding');
  expect(embedder.asked).toEqual([]);
});

test.each([
  [
    'throws',
    () => {
      throw new Error('no words');
    },
    /domain a, task t: embeddingText: expected a text for "x".*no words/,
  ],
  ['gives no text', () => 7 as unknown as string, /embeddingText: .*it gave 7/],
])('a domain that %s is named', async (_, textOf, message) => {
  const texts = new Map([['a', textOf]]);
  const parts = { embedder: lengthEmbedder(), texts };
  await expect(embedGroups([group('a', [], [['x'], ['y']])], parts, signal)).rejects.toThrow(
    message,
  );
});

test('the policy embedder cuts long texts, stands in for empty ones, and reads equal ones once', async () => {
  const seen: number[][] = [];
  const embedder = createPolicyEmbedder(
    {
      embeddingWidth: 2,
      contextLength: 3,
      async embed(sequences) {
        seen.push(...sequences.map((tokens) => [...tokens]));
        return sequences.map(() => Float32Array.of(1, 0));
      },
    },
    { encode: (text) => Array.from(text, (letter) => letter.charCodeAt(0)), eosIds: [9] },
  );
  expect(await embedder.embed(['ABCDE', '', 'ABCDE'])).toHaveLength(3);
  expect(seen).toEqual([[65, 66, 67], [9]]);
});
