import { conversation, RANDOM, Scope } from '@taskspace/core';
import { composeDomains } from '../compose.ts';
import { mapBounded } from '../rollout/bounded.ts';
import { RolloutError } from '../rollout/domain-call.ts';
import { askForRewrite, closeDomainEpisode, openDomainEpisode } from '../rollout/domain-episode.ts';
import type { EvalConfig } from './config.ts';
import { episodesOf } from './domain-config.ts';
import { type EvaluationJob, type EvaluationScope, evaluationJobs } from './evaluate.ts';
import { evaluationScope } from './evaluation-run.ts';
import type { LoadedConfig } from './load-config.ts';
import type { RunOptions } from './run.ts';

/** What an evaluation would ask of its policy. */
export interface DryRun {
  /** Answers wanted for each domain. */
  readonly tasks: Readonly<Record<string, number>>;
  /** Requests when every episode ends after its first turn. */
  readonly requests: number;
  /** Requests when every episode lasts `rollout.maxTurns`. */
  readonly requestsAtMost: number;
  /** Characters of the prompts of `requests`, the responses they show taken as long as they may be. */
  readonly promptCharacters: number;
  /** The same in tokens, at four characters a token. */
  readonly promptTokens: number;
  /** Tokens of the responses to `requests`, at most. */
  readonly responseTokens: number;
  /** Tasks that could not be opened. */
  readonly failures: number;
}

/** English text, roughly; what counts is the order of magnitude. */
const CHARACTERS_PER_TOKEN = 4;

/** Says what an evaluation would cost. Tasks are opened, nothing is asked of any policy. */
export async function dryRun(
  { config, domains }: LoadedConfig<EvalConfig>,
  { signal = new AbortController().signal, scope: given }: RunOptions = {},
): Promise<DryRun> {
  await using scope = given?.createChild() ?? new Scope();
  await composeDomains(scope, config, domains, null);
  const evaluation = evaluationScope(scope, config, () => undefined);
  const random = scope.get(RANDOM).fork('evaluation');
  const jobs = await evaluationJobs(evaluation, config.evaluation);
  const prompts = await mapBounded(jobs, config.rollout.concurrency, signal, (job, _, signal) => {
    const seed = random.fork(job.task.domain).fork(job.mode).fork(job.task.id);
    const { maxTokens } = episodesOf(config, job.task.domain).sampling;
    const placeholder = 'x'.repeat(maxTokens * CHARACTERS_PER_TOKEN);
    return promptsOf(job, seed.fork('episode').uint32(), placeholder, evaluation, signal);
  });
  let characters = 0;
  let requests = 0;
  let requestsAtMost = 0;
  let responseTokens = 0;
  let failures = 0;
  for (const [index, { plan, task }] of jobs.entries()) {
    const { maxTurns, sampling } = episodesOf(config, task.domain);
    const shown = prompts[index]!;
    if (!shown) {
      failures += 1;
      continue;
    }
    const most = plan.rewrites.at(-1)!;
    characters += plan.samples * (shown.first + most * shown.rewrite);
    requests += plan.samples * (1 + most);
    responseTokens += plan.samples * (1 + most) * sampling.maxTokens;
    requestsAtMost += plan.samples * mostRequests(plan.rewrites, maxTurns);
  }
  const counts = Object.groupBy(jobs, ({ task }) => task.domain);
  return {
    tasks: Object.fromEntries(
      Object.entries(counts).map(([name, own]) => [
        name,
        new Set(own!.map(({ task }) => task.id)).size,
      ]),
    ),
    requests,
    requestsAtMost,
    promptCharacters: characters,
    promptTokens: Math.ceil(characters / CHARACTERS_PER_TOKEN),
    responseTokens,
    failures,
  };
}

/** The first turn is shared by all numbers of rewrites, later turns are not. */
function mostRequests(rewrites: readonly number[], maxTurns: number): number {
  const later = rewrites.reduce((sum, k) => sum + 1 + k, 0);
  return 1 + rewrites.at(-1)! + (maxTurns - 1) * later;
}

/** Characters of a task's first prompt and of a rewrite's; null when the task cannot be opened. */
async function promptsOf(
  { task }: EvaluationJob,
  seed: number,
  response: string,
  scope: EvaluationScope,
  signal: AbortSignal,
): Promise<{ readonly first: number; readonly rewrite: number } | null> {
  try {
    const episode = await openDomainEpisode(task, null, seed, scope, signal);
    try {
      const turn = { request: episode.request, response, iterate: 0 };
      const rewrite = await askForRewrite(episode, turn, 'improve', scope, signal);
      const length = (messages: typeof rewrite): number =>
        conversation([], messages).reduce((sum, { content }) => sum + content.length, 0);
      return { first: length(episode.request), rewrite: length(rewrite) };
    } finally {
      await closeDomainEpisode(episode, scope);
    }
  } catch (error) {
    if (error instanceof RolloutError) return null;
    throw error;
  }
}
