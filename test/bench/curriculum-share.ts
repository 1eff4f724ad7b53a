/**
 * What the curriculum costs of a real iteration: seconds of draw, embed and learn as a share of the whole, with the shipped policy
 * at 128 instances of 8 rollouts and 512 entries, median over the iterations of each run but its first, which compiles; then the
 * median of the runs against 5 %. Embeddings of responses said before are remembered, so the share falls as a run goes on.
 *
 *     node --conditions=@taskspace/source test/bench/curriculum-share.ts [--runs 3] [--iterations 8] [--time processor]
 *
 * Beside other work, count processor time of all threads: waiting for a core has no share in it.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { CLOCK, Scope } from '@taskspace/core';
import { loadRunConfig, trainRun } from '@taskspace/trainer';
import { parseSetting } from '../__fixtures__/settings.ts';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '3' },
    iterations: { type: 'string', default: '8' },
    time: { type: 'string', default: 'wall' },
  },
});
const LIMIT = 0.05;
const PARTS = ['draw', 'embed', 'learn'] as const;
const file = fileURLToPath(new URL('../../examples/ablation.yaml', import.meta.url));
const folder = await mkdtemp(join(tmpdir(), 'bench-curriculum-'));

type Seconds = Readonly<Record<(typeof PARTS)[number] | 'seconds', number>>;

const shares: number[] = [];
for (let run = 0; run < Number(values.runs); run++) {
  const times = await trainedTimes(run);
  const share = median(times.map((time) => sumOf(time) / time.seconds));
  shares.push(share);
  const parts = PARTS.map(
    (part) => `${part} ${percent(median(times.map((t) => t[part] / t.seconds)))}`,
  );
  const seconds = median(times.map((time) => time.seconds)).toFixed(2);
  process.stdout.write(`run ${run}: ${percent(share)} of ${seconds} s (${parts.join(', ')})\n`);
}
await rm(folder, { recursive: true });
const share = median(shares);
process.stdout.write(
  `draw + embed + learn: ${percent(share)} of an iteration ÷ limit ${percent(LIMIT)} = ${(share / LIMIT).toFixed(2)}: ${share <= LIMIT ? 'within' : 'ABOVE'}\n`,
);
process.exitCode = share <= LIMIT ? 0 : 1;

/** Seconds of the parts of every iteration but the first. */
async function trainedTimes(seed: number): Promise<readonly Seconds[]> {
  const out = join(folder, String(seed));
  const set = [
    `seed=${seed}`,
    `iterations=${values.iterations}`,
    'rollout.prompts=128',
    'curriculum.variant=exit',
    'evaluation.tasks=0',
  ].map(parseSetting);
  const config = await loadRunConfig({ file, set: [...set, { path: 'out', value: out }] });
  const scope = new Scope();
  if (values.time === 'processor') scope.registerValue(CLOCK, { now: processorMs });
  await trainRun(config, { scope });
  const lines = (await readFile(join(out, 'metrics.jsonl'), 'utf8')).trim().split('\n');
  const times = lines.map((line) => (JSON.parse(line) as { readonly time: Seconds }).time);
  return times.slice(1);
}

function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

function sumOf(time: Seconds): number {
  return PARTS.reduce((sum, part) => sum + time[part], 0);
}

function median(numbers: readonly number[]): number {
  const ordered = numbers.toSorted((a, b) => a - b);
  return ordered.length === 0
    ? Number.NaN
    : (ordered[ordered.length >> 1]! + ordered[(ordered.length - 1) >> 1]!) / 2;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
