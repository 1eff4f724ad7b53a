import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Json, Scope } from '@taskspace/core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { BACKEND, FORMAT } from '../compose.ts';
import { toyFormat } from '../rollout/__fixtures__/toy-scope.ts';
import { createLetterBackend } from '../run/__fixtures__/letter-backend.ts';
import { loadRunConfig } from '../run/load-config.ts';
import { trainRun } from '../run/run.ts';
import { readRun } from './read-run.ts';
import { readGroups } from './rollout-groups.ts';
import { writeReport } from './write-report.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const plugin = fileURLToPath(new URL('../run/__fixtures__/letters-domain.ts', import.meta.url));
const HOSTILE = `</script><script>hacked = 1</script>"'<!--`;

let folder = '';
let out = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'report-'));
  out = join(folder, 'run');
  const value = {
    out,
    domains: { letters: { plugin } },
    iterations: 6,
    curriculum: { name: 'exit', variant: 'curriculum', capacity: 8, minSize: 1 },
    rollout: { prompts: 4, groupSize: 4, sampling: { maxTokens: 2 } },
    optimizer: { learningRate: 0.5 },
    evaluation: { tasks: 4, samples: 2 },
    log: { groups: 3 },
  } as unknown as Json;
  const scope = new Scope()
    .registerValue(FORMAT, toyFormat as never)
    .registerValue(BACKEND, createLetterBackend());
  await trainRun(await loadRunConfig({ value }), { scope });
});
afterAll(() => rm(folder, { recursive: true }));

test('logged groups come back with what was drawn and how it was judged', async () => {
  const { groups, files } = await readGroups(await readRun(out), null, 100);
  expect(files).toBe(6);
  expect(groups).toHaveLength(18);
  expect(groups.map(({ id }) => id).slice(0, 4)).toEqual(['0/0', '0/1', '0/2', '1/0']);
  for (const { rollouts, domain, iteration, id } of groups) {
    expect(domain).toBe('letters');
    expect(rollouts).toHaveLength(4);
    expect(rollouts[0]!.id).toBe(`${id}/0`);
    expect(Number.parseInt(id, 10)).toBe(iteration);
    expect(rollouts[0]!.tokens).toBeGreaterThan(0);
    const advantages = rollouts.reduce((sum, { advantage }) => sum + advantage!, 0);
    expect(advantages).toBeCloseTo(0, 5);
  }
  const replayed = groups.filter(({ mode }) => mode === 'replay');
  expect(replayed.length).toBeGreaterThan(0);
  for (const { origin, startQuality } of replayed) {
    expect(origin).toMatch(/^\d+\/\d+\/\d+$/u);
    expect(startQuality).not.toBeNull();
  }
});

test('of a run with more groups than are wanted, those of evenly spaced iterations are read', async () => {
  const { groups, filesRead } = await readGroups(await readRun(out), null, 9);
  expect(filesRead).toBe(3);
  expect([...new Set(groups.map(({ iteration }) => iteration))]).toEqual([0, 3, 5]);
});

test('the page and its tables hold every number of the run, and are the same each time', async () => {
  const { file, tables, bytes } = await writeReport(out);
  const page = await readFile(file, 'utf8');
  expect(Buffer.byteLength(page)).toBe(bytes);
  expect((await readdir(tables)).sort()).toEqual(
    ['costs', 'failures', 'learning', 'map', 'practice', 'rewrites', 'signals'].map(
      (name) => `${name}.csv`,
    ),
  );
  const learning = await readFile(join(tables, 'learning.csv'), 'utf8');
  const metrics = (await readRun(out)).metrics;
  for (const line of metrics) {
    expect(learning).toContain(
      `letters,solved in training,${line.iteration + 1},${line['letters/solved']}\r\n`,
    );
  }
  expect(page.match(/<circle [^>]*data-group/gu)).toHaveLength(18);
  await writeReport(out);
  expect(await readFile(file, 'utf8')).toBe(page);
});

test('nothing is loaded from anywhere', async () => {
  const { file } = await writeReport(out);
  const page = await readFile(file, 'utf8');
  expect(page).toContain(`default-src 'none'`);
  const addresses = page.match(/(?:href|src)="[^"#]*"/gu) ?? [];
  expect(addresses.filter((address) => !address.includes('data:,'))).toEqual([]);
  expect(page).not.toMatch(/@import|url\(/u);
});

test('what a hostile run says is text', async () => {
  const run = join(folder, 'hostile');
  await mkdir(join(run, 'rollouts'), { recursive: true });
  const config = { name: HOSTILE, domains: { [HOSTILE]: {}, ['__proto__']: {} }, iterations: 1 };
  await writeFile(join(run, 'config.json'), JSON.stringify(config));
  await writeFile(join(run, 'status.json'), JSON.stringify({ status: HOSTILE, error: HOSTILE }));
  const metrics = {
    iteration: 0,
    rollouts: 2,
    failures: 1,
    [`${HOSTILE}/solved`]: 0.5,
    [`${HOSTILE}/reward`]: 0.5,
    [`${HOSTILE}/failures/${HOSTILE}`]: 1,
    [`curriculum/domain/${HOSTILE}/depth`]: 1,
    time: { seconds: 1, rollout: 1 },
  };
  await writeFile(join(run, 'metrics.jsonl'), `${JSON.stringify(metrics)}\n{"iteration":1,"cut of`);
  const line = {
    group: 0,
    domain: HOSTILE,
    task: HOSTILE,
    category: HOSTILE,
    mode: HOSTILE,
    depth: 'deep',
    start: { origin: HOSTILE, quality: HOSTILE },
    id: HOSTILE,
    feedback: HOSTILE,
    ending: HOSTILE,
    turns: [{ request: [{ role: HOSTILE, content: HOSTILE }], response: HOSTILE, iterate: 0 }, 7],
    sequences: [{ tokens: [1, -5, 'x', 1e300], lossMask: [0, 1, 1, 1], logprobs: null }, null],
  };
  const failed = { ...line, failure: { kind: HOSTILE, message: HOSTILE } };
  const lines = [line, failed, [], 'x', { group: 1 }].map((one) => JSON.stringify(one));
  await writeFile(join(run, 'rollouts', '000000.jsonl'), `${lines.join('\n')}\n{"half`);
  const { file } = await writeReport(run);
  const page = await readFile(file, 'utf8');
  expect(page).not.toContain('<script>hacked');
  expect(page.match(/<script/gu)).toHaveLength(2);
  expect(page.match(/<\/script/gu)).toHaveLength(2);
  expect(page).toContain('&#60;script&#62;hacked');
});

test('a run that has not begun has a page', async () => {
  const run = join(folder, 'fresh');
  await mkdir(run);
  await writeFile(
    join(run, 'config.json'),
    JSON.stringify({ name: 'fresh', domains: { math: {} } }),
  );
  const { file } = await writeReport(run);
  expect(await readFile(file, 'utf8')).toContain('No iteration is complete yet.');
});

test('a folder without a run is refused', async () => {
  await expect(writeReport(folder)).rejects.toMatchObject({
    code: 'TASKSPACE_ERR_RUN_FOLDER',
    message: expect.stringContaining('expected the folder of a run'),
  });
});
