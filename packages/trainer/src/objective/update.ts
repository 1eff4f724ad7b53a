import type { RandomStream, SettledGroup } from '@taskspace/core';
import type {
  ForwardBackwardResult,
  OptimParams,
  TrainingBackend,
  TrainingDatum,
} from '../backend/backend.ts';
import { correctImportance } from './importance-correction.ts';
import type { Objective } from './objective.ts';
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
  const prepared = objective.prepare(groups);
  const sequences = prepared.flatMap((rollout) => rollout.sequences);
  const logprobsOf = (which: 'policy' | 'reference') => {
    const tokens = sequences.map((sequence) => sequence.tokens);
    return backend.logprobs(tokens, which, objective.temperature);
  };
  const mismatch = new SamplerMismatch();
  let rollouts = prepared;
  if (objective.importanceCorrection) {
    const policy = await logprobsOf('policy');
    sequences.forEach(({ sampledLogprobs, mask }, index) => {
      mismatch.add(policy[index]!, sampledLogprobs, mask);
    });
    rollouts = correctImportance(prepared, policy, objective.importanceCorrection);
  }
  const reference = objective.needsReference ? await logprobsOf('reference') : null;
  const metrics = new TrainingMetrics(objective.kernel);
  const finite: boolean[] = [];
  let applied = 0;
  let gradNorm = 0;
  let steps = 0;
  for (const batch of objective.batches(rollouts, reference, random)) {
    if (batch.length === 0) continue;
    const result = await backend.forwardBackward(batch, objective.kernel);
    const step = await backend.optimStep(optim);
    const sound = step.applied && Number.isFinite(result.loss);
    finite.push(sound);
    if (step.applied) applied += 1;
    if (!sound) continue;
    metrics.add(batch, result);
    // Without a correction the anchor is the sampler's word, and before the first step the policy is the one that sampled.
    if (steps === 0 && !objective.importanceCorrection) addStep(mismatch, batch, result);
    steps += 1;
    gradNorm += step.gradNorm;
  }
  return {
    finite,
    applied,
    metrics: {
      ...metrics.read(),
      ...mismatch.read(),
      ...importanceMetrics(rollouts),
      ...(steps > 0 && { grad_norm: gradNorm / steps }),
    },
  };
}

function addStep(
  mismatch: SamplerMismatch,
  batch: readonly TrainingDatum[],
  { logprobs }: ForwardBackwardResult,
): void {
  batch.forEach(({ oldLogprobs, weights }, row) => {
    if (oldLogprobs) mismatch.add(logprobs[row]!, oldLogprobs, weights);
  });
}
