/**
 * Two domains, the episodes of one ten times as long as those of the other, because its environment lets one wait: the wall time
 * of an iteration over that of the slower domain alone. 1.15 is the limit. Once with room for all episodes at a time, once with
 * room for two groups of each domain.
 *
 *     node --conditions=@taskspace/source test/bench/slow-domain.ts [path=value …]
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Json, setByPath } from '@taskspace/core';
import { loadRunConfig, trainRun } from '@taskspace/trainer';
import { parseSetting } from '../__fixtures__/settings.ts';

const LIMIT = 1.15;
const SLOWER = 10;
const plugin = (name: string): string =>
  fileURLToPath(new URL(`../__fixtures__/${name}-domain.ts`, import.meta.url));
const base: Json = {
  policy: { path: 'pocket' },
  domains: {},
  iterations: 6,
  rollout: { prompts: 16, groupSize: 8, timeoutMs: 600_000, sampling: { maxTokens: 16 } },
  optimizer: { learningRate: 1e-4 },
  evaluation: { tasks: 0 },
  checkpoint: { every: 100 },
};
const folder = await mkdtemp(join(tmpdir(), 'bench-slow-domain-'));
let runs = 0;
let worst = 0;

for (const [room, concurrency] of [
  ['all episodes at once', 512],
  ['two groups of a domain at once', 16],
] as const) {
  const fast = { plugin: plugin('even') };
  const alone = await measure({ even: fast }, concurrency);
  // All episodes of the fast domain take as long as its rollouts, in as many rounds as there is room for.
  const rounds = Math.ceil((8 * 16) / concurrency);
  const waitMs = Math.round((1000 * SLOWER * alone.rollout) / rounds);
  const slow = { plugin: plugin('odd'), waitMs };
  const slowAlone = await measure({ odd: slow }, concurrency);
  const both = await measure({ even: fast, odd: slow }, concurrency, 32);
  const ratio = both.seconds / Math.max(alone.seconds, slowAlone.seconds);
  worst = Math.max(worst, ratio);
  process.stdout.write(
    `${room}: fast alone ${alone.seconds.toFixed(2)} s, slow alone ${slowAlone.seconds.toFixed(2)} s (each answer ${waitMs} ms late), ` +
      `both ${both.seconds.toFixed(2)} s an iteration, ratio ${ratio.toFixed(3)} (limit ${LIMIT})\n`,
  );
}
await rm(folder, { recursive: true });
process.exitCode = worst <= LIMIT ? 0 : 1;

/** Median seconds of an iteration and of its rollouts, the first iteration left out. */
async function measure(
  domains: Json,
  concurrency: number,
  prompts = 16,
): Promise<{ readonly seconds: number; readonly rollout: number }> {
  const out = join(folder, String(runs++));
  const set: [string, Json][] = [
    ['domains', domains],
    ['out', out],
    ['rollout.concurrency', concurrency],
    ['rollout.prompts', prompts],
    ...process.argv.slice(2).map((text): [string, Json] => {
      const { path, value } = parseSetting(text);
      return [path, value];
    }),
  ];
  const value = set.reduce<Json>((config, [path, to]) => setByPath(config, path, to), base);
  await trainRun(await loadRunConfig({ value }));
  const lines = (await readFile(join(out, 'metrics.jsonl'), 'utf8')).trim().split('\n').slice(1);
  const times = lines.map((line) => JSON.parse(line).time as { seconds: number; rollout: number });
  return {
    seconds: median(times.map((t) => t.seconds)),
    rollout: median(times.map((t) => t.rollout)),
  };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}
