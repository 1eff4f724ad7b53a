/**
 * The main job with several seeds: held-out accuracy before and after, greedy and sampled, mean ± standard deviation over the
 * seeds. The gain wanted is 10 points of the accuracy at the temperature it trains at; greedy accuracy is shown beside it.
 *
 *     node --conditions=@taskspace/source test/bench/main-job.ts [seeds] [path=value …]
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadRunConfig, type Scores, trainRun } from '@taskspace/trainer';
import { parseSetting } from '../__fixtures__/settings.ts';

const LEAST_GAIN = 0.1;
const seeds = Number(process.argv[2] ?? 3);
const file = fileURLToPath(new URL('../../examples/math-grpo.yaml', import.meta.url));
const given = process.argv.slice(3).map(parseSetting);
const folder = await mkdtemp(join(tmpdir(), 'bench-main-job-'));
const found: { readonly before: Scores; readonly after: Scores }[] = [];
for (let seed = 0; seed < seeds; seed++) {
  const set = [
    { path: 'seed', value: seed },
    { path: 'out', value: join(folder, String(seed)) },
    ...given,
  ];
  const started = performance.now();
  const result = await trainRun(await loadRunConfig({ file, set }));
  const [before, after] = [result.before!.domains.math!, result.after!.domains.math!];
  found.push({ before, after });
  const seconds = ((performance.now() - started) / 1000).toFixed(0);
  process.stdout.write(`seed ${seed}: ${show(before)} -> ${show(after)} in ${seconds} s\n`);
}
await rm(folder, { recursive: true });

let reached = false;
for (const kind of ['greedy', 'sampled'] as const) {
  const gains = found.map(({ before, after }) => after[kind]! - before[kind]!);
  const of = (when: 'before' | 'after') => spread(found.map((scores) => scores[when][kind]!));
  process.stdout.write(`${kind}: ${of('before')} -> ${of('after')}, gain ${spread(gains)}\n`);
  if (kind === 'sampled') reached = mean(gains) >= LEAST_GAIN;
}
process.exitCode = reached ? 0 : 1;

function show({ greedy, sampled }: Scores): string {
  return `greedy ${(100 * greedy!).toFixed(1)} %, sampled ${(100 * sampled!).toFixed(1)} %`;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Mean ± sample standard deviation, in points. */
function spread(values: readonly number[]): string {
  const centre = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - centre) ** 2, 0);
  const deviation = Math.sqrt(squares / Math.max(1, values.length - 1));
  return `${(100 * centre).toFixed(1)} ± ${(100 * deviation).toFixed(1)}`;
}
