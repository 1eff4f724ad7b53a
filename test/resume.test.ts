import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRandom } from '@taskspace/core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type KillPoint, runCommand } from './__fixtures__/killed-run.ts';
import { metricsOf, tinyConfig } from './__fixtures__/tiny-run.ts';

let folder = '';
let config = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'resume-'));
  config = join(folder, 'run.json');
  const klCoefficient = 0.01;
  const objective = { klCoefficient, reference: { every: 4, mix: 0.5 }, miniBatches: 2 };
  await writeFile(config, JSON.stringify({ ...(await tinyConfig(folder)), objective }));
  const whole = await runCommand(['train', config, '--out', join(folder, 'whole')]);
  expect(whole).toMatchObject({ code: 0, stderr: '' });
});

afterAll(() => rm(folder, { recursive: true }));

// Five places anywhere in the run: after one of its some twenty events, within the time of an iteration.
const random = createRandom('kill points');
const points = Array.from({ length: 5 }, (): KillPoint => {
  return { events: 2 + random.integer(11), delayMs: random.integer(50) };
});

test.each(points)(
  'a run killed $delayMs ms after event $events goes on bit for bit',
  async (point) => {
    const out = join(folder, `killed-${point.events}-${point.delayMs}`);
    const killed = await runCommand(['train', config, '--out', out], point);
    expect(killed.signal).toBe('SIGKILL');
    const resumed = await runCommand(['train', '--resume', out]);
    expect(resumed).toMatchObject({ code: 0, stderr: '' });
    expect(await metricsOf(out)).toEqual(await metricsOf(join(folder, 'whole')));
    const read = (run: string, file: string): Promise<Buffer> => readFile(join(run, file));
    for (const file of ['policy/model.safetensors', 'evaluations.jsonl']) {
      expect((await read(out, file)).equals(await read(join(folder, 'whole'), file))).toBe(true);
    }
  },
);

test('a run that trains adapters, with dropout, goes on bit for bit', async () => {
  const { policy, ...rest } = JSON.parse(await readFile(config, 'utf8'));
  const fresh = join(folder, 'fresh.json');
  await writeFile(
    fresh,
    JSON.stringify({ ...rest, policy, iterations: 0, evaluation: { tasks: 0 } }),
  );
  // Adapters belong to weights in a folder.
  await runCommand(['train', fresh, '--out', join(folder, 'fresh')]);
  const adapting = join(folder, 'adapting.json');
  const lora = { rank: 4, dropout: 0.1 };
  const adapted = { path: join(folder, 'fresh', 'policy'), lora };
  const objective = { ...rest.objective, reference: { every: 4, mix: 1 } };
  await writeFile(adapting, JSON.stringify({ ...rest, policy: adapted, objective }));
  const [whole, out] = [join(folder, 'adapters-whole'), join(folder, 'adapters-killed')];
  expect(await runCommand(['train', adapting, '--out', whole])).toMatchObject({
    code: 0,
    stderr: '',
  });
  const killed = await runCommand(['train', adapting, '--out', out], { events: 8, delayMs: 10 });
  expect(killed.signal).toBe('SIGKILL');
  expect(await runCommand(['train', '--resume', out])).toMatchObject({ code: 0, stderr: '' });
  expect(await metricsOf(out)).toEqual(await metricsOf(whole));
  for (const file of ['policy/adapter_model.safetensors', 'evaluations.jsonl']) {
    const [a, b] = await Promise.all([out, whole].map((run) => readFile(join(run, file))));
    expect(a!.equals(b!)).toBe(true);
  }
});

test('a run killed twice in a row goes on bit for bit', async () => {
  const out = join(folder, 'twice');
  await runCommand(['train', config, '--out', out], { events: 7, delayMs: 10 });
  const again = await runCommand(['train', '--resume', out], { events: 4, delayMs: 5 });
  expect(again.signal).toBe('SIGKILL');
  await runCommand(['train', '--resume', out]);
  expect(await metricsOf(out)).toEqual(await metricsOf(join(folder, 'whole')));
});
