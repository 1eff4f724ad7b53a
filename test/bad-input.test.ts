import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Json, setByPath } from '@taskspace/core';
import { loadRunConfig, type RunResult, trainRun } from '@taskspace/trainer';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runCommand } from './__fixtures__/killed-run.ts';
import { COMMAND, metricsOf, NODE_FLAGS, tinyConfig } from './__fixtures__/tiny-run.ts';

let folder = '';
let base: { readonly [key: string]: Json } = {};

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bad-'));
  base = { ...(await tinyConfig(folder)), iterations: 6, evaluation: { tasks: 0 } };
});

afterEach(() => rm(folder, { recursive: true }));

async function train(out: string, set: Readonly<Record<string, Json>> = {}): Promise<RunResult> {
  const all: Record<string, Json> = { ...set, out: join(folder, out) };
  const value = Object.entries(all).reduce<Json>(
    (to, [path, value]) => setByPath(to, path, value),
    base,
  );
  return trainRun(await loadRunConfig({ value }));
}

async function resume(out: string): Promise<RunResult> {
  const file = join(folder, out, 'config.json');
  return trainRun(await loadRunConfig({ file }), { resume: join(folder, out) });
}

const checkpoints = (out: string): Promise<string[]> => readdir(join(folder, out, 'checkpoints'));

test.each([
  [
    'throws',
    /16 × environment in even: .*domain even, task even-\d+: episode.respond threw: the world ended/,
  ],
  ['hangs', /16 × timeout in even: .*expected episode.respond to settle within 200 ms/],
  ['quality', /16 × invalid-verdict in even: .*quality from 0 \(worst\) to 1 \(best\), got -3/],
])(
  'a domain that %s stops the run with the domain, the task and the call',
  async (fault, message) => {
    const training = train('run', { 'domains.even.fault': fault, 'rollout.timeoutMs': 200 });
    await expect(training).rejects.toThrow(message);
  },
);

test('an unreadable policy leaves no run folder behind', async () => {
  const training = train('run', { policy: join(folder, 'nowhere') });
  await expect(training).rejects.toThrow(/nowhere/);
  expect(await readdir(folder)).not.toContain('run');
});

test('truncated weights are named', async () => {
  await train('run', { iterations: 1 });
  const policy = join(folder, 'run', 'policy');
  await truncate(join(policy, 'model.safetensors'), 5000);
  await expect(train('next', { policy })).rejects.toThrow(/model\.safetensors/);
});

test('a truncated checkpoint is named, and the one before it goes on exactly', async () => {
  await train('whole');
  await train('run');
  const last = join(folder, 'run', 'checkpoints', '000006');
  await truncate(join(last, 'model.safetensors'), 5000);
  await expect(resume('run')).rejects.toThrow(
    /000006: expected model.safetensors of \d+ bytes, got 5000 bytes.*Delete this folder/,
  );
  await rm(last, { recursive: true });
  await resume('run');
  expect(await metricsOf(join(folder, 'run'))).toEqual(await metricsOf(join(folder, 'whole')));
});

test('steps whose loss is not finite are skipped, counted, and at last stop the run with advice', async () => {
  const training = train('run', {
    'optimizer.learningRate': 1e30,
    'optimizer.maxGradNorm': 0,
    'optimizer.maxSkipped': 2,
    iterations: 20,
  });
  await expect(training).rejects.toThrow(
    /the last 2 optimiser steps.*Lower optimizer\.learningRate/,
  );
  const skipped = (await metricsOf(join(folder, 'run'))).map((line) => line.skipped_steps);
  expect(skipped.slice(-2)).toEqual([1, 1]);
});

/** The command where no file may grow beyond some blocks of 512 bytes: what a full disk looks like, without one. */
async function onFullDisk(args: readonly string[], blocks: number) {
  const command = [process.execPath, ...NODE_FLAGS, COMMAND, ...args, '--json'];
  // XFSZ ignored, so that the write fails instead of the process.
  const script = `trap '' XFSZ; ulimit -f ${blocks}; exec "$@"`;
  const child = spawn('sh', ['-c', script, 'sh', ...command], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const [code] = await once(child, 'close');
  return { code, stderr };
}

test.skipIf(process.platform === 'win32')(
  'a disk without room says so and keeps every earlier checkpoint',
  async () => {
    await train('whole');
    await train('run', { iterations: 3 });
    const file = join(folder, 'run', 'config.json');
    await writeFile(
      file,
      (await readFile(file, 'utf8')).replace('"iterations": 3', '"iterations": 6'),
    );
    const { code, stderr } = await onFullDisk(['train', '--resume', join(folder, 'run')], 100);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /checkpoints\/000006: expected to write, found the limit on a file's size reached/,
    );
    expect(await checkpoints('run')).toEqual(['000003']);
    await resume('run');
    expect(await metricsOf(join(folder, 'run'))).toEqual(await metricsOf(join(folder, 'whole')));
  },
);

test('Ctrl-C stops cleanly with code 130, and the run goes on exactly', async () => {
  await train('whole');
  const config = join(folder, 'run.json');
  await writeFile(config, JSON.stringify(base));
  const out = join(folder, 'run');
  const child = spawn(
    process.execPath,
    [...NODE_FLAGS, COMMAND, 'train', config, '--out', out, '--json'],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  let iterations = 0;
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (JSON.parse(line).event === 'iteration' && ++iterations === 2) child.kill('SIGINT');
  });
  expect(await once(child, 'close')).toEqual([130, null]);
  const status = JSON.parse(await readFile(join(out, 'status.json'), 'utf8'));
  expect(status.status).toBe('stopped');
  expect((await runCommand(['train', '--resume', out])).code).toBe(0);
  expect(await metricsOf(out)).toEqual(await metricsOf(join(folder, 'whole')));
});
