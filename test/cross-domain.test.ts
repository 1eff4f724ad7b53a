import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Json, setByPath } from '@taskspace/core';
import { loadRunConfig, trainRun } from '@taskspace/trainer';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Ending, runCommand } from './__fixtures__/killed-run.ts';
import { metricsOf, tinyConfig } from './__fixtures__/tiny-run.ts';

vi.setConfig({ testTimeout: 240_000, hookTimeout: 60_000 });

let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cross-domain-'));
});

afterEach(() => rm(folder, { recursive: true }));

/** ExIt on two domains that want opposite things, each with settings of its own. */
async function crossConfig(odd: Json, set: Readonly<Record<string, Json>> = {}): Promise<Json> {
  const plugin = fileURLToPath(new URL('__fixtures__/odd-domain.ts', import.meta.url));
  const tiny = await tinyConfig(folder);
  const whole = {
    ...tiny,
    domains: {
      ...(tiny.domains as object),
      odd: {
        plugin,
        rollout: { prompts: 3, groupSize: 3, sampling: { maxTokens: 2 } },
        objective: { name: 'dr-grpo', overLong: 'mask', epochs: 2 },
        curriculum: { selectProbability: 0.3, maxDepth: 2 },
        ...(odd as object),
      },
    },
    curriculum: { variant: 'exit', capacity: 12, minSize: 2, keepTruncated: true },
    rollout: { ...(tiny.rollout as object), prompts: 7 },
    evaluation: { tasks: 0 },
  } as unknown as Json;
  return Object.entries(set).reduce<Json>((value, [path, to]) => setByPath(value, path, to), whole);
}

const policyOf = (run: string): Promise<Buffer> =>
  readFile(join(run, 'policy', 'model.safetensors'));

test('metrics and weights are the same bit for bit when one domain is slow', async () => {
  const runs = { even: 0, slow: 120 };
  for (const [name, waitMs] of Object.entries(runs)) {
    const set = { out: join(folder, name), iterations: 5 };
    await trainRun(await loadRunConfig({ value: await crossConfig({ waitMs }, set) }));
  }
  const [even, slow] = Object.keys(runs).map((name) => join(folder, name)) as [string, string];
  expect(await metricsOf(slow)).toEqual(await metricsOf(even));
  expect((await policyOf(slow)).equals(await policyOf(even))).toBe(true);
});

test('killed in the middle of an iteration and resumed, no complete group is lost and none is trained twice', async () => {
  const config = join(folder, 'run.json');
  const diary = join(folder, 'diary');
  // So slow that a kill falls between the groups, of which one is played at a time.
  const odd = { waitMs: 60, diary };
  const narrow = { 'domains.odd.rollout.concurrency': 3, iterations: 8 };
  await writeFile(config, JSON.stringify(await crossConfig(odd, narrow)));
  const whole = join(folder, 'whole');
  const cut = join(folder, 'cut');
  expect((await runCommand(['train', config, '--out', whole])).code).toBe(0);
  const wholePlays = await linesOf(diary);
  await rm(diary);

  // The start, five iterations, one checkpoint; then 100 ms into the next iteration, of about 200.
  const killed: Ending = await runCommand(['train', config, '--out', cut], {
    events: 7,
    delayMs: 100,
  });
  expect(killed.signal).toBe('SIGKILL');
  const kept = await completeGroups(cut);
  expect(kept).toBeGreaterThan(0);
  const playsBefore = await linesOf(diary);
  await rm(diary);

  expect(await runCommand(['train', '--resume', cut])).toMatchObject({ code: 0, stderr: '' });
  const playsAfter = await linesOf(diary);
  // Every response of a complete group was played once: what both parts played twice are the groups that were not complete.
  const twice = playsBefore.length + playsAfter.length - wholePlays.length;
  expect(twice).toBeGreaterThanOrEqual(0);
  expect(twice).toBeLessThan(3 * 3);
  expect(await restoredGroups(cut)).toBe(kept);
  expect(await metricsOf(cut)).toEqual(await metricsOf(whole));
  expect((await policyOf(cut)).equals(await policyOf(whole))).toBe(true);
  // Nothing is left of what a finished run no longer needs.
  expect(await readdir(cut)).not.toContain('groups');
});

async function linesOf(file: string): Promise<readonly string[]> {
  return (await readFile(file, 'utf8')).trim().split('\n');
}

/** Groups that are written down in a run's journals. */
async function completeGroups(run: string): Promise<number> {
  const files = await readdir(join(run, 'groups'));
  const texts = await Promise.all(files.map((file) => readFile(join(run, 'groups', file), 'utf8')));
  return texts.reduce((sum, text) => sum + Math.max(0, text.split('\n').length - 2), 0);
}

async function restoredGroups(run: string): Promise<number> {
  const lines = await linesOf(join(run, 'metrics.jsonl'));
  return lines.reduce((sum, line) => sum + (JSON.parse(line).time.restored_groups ?? 0), 0);
}
