/** One iteration of reinforcement learning: draw, play, settle, update, learn. */
import {
  type Clock,
  type Curriculum,
  type Group,
  type Instance,
  type RandomStream,
  runSettle,
  type SettledGroup,
  type SettleStep,
} from '@taskspace/core';
import type { OptimParams, TrainingBackend } from '../backend/backend.ts';
import { type EmbeddingParts, embedGroups } from '../embedder/embed-groups.ts';
import { groupMetrics, sampledTokens } from '../objective/group-metrics.ts';
import type { Objective } from '../objective/objective.ts';
import { updatePolicy } from '../objective/update.ts';
import { playGroups, type RolloutScope } from '../rollout/play-groups.ts';
import { createBackendPolicy } from '../scaffold/backend-policy.ts';
import { assertEnough } from './assert-enough.ts';
import type { LoopState } from './checkpoint.ts';
import type { EvaluationConfig, OptimizerConfig, RunConfig } from './config.ts';
import { episodesOf } from './domain-config.ts';
import { evaluate } from './evaluate.ts';
import type { RunListener } from './listener.ts';
import type { IterationOutcome, Training } from './loop.ts';
import { rolloutLines } from './rollout-lines.ts';
import { learningRateAt } from './schedule.ts';

/** What reinforcement learning is made of. */
export interface TrainingParts {
  readonly backend: TrainingBackend;
  readonly curriculum: Curriculum;
  readonly settleSteps: readonly SettleStep[];
  readonly objective: Objective;
  readonly scope: RolloutScope;
  /** Null when the run embeds nothing. */
  readonly embedding: EmbeddingParts | null;
  /** The run's root stream. */
  readonly random: RandomStream;
  readonly clock: Clock;
}

/** Reinforcement learning as the loop sees it. */
export function createTraining(
  config: RunConfig,
  parts: TrainingParts,
  listener: RunListener,
): Training {
  const { curriculum, scope, random } = parts;
  return {
    kind: 'train',
    iterate: (state, signal, journal) => iterate(config, parts, listener, state, signal, journal),
    evaluate: (iteration, signal) =>
      evaluateAt(iteration, config.evaluation, scope, random, listener, signal),
    snapshot: () => curriculum.snapshot(),
    async restore(progress) {
      curriculum.restore(progress);
    },
  };
}

/** An evaluation in the course of a run, shown as its progress. */
export function evaluateAt(
  iteration: number,
  config: EvaluationConfig,
  scope: RolloutScope,
  random: RandomStream,
  listener: RunListener,
  signal: AbortSignal,
): ReturnType<typeof evaluate> {
  return evaluate({
    iteration,
    config,
    scope,
    policy: createBackendPolicy(scope),
    random: random.fork('evaluation'),
    signal,
    onProgress: (done, total) =>
      listener.onProgress?.({ phase: 'evaluation', iteration, done, total }),
  });
}

/** The optimiser's parameters for one iteration. */
export function optimParamsAt(
  iteration: number,
  iterations: number,
  optimizer: OptimizerConfig,
): OptimParams {
  const { beta1, beta2, epsilon, weightDecay, maxGradNorm } = optimizer;
  const learningRate = learningRateAt(iteration, iterations, optimizer);
  return { learningRate, beta1, beta2, epsilon, weightDecay, maxGradNorm };
}

async function iterate(
  config: RunConfig,
  parts: TrainingParts,
  listener: RunListener,
  { iteration, policyVersion }: LoopState,
  signal: AbortSignal,
  openJournal: Parameters<Training['iterate']>[2],
): Promise<IterationOutcome> {
  const { curriculum, objective, backend, clock, scope, embedding } = parts;
  const random = parts.random.fork('iteration').fork(iteration);
  const laps = new Laps(clock);
  const play = async (instances: readonly Instance[]) => {
    await using journal = (await openJournal?.(instances)) ?? null;
    const known = journal?.groups ?? new Map<number, Group>();
    const total = instances.length;
    let done = known.size;
    const place = { iteration, policyVersion, random: random.fork('rollout'), known };
    const groups = await playGroups(instances, place, scope, signal, async (group, index) => {
      listener.onProgress?.({ phase: 'rollout', iteration, done: ++done, total });
      await journal?.append(index, group);
    });
    return { groups, restored: known.size };
  };

  signal.throwIfAborted();
  const instances = await curriculum.draw(config.rollout.prompts, {
    random: random.fork('draw'),
    iteration,
    signal,
  });
  laps.end('draw');
  const { groups, restored } = await play(instances);
  assertEnough(groups, iteration, (domain) =>
    domain === null ? config.rollout.maxFailures : episodesOf(config, domain).maxFailures,
  );
  laps.end('rollout');
  const embedded = embedding ? await embedGroups(groups, embedding, signal) : groups;
  laps.end('embed');
  const settled = runSettle(embedded, parts.settleSteps, { iteration });

  listener.onProgress?.({ phase: 'update', iteration, done: 0, total: 1 });
  const optim = optimParamsAt(iteration, config.iterations, config.optimizer);
  const update = await updatePolicy(backend, objective, settled, optim, random.fork('update'));
  const { every, mix } = config.objective.reference;
  if (objective.needsReference && (iteration + 1) % every === 0) await backend.updateReference(mix);
  laps.end('update');
  curriculum.learn(settled);
  laps.end('learn');

  return {
    metrics: {
      ...groupMetrics(settled),
      ...update.metrics,
      learning_rate: optim.learningRate,
      ...prefixed('curriculum', curriculum.metrics()),
    },
    finite: update.finite,
    applied: update.applied,
    tokens: tokensOf(settled),
    seconds: { ...laps.seconds, ...(restored > 0 && { restored_groups: restored }) },
    rollouts: rolloutLines(settled, config.log.groups, iteration),
  };
}

function tokensOf(groups: readonly SettledGroup[]): number {
  return groups
    .flatMap(({ rollouts }) => rollouts)
    .reduce((sum, rollout) => sum + sampledTokens(rollout), 0);
}

function prefixed(
  prefix: string,
  metrics: Readonly<Record<string, number>>,
): Record<string, number> {
  return Object.fromEntries(
    Object.entries(metrics).map(([name, value]) => [`${prefix}/${name}`, value]),
  );
}

/** Seconds between marks. */
export class Laps {
  readonly seconds: Record<string, number> = {};
  readonly #clock: Clock;
  #since: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#since = clock.now();
  }

  end(name: string): void {
    const now = this.#clock.now();
    this.seconds[name] = (now - this.#since) / 1000;
    this.#since = now;
  }
}
