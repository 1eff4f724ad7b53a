import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setByPath } from '@taskspace/core';
import { loadRunConfig, loadSftConfig, sftRun, trainRun } from '@taskspace/trainer';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { metricsOf, tinyConfig } from './__fixtures__/tiny-run.ts';

let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'train-'));
});

afterEach(() => rm(folder, { recursive: true }));

test('a policy of random weights learns to answer with the right kind of token', async () => {
  const value = { ...(await tinyConfig(folder)), iterations: 40, out: join(folder, 'run') };
  const { before, after } = await trainRun(await loadRunConfig({ value }));
  expect(before!.domains.even!.sampled).toBeLessThan(0.75);
  expect(after!.domains.even!.sampled).toBeGreaterThan(0.9);
});

test('what the sampler and the trainer say of a token agrees', async () => {
  const value = { ...(await tinyConfig(folder)), iterations: 3, out: join(folder, 'run') };
  await trainRun(await loadRunConfig({ value }));
  for (const line of await metricsOf(join(folder, 'run'))) {
    // Two graphs of the same float32 arithmetic in another order.
    expect(line['sampling/sampling_logp_difference/max']).toBeLessThan(1e-3);
  }
});

test('a KL term holds the policy near its reference', async () => {
  const base = { ...(await tinyConfig(folder)), iterations: 20 };
  const drift = async (klCoefficient: number): Promise<number> => {
    const out = join(folder, `kl-${klCoefficient}`);
    const value = setByPath({ ...base, out }, 'objective', { klCoefficient });
    await trainRun(await loadRunConfig({ value }));
    return (await metricsOf(out)).at(-1)!.kl as number;
  };
  expect(await drift(3)).toBeLessThan(await drift(1e-6));
});

test('a warm start lowers the held-out loss, and its policy can be trained on', async () => {
  const { rollout: _, ...rest } = await tinyConfig(folder);
  const out = join(folder, 'warm');
  const sft = { ...rest, out, batchSize: 16, iterations: 30, heldOut: { demonstrations: 16 } };
  await sftRun(await loadSftConfig({ value: sft }));
  const losses = (await metricsOf(out)).map((line) => line.held_out_loss);
  expect(losses.at(-1)).toBeLessThan(0.5 * (losses[0] as number));
  expect(await readdir(join(out, 'policy'))).toEqual(
    expect.arrayContaining(['config.json', 'model.safetensors', 'tokenizer.json']),
  );
  const value = {
    ...(await tinyConfig(folder)),
    policy: join(out, 'policy'),
    iterations: 1,
    out: join(folder, 'run'),
  };
  const { before } = await trainRun(await loadRunConfig({ value }));
  expect(before!.domains.even!.greedy).toBe(1);
});

test('two runs of one seed are equal, whatever the order in which rollouts finish', async () => {
  const base = { ...(await tinyConfig(folder)), iterations: 4 };
  const policies: Buffer[] = [];
  for (const [name, concurrency] of [
    ['a', 512],
    ['b', 4],
  ] as const) {
    const value = setByPath(
      { ...base, out: join(folder, name) },
      'rollout.concurrency',
      concurrency,
    );
    await trainRun(await loadRunConfig({ value }));
    policies.push(await readFile(join(folder, name, 'policy', 'model.safetensors')));
  }
  expect(await metricsOf(join(folder, 'b'))).toEqual(await metricsOf(join(folder, 'a')));
  expect(policies[1]!.equals(policies[0]!)).toBe(true);
});
