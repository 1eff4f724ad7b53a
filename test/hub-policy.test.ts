import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type HubServer, startHub } from '../packages/trainer/src/hub/__fixtures__/hub-server.ts';
import { metricsOf, tinyConfig } from './__fixtures__/tiny-run.ts';
import { runTaskspace } from './run-taskspace.ts';

const MODEL = fileURLToPath(
  new URL('../packages/trainer/src/model/__fixtures__/parity/llama3', import.meta.url),
);
let folder = '';
let hub: HubServer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hub-policy-'));
  const names = (await readdir(MODEL)).filter((name) => !name.startsWith('expected.'));
  const files = names.map(async (name) => [name, await readFile(join(MODEL, name))] as const);
  hub = await startHub(new Map(await Promise.all(files)));
  vi.stubEnv('HF_ENDPOINT', hub.endpoint);
  vi.stubEnv('HF_HOME', join(folder, 'home'));
});

afterAll(async () => {
  vi.unstubAllEnvs();
  await hub[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

test('a policy named owner/name is downloaded, trained, and its run goes on offline with the same commit', async () => {
  const config = join(folder, 'run.json');
  const run = join(folder, 'run');
  const tiny = await tinyConfig(folder);
  await writeFile(config, JSON.stringify({ ...tiny, policy: 'owner/name', iterations: 2 }));
  const trained = await runTaskspace(['train', config, '--out', run]);
  expect(trained).toMatchObject({ code: 0, stderr: '' });
  expect(trained.stdout).toMatch(/^Downloading owner\/name, commit [0-9a-f]{8}, from .* files/u);
  const saved = JSON.parse(await readFile(join(run, 'config.json'), 'utf8'));
  expect(saved.policy).toEqual({ path: 'owner/name', revision: hub.commit });

  vi.stubEnv('HF_HUB_OFFLINE', '1');
  const resumed = await runTaskspace(['train', '--resume', run, '--set', 'iterations=3']);
  expect(resumed).toMatchObject({ code: 0, stderr: '' });
  expect(await metricsOf(run)).toHaveLength(3);

  const asked = await runTaskspace([
    ...['generate', 'Hi', '--policy', 'owner/name', '--device', 'cpu'],
    ...['--set', 'sampling.maxTokens=4', '--json'],
  ]);
  expect(asked).toMatchObject({ code: 0, stderr: '' });
  expect(JSON.parse(asked.stdout).completions).toHaveLength(1);
  const exported = join(folder, 'exported');
  expect(await runTaskspace(['export', 'owner/name', exported])).toMatchObject({ code: 0 });
  expect(await readdir(exported)).toContain('model.safetensors');
});

test('a path that names nothing reads as a model, and the error says so', async () => {
  vi.stubEnv('HF_HUB_OFFLINE', '');
  const { code, stderr } = await runTaskspace(['generate', 'Hi', '--policy', 'runs/typo']);
  expect(code).toBe(1);
  expect(stderr).toMatch(/hub model runs\/typo: .*HTTP 404.*If a folder was meant, there is none/u);
});
