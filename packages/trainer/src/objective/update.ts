import type { RandomStream, SettledGroup } from '@taskspace/core';
import type { ForwardBackwardResult, OptimParams, TrainingBackend } from '../backend/backend.ts';
import type { Objective, ObjectiveBatch } from './objective.ts';
import type { PreparedRollout } from './prepared-rollout.ts';
import { importanceMetrics, SamplerMismatch } from './sampler-mismatch.ts';
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
  const rollouts = await objective.prepare(groups, (which, sequences, temperature) =>
    backend.logprobs(sequences, which, temperature),
  );
  const mismatch = new SamplerMismatch();
  addCorrected(mismatch, rollouts);
  const metrics = new TrainingMetrics();
  const finite: boolean[] = [];
  let applied = 0;
  let gradNorm = 0;
  let steps = 0;
  for (const batches of objective.batches(rollouts, random)) {
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
    // Before the first step the policy is the one that sampled.
    if (steps === 0) addStep(mismatch, batches, results);
    steps += 1;
    gradNorm += step.gradNorm;
  }
  return {
    finite,
    applied,
    metrics: {
      ...metrics.read(),
      ...mismatch.read(),
      ...importanceMetrics(rollouts.map(({ rollout }) => rollout)),
      ...(steps > 0 && { grad_norm: gradNorm / steps }),
    },
  };
}

/** What was corrected has the training graph's word beside the sampler's. */
function addCorrected(mismatch: SamplerMismatch, rollouts: readonly PreparedRollout[]): void {
  const sequences = rollouts.flatMap(({ rollout }) => rollout.sequences);
  for (const { policyLogprobs, sampledLogprobs, mask } of sequences) {
    if (policyLogprobs) mismatch.add(policyLogprobs, sampledLogprobs, mask);
  }
}

/** Of what was not corrected, ratios are taken against the sampler's word. */
function addStep(
  mismatch: SamplerMismatch,
  batches: readonly ObjectiveBatch[],
  results: readonly ForwardBackwardResult[],
): void {
  batches.forEach(({ data, corrected }, index) => {
    if (corrected) return;
    data.forEach(({ oldLogprobs, weights }, row) => {
      if (oldLogprobs) mismatch.add(results[index]!.logprobs[row]!, oldLogprobs, weights);
    });
  });
}
