/**
 * What every kind of run does around its iterations: metrics, evaluations, checkpoints, a clean stop, and going on from a
 * checkpoint. Every random decision of an iteration is forked from the run's seed by the iteration's number, so a run that
 * was stopped goes on exactly as if it had not been.
 */
import { type Clock, type Instance, type Json, TaskspaceError } from '@taskspace/core';
import type { TrainingBackend } from '../backend/backend.ts';
import { type FoundCheckpoint, type LoopState, writeCheckpoint } from './checkpoint.ts';
import type { BudgetConfig, CheckpointConfig, EvaluationConfig } from './config.ts';
import type { EvaluationReport } from './evaluate.ts';
import type { EvaluationLog } from './evaluation-log.ts';
import type { GroupJournal } from './group-journal.ts';
import type { JsonLines } from './json-lines.ts';
import type { MetricsLine, RunInfo, RunListener } from './listener.ts';
import type { RunFolder, RunStatus } from './run-folder.ts';

/** What one iteration did. */
export interface IterationOutcome {
  /** The same on every repetition of the run. */
  readonly metrics: Readonly<Record<string, number>>;
  /** Of every optimiser step, in order: false when its loss or gradient was not finite. */
  readonly finite: readonly boolean[];
  /** Optimiser steps that changed the policy. */
  readonly applied: number;
  /** Tokens sampled or trained on. */
  readonly tokens: number;
  /** Seconds by part of the iteration. */
  readonly seconds: Readonly<Record<string, number>>;
  /** Lines for rollouts/. */
  readonly rollouts: readonly Json[];
}

/** What differs between kinds of run. */
export interface Training {
  readonly kind: RunInfo['kind'];
  /**
   * Heeds the signal until the first optimiser step and goes on to its end from there.
   *
   * @param journal - Opens what keeps the groups of this iteration over a kill; null when nothing does.
   */
  iterate(
    state: LoopState,
    signal: AbortSignal,
    journal: ((instances: readonly Instance[]) => Promise<GroupJournal>) | null,
  ): Promise<IterationOutcome>;
  evaluate(iteration: number, signal: AbortSignal): Promise<EvaluationReport>;
  /** What later iterations depend on besides their number and the policy. */
  snapshot(): Json;
  restore(progress: Json): Promise<void>;
}

/** What a run is made of. */
export interface LoopOptions {
  readonly training: Training;
  readonly backend: TrainingBackend;
  readonly folder: RunFolder;
  readonly resumed: FoundCheckpoint | null;
  readonly clock: Clock;
  readonly domains: readonly string[];
  readonly config: {
    readonly iterations: number;
    /** Left out: no bound. */
    readonly budget?: BudgetConfig;
    readonly optimizer: { readonly maxSkipped: number };
    readonly evaluation: EvaluationConfig;
    readonly checkpoint: CheckpointConfig;
  };
  readonly signal: AbortSignal;
  readonly listener: RunListener;
}

/** How a run ended. */
export interface RunResult {
  /** `stopped`: the signal fired; the run can be resumed. */
  readonly status: 'done' | 'stopped';
  readonly folder: string;
  /** Completed iterations. */
  readonly iterations: number;
  /** Held-out scores before the first iteration. */
  readonly before: EvaluationReport | null;
  /** Held-out scores last measured, after `after.iteration` iterations. */
  readonly after: EvaluationReport | null;
}

/**
 * Runs iterations to the end, or until the signal fires: the iteration under way is then dropped, the state before it saved.
 *
 * @throws {TaskspaceError} when steps stay without a finite gradient, the disk is full, or an iteration throws; the last
 *   checkpoint is then still valid.
 */
export async function runLoop(options: LoopOptions): Promise<RunResult> {
  const { training, backend, folder, resumed, listener } = options;
  const state = resumed?.state ?? startState(training);
  if (resumed) {
    await backend.load(resumed.folder);
    await training.restore(state.progress);
  }
  await using metrics = await folder.openMetrics(state);
  await using evaluations = await folder.openEvaluations(state.iteration);
  const run = new Run(options, state, metrics, evaluations);
  listener.onStart?.(runInfo(options, state));
  return await run.toEnd();
}

/** A run between its start and its end. */
class Run {
  readonly #options: LoopOptions;
  readonly #metrics: JsonLines;
  readonly #evaluations: EvaluationLog;
  #state: LoopState;
  /** Iteration of the newest checkpoint; nothing needs to be saved before the first one. */
  #saved: number;

  constructor(
    options: LoopOptions,
    state: LoopState,
    metrics: JsonLines,
    evaluations: EvaluationLog,
  ) {
    this.#options = options;
    this.#state = state;
    this.#saved = state.iteration;
    this.#metrics = metrics;
    this.#evaluations = evaluations;
  }

  async toEnd(): Promise<RunResult> {
    const { signal } = this.#options;
    await this.#writeStatus('running');
    try {
      await this.#iterate();
    } catch (error) {
      if (!signal.aborted || error !== signal.reason) {
        // On a full disk this fails too, and says nothing that the error does not.
        await this.#writeStatus('failed', String(error)).catch(() => undefined);
        throw error;
      }
      await this.#save();
      return this.#end('stopped');
    }
    return this.#end('done');
  }

  async #iterate(): Promise<void> {
    const { every } = this.#options.config.checkpoint;
    await this.#evaluateIfDue();
    while (!this.#isOver) {
      await this.#advance();
      if (this.#state.iteration % every === 0 || this.#isOver) await this.#save();
      await this.#evaluateIfDue();
    }
  }

  /** Whether all iterations are done, or the tokens are spent. */
  get #isOver(): boolean {
    const { iterations, budget } = this.#options.config;
    const { iteration, tokens } = this.#state;
    const most = budget && budget.tokens > 0 ? budget.tokens : Number.POSITIVE_INFINITY;
    return iteration >= iterations || tokens >= most;
  }

  async #advance(): Promise<void> {
    const { training, signal, clock, folder, listener, config } = this.#options;
    const before = this.#state;
    const started = clock.now();
    const journal = config.checkpoint.groups
      ? (instances: readonly Instance[]) => folder.openJournal(before, instances)
      : null;
    const outcome = await training.iterate(before, signal, journal);
    const after = {
      iteration: before.iteration + 1,
      policyVersion: before.policyVersion + outcome.applied,
      skippedInARow: countSkipped(before.skippedInARow, outcome.finite),
      tokens: before.tokens + outcome.tokens,
      progress: training.snapshot(),
    };
    const line = metricsLine(after, outcome, (clock.now() - started) / 1000);
    if (outcome.rollouts.length > 0) {
      await folder.writeRollouts(line.iteration, outcome.rollouts);
    }
    await this.#metrics.append(line);
    this.#state = { ...after, metricsBytes: this.#metrics.bytes };
    listener.onIteration?.(line);
    assertLearning(this.#state, config.optimizer.maxSkipped);
  }

  async #evaluateIfDue(): Promise<void> {
    const { training, signal, listener, config } = this.#options;
    const { iteration } = this.#state;
    const known = this.#evaluations.last?.iteration === iteration;
    if (known || !isDue(iteration, this.#isOver, config.evaluation)) return;
    const report = await training.evaluate(iteration, signal);
    await this.#evaluations.append(report);
    listener.onEvaluation?.(report);
  }

  async #save(): Promise<void> {
    const { backend, folder, listener, config } = this.#options;
    const { iteration } = this.#state;
    if (this.#saved === iteration) return;
    listener.onProgress?.({ phase: 'checkpoint', iteration, done: 0, total: 1 });
    await this.#metrics.sync();
    await writeCheckpoint(folder.checkpoints, backend, this.#state, config.checkpoint.keep);
    await folder.clearJournals(iteration);
    this.#saved = iteration;
    listener.onCheckpoint?.(folder.checkpointFolder(iteration));
  }

  async #end(status: RunResult['status']): Promise<RunResult> {
    await this.#writeStatus(status);
    const { first, last } = this.#evaluations;
    const { iteration } = this.#state;
    const { path } = this.#options.folder;
    return { status, folder: path, iterations: iteration, before: first, after: last };
  }

  #writeStatus(status: RunStatus, error?: string): Promise<void> {
    const { folder, config } = this.#options;
    const { iteration: completed } = this.#state;
    const details = { completed, iterations: config.iterations };
    return folder.writeStatus(status, error === undefined ? details : { ...details, error });
  }
}

function startState(training: Training): LoopState {
  const progress = training.snapshot();
  return { iteration: 0, policyVersion: 0, skippedInARow: 0, tokens: 0, metricsBytes: 0, progress };
}

function runInfo(
  { training, folder, backend, domains, config }: LoopOptions,
  state: LoopState,
): RunInfo {
  const { device, parameterCount, trainedCount, memory, contextLength } = backend;
  return {
    kind: training.kind,
    folder: folder.path,
    device,
    parameterCount,
    trainedCount,
    memory,
    contextLength,
    domains,
    iterations: config.iterations,
    completed: state.iteration,
  };
}

/** Before the first iteration, after the last, and every so many in between. */
function isDue(iteration: number, isOver: boolean, { tasks, every }: EvaluationConfig): boolean {
  if (tasks === 0) return false;
  return iteration === 0 || isOver || (every > 0 && iteration % every === 0);
}

function countSkipped(before: number, finite: readonly boolean[]): number {
  return finite.reduce((inARow, sound) => (sound ? 0 : inARow + 1), before);
}

function metricsLine(
  state: Omit<LoopState, 'metricsBytes'>,
  outcome: IterationOutcome,
  seconds: number,
): MetricsLine {
  return {
    iteration: state.iteration - 1,
    ...outcome.metrics,
    skipped_steps: outcome.finite.filter((sound) => !sound).length,
    policy_version: state.policyVersion,
    num_tokens: state.tokens,
    time: {
      seconds,
      ...outcome.seconds,
      tokens_per_second: outcome.tokens / Math.max(seconds, 1e-9),
      resident_bytes: process.memoryUsage.rss(),
    },
  };
}

function assertLearning({ iteration, skippedInARow }: LoopState, maxSkipped: number): void {
  if (skippedInARow < maxSkipped) return;
  throw new TaskspaceError(
    'TASKSPACE_ERR_NOT_FINITE',
    `training: expected finite losses and gradients, the last ${skippedInARow} optimiser steps up to iteration ${iteration - 1} had none ` +
      'and were skipped. The policy is as it was before them. Lower optimizer.learningRate, add optimizer.warmup, ' +
      'or set optimizer.maxGradNorm; then go on from the last checkpoint or start again.',
  );
}
