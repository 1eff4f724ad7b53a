/**
 * Does anything grow with the length of a run? 300 iterations of examples/math-grpo.yaml, started as the command starts it: resident memory
 * at the end over that at iteration 50 (limit 1.05), and seconds per sampled token, last 50 iterations over iterations 50 to 100.
 *
 *     node --conditions=@taskspace/source test/bench/memory.ts [iterations] [path=value …]
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MetricsLine } from '@taskspace/trainer';

const MOST_GROWTH = 1.05;
const iterations = Number(process.argv[2] ?? 300);
const root = join(import.meta.dirname, '..', '..');
const folder = mkdtempSync(join(tmpdir(), 'bench-memory-'));
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  readonly scripts: { readonly taskspace: string };
};
const [, ...taskspace] = scripts.taskspace.split(' ');
const settings = [`iterations=${iterations}`, 'evaluation.tasks=0', ...process.argv.slice(3)];
const { status } = spawnSync(
  process.execPath,
  [
    ...taskspace,
    ...['train', 'examples/math-grpo.yaml', '--out', join(folder, 'run')],
    ...settings.flatMap((setting) => ['--set', setting]),
  ],
  { cwd: root, stdio: 'inherit' },
);
if (status !== 0) throw new Error(`The run ended with ${status}.`);
const lines = readFileSync(join(folder, 'run', 'metrics.jsonl'), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as MetricsLine);
rmSync(folder, { recursive: true });

const mean = (some: readonly MetricsLine[], value: (line: MetricsLine) => number): number =>
  some.reduce((sum, line) => sum + value(line), 0) / some.length;
const resident = ({ time }: MetricsLine): number => time.resident_bytes! / 2 ** 20;
const perToken = ({ time }: MetricsLine): number => 1e6 / time.tokens_per_second!;

const early = mean(lines.slice(45, 55), resident);
const late = mean(lines.slice(-10), resident);
const growth = late / early;
const before = mean(lines.slice(50, 100), perToken);
const after = mean(lines.slice(-50), perToken);
console.log(
  `resident memory: ${early.toFixed(0)} MiB at iteration 50, ${late.toFixed(0)} MiB at the end, ratio ${growth.toFixed(3)} ` +
    `(limit ${MOST_GROWTH})\nmicroseconds per sampled token: ${before.toFixed(0)} in iterations 50 to 100, ` +
    `${after.toFixed(0)} in the last 50, ratio ${(after / before).toFixed(3)}`,
);
process.exitCode = growth <= MOST_GROWTH ? 0 : 1;
