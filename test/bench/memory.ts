/**
 * Does anything grow with the length of a run? 300 iterations of the main job: resident memory at the end over that at
 * iteration 50 (limit 1.05), and seconds per sampled token, last 50 iterations over iterations 50 to 100.
 *
 *     node --conditions=@taskspace/source test/bench/memory.ts [iterations] [path=value …]
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadRunConfig, type MetricsLine, trainRun } from '@taskspace/trainer';
import { parseSetting } from '../__fixtures__/settings.ts';

const MOST_GROWTH = 1.05;
const iterations = Number(process.argv[2] ?? 300);
const folder = await mkdtemp(join(tmpdir(), 'bench-memory-'));
const lines: MetricsLine[] = [];
const file = fileURLToPath(new URL('../../examples/math-grpo.yaml', import.meta.url));
const set = [
  { path: 'iterations', value: iterations },
  { path: 'evaluation.tasks', value: 0 },
  { path: 'out', value: join(folder, 'run') },
  ...process.argv.slice(3).map(parseSetting),
];
await trainRun(await loadRunConfig({ file, set }), {
  listener: {
    onIteration: (line) => {
      lines.push(line);
      process.stdout.write(`\riteration ${line.iteration + 1} of ${iterations}`);
    },
  },
});
await rm(folder, { recursive: true });

const mean = (some: readonly MetricsLine[], value: (line: MetricsLine) => number): number =>
  some.reduce((sum, line) => sum + value(line), 0) / some.length;
const resident = ({ time }: MetricsLine): number => time.resident_bytes! / 2 ** 20;
const perToken = ({ time }: MetricsLine): number => 1e6 / time.tokens_per_second!;

const early = mean(lines.slice(45, 55), resident);
const late = mean(lines.slice(-10), resident);
const growth = late / early;
const before = mean(lines.slice(50, 100), perToken);
const after = mean(lines.slice(-50), perToken);
process.stdout.write(
  `\rresident memory: ${early.toFixed(0)} MiB at iteration 50, ${late.toFixed(0)} MiB at the end, ratio ${growth.toFixed(3)} ` +
    `(limit ${MOST_GROWTH})\nmicroseconds per sampled token: ${before.toFixed(0)} in iterations 50 to 100, ` +
    `${after.toFixed(0)} in the last 50, ratio ${(after / before).toFixed(3)}\n`,
);
process.exitCode = growth <= MOST_GROWTH ? 0 : 1;
