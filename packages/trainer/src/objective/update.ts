import type { RandomStream, SettledGroup } from '@taskspace/core';
import type { ForwardBackwardResult, OptimParams, TrainingBackend } from '../backend/backend.ts';
import type { Objective } from './objective.ts';
import { TrainingMetrics } from './training-metrics.ts';

/** What {@link updatePolicy} did. */
export interface PolicyUpdate {
  /** Of every optimiser step, in order: false when its loss or gradient was not finite. */
  readonly finite: readonly boolean[];
  /** Steps that changed the parameters. */
  readonly applied: number;
  /** Numbers for the run's metrics; what has no value this iteration is left out. */
  readonly metrics: Readonly<Record<string, number>>;
}

/** Takes the optimiser steps of one iteration. A step without anything to learn from is not taken. */
export async function updatePolicy(
  backend: TrainingBackend,
  objective: Objective,
  groups: readonly SettledGroup[],
  optim: OptimParams,
  random: RandomStream,
): Promise<PolicyUpdate> {
  const steps = await objective.batches(
    groups,
    (sequences, temperature) => backend.logprobs(sequences, 'reference', temperature),
    random,
  );
  const metrics = new TrainingMetrics();
  const finite: boolean[] = [];
  let applied = 0;
  let gradNorm = 0;
  for (const batches of steps) {
    if (batches.length === 0) continue;
    const results: ForwardBackwardResult[] = [];
    for (const { data, kernel } of batches) {
      results.push(await backend.forwardBackward(data, kernel));
    }
    const step = await backend.optimStep(optim);
    const sound = step.applied && results.every(({ loss }) => Number.isFinite(loss));
    finite.push(sound);
    if (step.applied) applied += 1;
    if (!sound) continue;
    metrics.add(batches, results);
    gradNorm += step.gradNorm;
  }
  const sound = finite.filter(Boolean).length;
  return {
    finite,
    applied,
    metrics: { ...metrics.read(), ...(sound > 0 && { grad_norm: gradNorm / sound }) },
  };
}
