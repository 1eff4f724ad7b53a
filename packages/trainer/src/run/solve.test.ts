import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Json } from '@taskspace/core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { BAD, says, startChatServer } from '../endpoint/__fixtures__/chat-server.ts';
import { dryRun } from './dry-run.ts';
import { evaluateRun } from './evaluation-run.ts';
import { loadEvalConfig } from './load-config.ts';
import { solve } from './solve.ts';

const domain = fileURLToPath(new URL('__fixtures__/letters-domain.ts', import.meta.url));
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'solve-'));
});

afterEach(() => rm(folder, { recursive: true }));

function config(url: string, changes: { readonly [key: string]: Json } = {}) {
  const value = {
    domains: { letters: { plugin: domain } },
    evaluation: { tasks: 3, samples: 2, rewrites: [0, 1, 3] },
    endpoint: { url, model: 'tiny', retries: 0, keyVariable: 'NO_SUCH_KEY' },
    ...changes,
  };
  return loadEvalConfig({ value });
}

describe('solving one task', () => {
  test('writes the best response, its score, the tree and a plot', async () => {
    await using server = await startChatServer((index) => says('abcd'[index]!));
    const loaded = await config(server.url, { out: folder });
    const request = { domain: 'letters', task: '1', rewrites: 3 };
    const solution = await solve(loaded, request);
    expect(solution).toMatchObject({
      task: 'letters-5',
      responses: ['b'],
      correct: true,
      selectedBy: 'quality',
      firstQuality: 0,
      lastQuality: 0,
    });
    expect(await readFile(join(folder, 'best.txt'), 'utf8')).toBe('b');
    const tree = JSON.parse(await readFile(join(folder, 'tree.json'), 'utf8'));
    expect(tree).toMatchObject({ best: 1, task: { id: 'letters-5' } });
    expect(tree.nodes).toHaveLength(4);
    expect(await readFile(join(folder, 'tree.svg'), 'utf8')).toMatch(/^<svg /u);
  });

  test('finds a task by id, and says when there is none', async () => {
    await using server = await startChatServer(() => says('a'));
    const loaded = await config(server.url, { out: folder });
    const request = { domain: 'letters', rewrites: 0 };
    expect((await solve(loaded, { ...request, task: 'letters-8' })).task).toBe('letters-8');
    await expect(solve(loaded, { ...request, task: 'letters-0' })).rejects.toThrow(/test split/u);
  });

  test('keeps what was found when the policy fails later', async () => {
    await using server = await startChatServer((index) =>
      index < 2 ? says('b') : BAD['empty choices']!,
    );
    const loaded = await config(server.url, { out: folder });
    const solution = await solve(loaded, { domain: 'letters', task: '0', rewrites: 5 });
    expect(solution).toMatchObject({ correct: true, failure: { kind: 'endpoint-garbage' } });
  });

  test('without one judged answer is an error', async () => {
    await using server = await startChatServer(() => BAD['a page']!);
    const loaded = await config(server.url, { out: folder });
    const solving = solve(loaded, { domain: 'letters', task: '0', rewrites: 1 });
    await expect(solving).rejects.toThrow(/expected an answer that can be judged/u);
  });
});

describe('a served policy', () => {
  test('is evaluated with as many requests as the dry run says, and not asked again', async () => {
    await using server = await startChatServer(() => says('b'));
    const loaded = await config(server.url, { out: folder });
    const planned = await dryRun(loaded);
    expect(server.bodies).toHaveLength(0);
    const report = await evaluateRun(loaded);
    expect(server.bodies).toHaveLength(planned.requests);
    expect(planned).toMatchObject({ tasks: { letters: 3 }, requests: 3 * (1 + 2 * 4) });
    expect(planned.requestsAtMost).toBe(planned.requests);
    expect(report.domains.letters).toMatchObject({ greedy: 1, sampled: 1, failures: 0 });
    expect(await evaluateRun(loaded)).toEqual(report);
    expect(server.bodies).toHaveLength(planned.requests);
  });

  test('that fails is a failure by kind, never a wrong answer', async () => {
    await using server = await startChatServer((index) =>
      index % 2 === 0 ? says('b') : BAD['truncated JSON']!,
    );
    const report = await evaluateRun(await config(server.url, { evaluation: { tasks: 4 } }));
    const { greedy = 1, sampled = 1, failures, failureKinds } = report.domains.letters!;
    expect([greedy, sampled]).toEqual([1, 1]);
    expect(failures).toBe(6);
    expect(failureKinds).toEqual({ 'endpoint-garbage': 6 });
  });
});
