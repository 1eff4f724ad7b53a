import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type KillPoint, runCommand } from './__fixtures__/killed-run.ts';
import { metricsOf, tinyConfig } from './__fixtures__/tiny-run.ts';

vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

let folder = '';
let config = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'resume-exit-'));
  config = join(folder, 'run.json');
  const curriculum = {
    variant: 'exit',
    capacity: 12,
    minSize: 2,
    divergeProbability: 0.4,
    keepTruncated: true,
  };
  const tiny = await tinyConfig(folder);
  await writeFile(config, JSON.stringify({ ...tiny, curriculum, evaluation: { tasks: 0 } }));
  const whole = await runCommand(['train', config, '--out', join(folder, 'whole')]);
  expect(whole).toMatchObject({ code: 0, stderr: '' });
});

afterAll(() => rm(folder, { recursive: true }));

async function lastState(run: string): Promise<unknown> {
  const checkpoints = join(folder, run, 'checkpoints');
  const last = (await readdir(checkpoints)).sort().at(-1)!;
  const { iteration, progress, tokens } = JSON.parse(
    await readFile(join(checkpoints, last, 'state.json'), 'utf8'),
  );
  return { iteration, progress, tokens };
}

test('the run draws from its buffer, rewrites, and embeds', async () => {
  const metrics = await metricsOf(join(folder, 'whole'));
  const improved = metrics.map((line) => Number(line['curriculum/mode/improve/instances'] ?? 0));
  expect(improved.reduce((sum, count) => sum + count, 0)).toBeGreaterThan(3);
  expect(metrics.at(-1)).toMatchObject({ 'curriculum/domain/even/buffer/size': 12 });
  expect(metrics.at(-1)!['curriculum/cosineDistance']).toBeGreaterThan(0);
});

test.each([
  { events: 5, delayMs: 20 },
  { events: 9, delayMs: 0 },
] satisfies KillPoint[])(
  'a run that grows a task space, killed $delayMs ms after event $events, goes on bit for bit',
  async (point) => {
    const name = `killed-${point.events}`;
    const killed = await runCommand(['train', config, '--out', join(folder, name)], point);
    expect(killed.signal).toBe('SIGKILL');
    const resumed = await runCommand(['train', '--resume', join(folder, name)]);
    expect(resumed).toMatchObject({ code: 0, stderr: '' });
    expect(await metricsOf(join(folder, name))).toEqual(await metricsOf(join(folder, 'whole')));
    expect(await lastState(name)).toEqual(await lastState('whole'));
    const read = (run: string): Promise<Buffer> =>
      readFile(join(folder, run, 'policy', 'model.safetensors'));
    expect((await read(name)).equals(await read('whole'))).toBe(true);
  },
);

test('a run goes on with the embedder it was started with alone', async () => {
  const set = ['--set', 'embedder.kind=none', '--set', 'curriculum.diversityBonus=false'];
  const { code, stderr } = await runCommand(['train', '--resume', join(folder, 'whole'), ...set]);
  expect(code).toBe(2);
  expect(stderr).toMatch(/embedder: expected .*as when the run was started/);
});
