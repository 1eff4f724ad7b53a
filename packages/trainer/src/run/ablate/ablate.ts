/**
 * The paper's ablation: every variant with several seeds on equal numbers of sampled tokens, each variant at its own learning rate,
 * asked the same held-out tasks with the same seeds.
 */
import { mkdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { ConfigError, type ConfigProblem, type ExitVariant, type Split } from '@taskspace/core';
import { writeFileAtomic } from '../atomic-write.ts';
import type { RunConfig } from '../config.ts';
import { diskProblem } from '../disk-problem.ts';
import type { RunListener } from '../listener.ts';
import { fetchPolicy } from '../policy-folder.ts';
import { readOutcomes } from './outcomes.ts';
import { type AblateJob, type AblateOptions, reportedJobs, tuningJobs } from './plan.ts';
import { renderCsv, renderMarkdown } from './render.ts';
import { foldersOf, type OnJob, runJobs } from './run-jobs.ts';
import { measure, share } from './statistics.ts';
import { ablationTables, type DomainTable, type VariantOutcomes } from './table.ts';

/** How one learning rate did on validation tasks. */
export interface Trial {
  readonly variant: ExitVariant;
  readonly learningRate: number;
  readonly seeds: readonly number[];
  /** Share of right answers after the most rewrites, over all domains' tasks. */
  readonly accuracy: number;
}

/** What an ablation found. */
export interface AblationReport {
  readonly tokens: number;
  readonly seeds: number;
  readonly rewrites: readonly number[];
  readonly split: Split;
  /** Tasks of each domain the learning rates were chosen on. */
  readonly validationTasks: number;
  readonly learningRates: Readonly<Record<string, number>>;
  readonly tuning: readonly Trial[];
  readonly domains: readonly DomainTable[];
}

/** How an ablation is followed and stopped. */
export interface AblateRun {
  /** The ablation's folder; one with content is gone on with. */
  readonly out: string;
  readonly signal: AbortSignal;
  /** Told of the policy's download. */
  readonly listener?: RunListener;
  /** Told of every job, with how many there are of its kind. */
  readonly onJob: (phase: 'tuning' | 'reported', ...event: Parameters<OnJob>) => void;
}

/**
 * Runs an ablation to its end, or goes on with one, and writes table.json, table.csv and table.md.
 *
 * @throws {@link ConfigError} when the options cannot be used; {@link TaskspaceError} when a run fails.
 */
export async function ablate(
  given: RunConfig,
  options: AblateOptions,
  { out, signal, listener, onJob }: AblateRun,
): Promise<AblationReport> {
  checkOptions(options, given);
  // Once for all runs, so that they begin with the same weights.
  const config = { ...given, policy: await fetchPolicy(given.policy, { signal, listener }) };
  const folder = resolve(out);
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    throw diskProblem(folder, error);
  }
  const run = (jobs: readonly AblateJob[], phase: 'tuning' | 'reported') =>
    runJobs(jobs, folder, options.jobs, signal, (...event) => onJob(phase, ...event));

  const tuning = tuningJobs(config, options);
  await run(tuning, 'tuning');
  const trials = await readTrials(folder, tuning, options.rewrites);
  const learningRates = Object.fromEntries(
    options.variants.map((variant) => [variant, rateOf(variant, trials, config)]),
  );
  const jobs = reportedJobs(config, options, (variant) => learningRates[variant]!);
  await run(jobs, 'reported');

  const outcomes: VariantOutcomes[] = [];
  for (const variant of ['base', ...options.variants] as const) {
    const own = jobs.filter((job) => job.variant === variant);
    outcomes.push(await readVariant(folder, variant, own, options.rewrites));
  }
  const report: AblationReport = {
    tokens: options.tokens,
    seeds: options.seeds,
    rewrites: options.rewrites,
    split: config.evaluation.split,
    validationTasks: config.evaluation.tasks,
    learningRates,
    tuning: trials,
    domains: ablationTables(outcomes, options.rewrites),
  };
  await writeFileAtomic(join(folder, 'table.json'), `${JSON.stringify(report, null, 2)}\n`);
  await writeFileAtomic(join(folder, 'table.csv'), renderCsv(report));
  await writeFileAtomic(join(folder, 'table.md'), renderMarkdown(report));
  return report;
}

function checkOptions({ rewrites, variants, tokens }: AblateOptions, config: RunConfig): void {
  const problems: ConfigProblem[] = [];
  if (config.evaluation.tasks === 0) {
    problems.push({ path: 'evaluation.tasks', expected: 'at least 1', got: '0' });
  }
  if (new Set(variants).size < variants.length) {
    problems.push({ path: '--variants', expected: 'each once', got: variants.join(',') });
  }
  if (rewrites[0] !== 0 || rewrites.some((k, index) => index > 0 && k <= rewrites[index - 1]!)) {
    problems.push({ path: '--rewrites', expected: 'ascending from 0', got: rewrites.join(',') });
  }
  if (!(tokens > 0)) problems.push({ path: '--tokens', expected: 'above 0', got: String(tokens) });
  if (problems.length > 0) throw new ConfigError(problems, 'ablation');
}

/** The best of those tried; of equals the lower one. Else what the config says. */
function rateOf(variant: ExitVariant, trials: readonly Trial[], config: RunConfig): number {
  const own = trials.filter((trial) => trial.variant === variant);
  const [best] = own.sort((a, b) => b.accuracy - a.accuracy || a.learningRate - b.learningRate);
  const configured = config.ablate?.learningRates[variant] ?? config.optimizer.learningRate;
  return best?.learningRate ?? configured;
}

async function readTrials(
  folder: string,
  jobs: readonly AblateJob[],
  rewrites: readonly number[],
): Promise<Trial[]> {
  const trials: Trial[] = [];
  const groups = Map.groupBy(jobs, ({ variant, learningRate }) => `${variant} ${learningRate}`);
  for (const own of groups.values()) {
    const outcomes = await Promise.all(
      own.map((job) => readOutcomes(foldersOf(folder, job).answers, rewrites)),
    );
    const cells = outcomes.map((tasks) => [...tasks.values()]);
    const right = `right${rewrites.at(-1)}`;
    const measured = measure([cells.flat()], (sums) => share(sums[right], sums.answers));
    const { variant, learningRate } = own[0]!;
    trials.push({
      variant: variant as ExitVariant,
      learningRate,
      seeds: own.map(({ seed }) => seed),
      accuracy: measured?.value ?? 0,
    });
  }
  return trials;
}

async function readVariant(
  folder: string,
  variant: ExitVariant | 'base',
  jobs: readonly AblateJob[],
  rewrites: readonly number[],
): Promise<VariantOutcomes> {
  const folders = jobs.map((job) => foldersOf(folder, job));
  const seeds = await Promise.all(folders.map(({ answers }) => readOutcomes(answers, rewrites)));
  if (variant === 'base') return { variant, learningRate: null, tokens: 0, seeds };
  const tokens = await Promise.all(folders.map(({ run }) => sampledTokens(run)));
  const mean = tokens.reduce((sum, count) => sum + count, 0) / tokens.length;
  return { variant, learningRate: jobs[0]!.learningRate, tokens: mean, seeds };
}

/** Tokens a run has sampled, from the last line of its metrics. */
async function sampledTokens(run: string): Promise<number> {
  const text = await readFile(join(run, 'metrics.jsonl'), 'utf8');
  const last = text.trimEnd().split('\n').at(-1) ?? '';
  return last === '' ? 0 : (JSON.parse(last) as { readonly num_tokens: number }).num_tokens;
}
