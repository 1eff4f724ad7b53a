import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EMBEDDER, type Embedder, type Json, Scope } from '@taskspace/core';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { BACKEND, FORMAT } from '../compose.ts';
import type { ConversationFormat } from '../model/conversation.ts';
import { toyFormat } from '../rollout/__fixtures__/toy-scope.ts';
import { createLetterBackend } from './__fixtures__/letter-backend.ts';
import { loadRunConfig } from './load-config.ts';
import { trainRun } from './run.ts';

vi.setConfig({ testTimeout: 60_000 });

const plugin = fileURLToPath(new URL('__fixtures__/letters-domain.ts', import.meta.url));
const base = {
  domains: { letters: { plugin } },
  iterations: 4,
  rollout: { prompts: 4, groupSize: 4, sampling: { maxTokens: 2 } },
  optimizer: { learningRate: 0.5 },
  evaluation: { tasks: 0 },
  checkpoint: { every: 2 },
};
/** Rewrites need longer prompts than the letters' policy reads, so its buffer only replays. */
const curriculum = { variant: 'curriculum', capacity: 8, minSize: 1, diversityBonus: true };

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'exit-run-'));
});
afterEach(() => rm(folder, { recursive: true }));

const format: ConversationFormat = {
  ...toyFormat,
  example: (messages, response) => ({
    prompt: toyFormat.encode(messages),
    completion: Int32Array.of(response.charCodeAt(0), 0),
  }),
};

/** Embeds a letter as its place among so many. */
function letterEmbedder(width: number): Embedder {
  return {
    id: 'letters',
    width,
    embed: async (texts) =>
      texts.map((text) => {
        const at = text.charCodeAt(0) % width;
        return Float32Array.from({ length: width }, (_, axis) => Number(axis === at));
      }),
  };
}

function scope(width: number): Scope {
  return new Scope()
    .registerValue(FORMAT, format)
    .registerValue(BACKEND, createLetterBackend())
    .registerValue(EMBEDDER, letterEmbedder(width));
}

async function train(value: object, width = 4) {
  const loaded = await loadRunConfig({ value: { ...base, ...value } as unknown as Json });
  return trainRun(loaded, { scope: scope(width) });
}

async function metricsOf(out: string): Promise<Record<string, unknown>[]> {
  const text = await readFile(join(out, 'metrics.jsonl'), 'utf8');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

test('a run shows what it practises, by mode and by domain, and what each part took', async () => {
  const out = join(folder, 'a');
  await train({ out, curriculum, iterations: 8 });
  const last = (await metricsOf(out)).at(-1)!;
  for (const name of ['instances', 'learnability', 'startTurn', 'cosineDistance']) {
    expect(last).toHaveProperty([`curriculum/${name}`]);
    expect(last).toHaveProperty([`curriculum/domain/letters/${name}`]);
  }
  const modes = Object.keys(last).filter((name) => name.startsWith('curriculum/mode/'));
  expect(modes.length).toBeGreaterThan(0);
  expect(Object.keys(last.time as object)).toEqual(
    expect.arrayContaining(['draw', 'rollout', 'embed', 'update', 'learn']),
  );
});

test('a run ends with the iteration that spends its tokens', async () => {
  const out = join(folder, 'a');
  // Every rollout is a letter and an end: 32 tokens an iteration.
  const result = await train({ out, budget: { tokens: 70 }, iterations: 100 });
  expect(result).toMatchObject({ status: 'done', iterations: 3 });
  expect((await metricsOf(out)).at(-1)).toMatchObject({ num_tokens: 96 });
});

test('a finished budget can be raised', async () => {
  const [whole, out] = [join(folder, 'whole'), join(folder, 'a')];
  await train({ out: whole, curriculum, budget: { tokens: 190 }, iterations: 100 });
  await train({ out, curriculum, budget: { tokens: 70 }, iterations: 100 });
  const file = join(out, 'config.json');
  const set = [{ path: 'budget.tokens', value: 190 }];
  const result = await trainRun(await loadRunConfig({ file, set }), {
    scope: scope(4),
    resume: out,
  });
  expect(result.iterations).toBe(6);
  const plain = (lines: Record<string, unknown>[]) => lines.map(({ time, ...rest }) => rest);
  expect(plain(await metricsOf(out))).toEqual(plain(await metricsOf(whole)));
});

test('a run does not go on with embeddings of another width', async () => {
  const out = join(folder, 'a');
  await train({ out, curriculum });
  const file = join(out, 'config.json');
  const longer = await loadRunConfig({ file, set: [{ path: 'iterations', value: 6 }] });
  await expect(trainRun(longer, { scope: scope(5), resume: out })).rejects.toMatchObject({
    code: 'TASKSPACE_ERR_CHECKPOINT',
    message: expect.stringMatching(/embeddings of "letters", width 5, .*"letters", width 4/),
  });
});
