import type { RandomStream, Scaffold, Split, Task } from '@taskspace/core';
import { mapBoundedByKey } from '../rollout/bounded.ts';
import { type DomainScope, scopeOf } from '../rollout/domain-episode.ts';
import type { AnswerFailure, ChatPolicy } from '../scaffold/chat-policy.ts';
import { playTask, scaffoldOf, type TaskPlan } from '../scaffold/play-task.ts';
import { type AnswerLine, type AnswerMode, answerLines } from './answer-lines.ts';
import type { EvaluationConfig } from './config.ts';
import { heldOutTasks } from './held-out.ts';
import { type RewriteCurve, rewriteCurve } from './rewrite-curve.ts';

/** Shares of right first answers; a number is left out when nothing was judged. */
export interface Scores {
  readonly tasks: number;
  /** Of the most likely answers. */
  readonly greedy?: number;
  /** Of sampled answers, mean over all of them. */
  readonly sampled?: number;
}

/** How the policy does on one domain's held-out tasks. */
export interface DomainReport extends Scores {
  /** By the tasks' category; tasks without one are not listed. */
  readonly categories: Readonly<Record<string, Scores>>;
  /** Answers that failed; they are in no share. */
  readonly failures: number;
  /** How many failed in which way; left out when none did. */
  readonly failureKinds?: Readonly<Record<string, number>>;
  /** Of the sampled answers, or of the most likely ones when none are sampled; left out when no task was asked. */
  readonly curve?: RewriteCurve;
}

/** What one evaluation found. */
export interface EvaluationReport {
  /** Iterations the policy was trained for. */
  readonly iteration: number;
  readonly split: Split;
  readonly domains: Readonly<Record<string, DomainReport>>;
}

/** What tasks are played with, and how many at once. */
export interface EvaluationScope extends DomainScope {
  readonly options: EvaluationLimits;
  readonly ownOptions?: ReadonlyMap<string, EvaluationLimits>;
}

type EvaluationLimits = DomainScope['options'] & { readonly concurrency: number };

/** One task to answer in one mode. */
export interface EvaluationJob {
  readonly task: Task;
  readonly mode: AnswerMode;
  readonly plan: TaskPlan;
}

/** What an evaluation needs besides how it is played. */
export interface EvaluationOptions {
  readonly iteration: number;
  readonly config: EvaluationConfig;
  readonly scope: EvaluationScope;
  /** Who answers. */
  readonly policy: ChatPolicy;
  readonly random: RandomStream;
  readonly signal: AbortSignal;
  /** Told of every task answered. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Told of all answers to a task at once, in the order in which tasks are done. */
  readonly onAnswers?: (lines: readonly AnswerLine[]) => Promise<void>;
  /** Answers to a task that are known already: it is then not asked. */
  readonly answered?: (job: EvaluationJob) => readonly AnswerLine[] | undefined;
}

/**
 * Answers held-out tasks of every domain, greedily and by sampling, with the same seeds each time it is asked to: a task's
 * answers do not depend on what else is asked. The sampled answers are rewritten by the domain's scaffold; without samples, the
 * greedy ones are.
 */
export async function evaluate(options: EvaluationOptions): Promise<EvaluationReport> {
  const { scope, config, iteration, random, policy, signal, onAnswers, answered } = options;
  const jobs = await evaluationJobs(scope, config);
  // Each sample has an episode open.
  const limitOf = (domain: string): number => {
    const { concurrency } = scopeOf<EvaluationLimits, EvaluationScope>(scope, domain).options;
    return Math.max(1, Math.floor(concurrency / Math.max(1, config.samples)));
  };
  let done = 0;
  const domainOf = ({ task }: EvaluationJob): string => task.domain;
  const answers = await mapBoundedByKey(jobs, domainOf, limitOf, signal, async (job, _, signal) => {
    const { task, mode, plan } = job;
    let lines = answered?.(job);
    if (!lines) {
      const own = random.fork(task.domain).fork(mode).fork(task.id);
      const plays = await playTask(task, plan, { ...scope, policy }, own, signal);
      lines = answerLines(task, mode, plays);
      await onAnswers?.(lines);
    }
    options.onProgress?.(++done, jobs.length);
    return { job, lines: lines.map(withoutText) };
  });
  const byDomain = Map.groupBy(answers, ({ job }) => job.task.domain);
  const domains = [...scope.domains].map(([name, domain]) => {
    const report = reportOf(byDomain.get(name) ?? [], config, scaffoldOf(domain));
    return [name, report] as const;
  });
  return { iteration, split: config.split, domains: Object.fromEntries(domains) };
}

/** What an evaluation asks; domains take turns, so that while a slow one is waited for the policy answers another. */
export async function evaluationJobs(
  { domains }: Pick<EvaluationScope, 'domains'>,
  config: EvaluationConfig,
): Promise<readonly EvaluationJob[]> {
  const jobs: { readonly job: EvaluationJob; readonly place: number }[] = [];
  for (const [name, domain] of domains) {
    const tasks = await heldOutTasks(name, domain, config);
    const own = tasks.flatMap((task): EvaluationJob[] => [
      { task, ...greedyPlan(config) },
      ...(config.samples > 0 ? [{ task, ...curvePlan(config) }] : []),
    ]);
    jobs.push(...own.map((job, index) => ({ job, place: (index + 0.5) / own.length })));
  }
  return jobs.sort((a, b) => a.place - b.place).map(({ job }) => job);
}

/** How many answers a task is given in each mode. */
export function answersPerTask(config: EvaluationConfig): Readonly<Record<AnswerMode, number>> {
  const count = { greedy: 0, sampled: 0 };
  for (const { mode, plan } of [greedyPlan(config), curvePlan(config)]) {
    count[mode] = plan.samples * plan.rewrites.length;
  }
  return count;
}

type ModePlan = Pick<EvaluationJob, 'mode' | 'plan'>;

function greedyPlan(config: EvaluationConfig): ModePlan {
  if (config.samples === 0) return curvePlan(config);
  return { mode: 'greedy', plan: { rewrites: [0], samples: 1, greedy: true } };
}

/** How the answers are drawn that are rewritten. */
function curvePlan({ samples, rewrites }: EvaluationConfig): ModePlan {
  const wanted = [...new Set([0, ...rewrites])].sort((a, b) => a - b);
  if (samples === 0)
    return { mode: 'greedy', plan: { rewrites: wanted, samples: 1, greedy: true } };
  return { mode: 'sampled', plan: { rewrites: wanted, samples, greedy: false } };
}

/** What was answered to one task in one mode. */
interface TaskAnswers {
  readonly job: EvaluationJob;
  readonly lines: readonly AnswerLine[];
}

/** Texts are not needed any more, and there may be many. */
function withoutText(line: AnswerLine): AnswerLine {
  const { responses, ...rest } = line;
  return rest;
}

function reportOf(
  answers: readonly TaskAnswers[],
  config: EvaluationConfig,
  scaffold: Scaffold,
): DomainReport {
  const categories = Map.groupBy(answers, ({ job }) => job.task.category);
  const scored = [...categories]
    .flatMap(([name, own]) => (name === undefined ? [] : [[name, scoresOf(own)] as const]))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const failures = answers.flatMap(({ lines }) => failuresOf(lines));
  const kinds = Map.groupBy(failures, ({ kind }) => kind);
  const { mode, plan } = curvePlan(config);
  const rewritten = answers.filter(({ job }) => job.mode === mode).map(({ lines }) => lines);
  return {
    ...scoresOf(answers),
    categories: Object.fromEntries(scored),
    failures: failures.length,
    ...(failures.length > 0 && {
      failureKinds: Object.fromEntries([...kinds].map(([kind, some]) => [kind, some.length])),
    }),
    ...(rewritten.length > 0 && {
      curve: rewriteCurve(rewritten, plan.rewrites, plan.samples, scaffold),
    }),
  };
}

/** One of each sample that has any: its later answers failed with it. */
function failuresOf(lines: readonly AnswerLine[]): AnswerFailure[] {
  const samples = Map.groupBy(lines, ({ sample }) => sample);
  return [...samples.values()].flatMap((own) => {
    const failed = own.find(({ failure }) => failure);
    return failed?.failure ? [failed.failure] : [];
  });
}

function scoresOf(answers: readonly TaskAnswers[]): Scores {
  const share = (mode: AnswerMode): number | undefined => {
    const judged = answers
      .filter(({ job }) => job.mode === mode)
      .flatMap(({ lines }) => lines)
      .flatMap(({ rewrites, verdict }) => (rewrites === 0 && verdict ? [verdict] : []));
    if (judged.length === 0) return undefined;
    return judged.filter(({ correct }) => correct).length / judged.length;
  };
  const greedy = share('greedy');
  const sampled = share('sampled');
  return {
    tasks: answers.filter(({ job }) => job.mode === 'greedy').length,
    ...(greedy !== undefined && { greedy }),
    ...(sampled !== undefined && { sampled }),
  };
}
