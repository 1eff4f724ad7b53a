/**
 * What a run config teaches, with several seeds: held-out accuracy and quality before and after training, by domain and number
 * of rewrites, mean ± standard deviation over the seeds; and what was practised. Finished seeds are kept in the folder, so that
 * the same command goes on where it was stopped.
 *
 *     node --conditions=@taskspace/source test/bench/learning.ts CONFIG FOLDER [seeds] [path=value …]
 *
 * Seeds are `3` for 0, 1 and 2, or a list such as `0,2`. With AT_LEAST=10 in the environment it fails when the sampled first
 * answers of a domain gain less than 10 points.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type DomainReport,
  type EvaluationReport,
  loadRunConfig,
  type MetricsLine,
  trainRun,
} from '@taskspace/trainer';
import { parseSetting } from '../__fixtures__/settings.ts';

const [file, folder, seedsGiven = '3', ...settings] = process.argv.slice(2);
if (file === undefined || folder === undefined) {
  console.error('Expected a run config and a folder for its runs.');
  process.exit(2);
}
const seeds = seedsGiven.includes(',')
  ? seedsGiven.split(',').filter(Boolean).map(Number)
  : Array.from({ length: Number(seedsGiven) }, (_, index) => index);

for (const seed of seeds) {
  const out = join(folder, String(seed));
  if (statusOf(out) === 'done') continue;
  const started = performance.now();
  const config = join(out, 'config.json');
  if (existsSync(config)) await trainRun(await loadRunConfig({ file: config }), { resume: out });
  else {
    const own = [
      { path: 'seed', value: seed },
      { path: 'out', value: out },
    ];
    await trainRun(await loadRunConfig({ file, set: [...own, ...settings.map(parseSetting)] }));
  }
  console.log(`seed ${seed} in ${((performance.now() - started) / 1000).toFixed(0)} s`);
}

const runs = seeds.map((seed) => {
  const evaluations = linesOf<EvaluationReport>(join(folder, String(seed), 'evaluations.jsonl'));
  const metrics = linesOf<MetricsLine>(join(folder, String(seed), 'metrics.jsonl'));
  return { before: evaluations[0]!, after: evaluations.at(-1)!, metrics };
});
const shown = new Set<string>();
const least = Number(process.env.AT_LEAST ?? 'NaN');
for (const domain of Object.keys(runs[0]!.before.domains)) {
  const pairs = runs.map(({ before, after }) => [before.domains[domain]!, after.domains[domain]!]);
  const row = (name: string, value: (report: DomainReport) => number | undefined) => {
    const values = pairs.map((pair) => pair.map((report) => value(report) ?? Number.NaN));
    const gains = values.map(([before, after]) => after! - before!);
    const [before, after] = [0, 1].map((when) => spread(values.map((both) => both[when]!)));
    console.log(`| ${domain}: ${name} | ${before} | ${after} | ${spread(gains)} |`);
    return mean(gains);
  };
  console.log(
    `\n| ${pairs[0]![0]!.tasks} tasks | before | after | gain |\n| --- | --- | --- | --- |`,
  );
  row('greedy, right', ({ greedy }) => greedy);
  const gained = row('sampled, right', ({ sampled }) => sampled);
  const points = pairs[0]![0]!.curve?.points ?? [];
  points.forEach(({ rewrites }, index) => {
    const at = (report: DomainReport) => report.curve?.points[index];
    row(`k = ${rewrites}, right`, (report) => at(report)?.average?.value);
    row(`k = ${rewrites}, quality`, (report) => at(report)?.quality?.value);
  });
  if (points.length > 1) {
    const last = (report: DomainReport) => report.curve?.points.at(-1);
    const k = points.at(-1)!.rewrites;
    row(`Δ_${k}, right`, (report) => last(report)?.gain?.value);
    row(`Δ_${k}, quality`, (report) => last(report)?.qualityGain?.value);
  }
  if (100 * gained < least) process.exitCode = 1;
}

console.log('\nMean over all iterations of training:');
for (const name of runs.flatMap(({ metrics }) => Object.keys(metrics[0] ?? {}))) {
  if (!/^curriculum\/(?:domain\/[^/]+\/)?(?:depth|recency|startTurn|learnability)$/u.test(name))
    continue;
  if (shown.has(name)) continue;
  shown.add(name);
  const means = runs.map(({ metrics }) =>
    mean(metrics.flatMap((line) => (typeof line[name] === 'number' ? [line[name]] : []))),
  );
  console.log(`${name}: ${means.map((value) => value.toFixed(2)).join(', ')}`);
}

function statusOf(out: string): string | undefined {
  const path = join(out, 'status.json');
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).status : undefined;
}

function linesOf<Line>(path: string): Line[] {
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line) as Line);
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
