/**
 * Lays settled rollouts out as training data for the clipped-ratio kernel. Departures from the papers, on purpose:
 * rollouts the settle steps took out of training do not count in any denominator; rollouts that cannot give a gradient
 * (advantage 0 and no KL term) count, but are not sent to the backend, which changes nothing but time.
 */
import { type RandomStream, type SettledGroup, shuffle } from '@taskspace/core';
import type { LossKernel, TrainingDatum } from '../backend/backend.ts';
import type { ImportanceCorrection } from './importance-correction.ts';
import { type TrainingRollout, trainingRollouts } from './training-rollout.ts';

/**
 * How token losses become one number, over the B rollouts of an optimiser batch with L sampled tokens each:
 * `token-mean` Σ ℓ / Σ L (DAPO); `sequence-mean` (1/B) Σ (Σ ℓ / L) (GRPO, ExIt); `constant-length`
 * (1/(B·maxLength)) Σ ℓ (Dr. GRPO).
 */
export type Aggregation = 'token-mean' | 'sequence-mean' | 'constant-length';

/** What {@link createObjective} takes. */
export interface ObjectiveOptions {
  readonly aggregation: Aggregation;
  /** The constant of `constant-length`, in tokens. */
  readonly maxLength: number;
  readonly clipLow: number;
  readonly clipHigh: number;
  readonly klCoefficient: number;
  /** Temperature the rollouts were sampled at. */
  readonly temperature: number;
  /** How a sampler that differs from the training graph is corrected for; left out: not at all. */
  readonly importanceCorrection?: ImportanceCorrection;
  /** Passes over the rollouts of one iteration. */
  readonly epochs: number;
  /** Optimiser steps a pass is cut into. */
  readonly miniBatches: number;
}

/** Turns settled groups into the batches of one iteration. */
export interface Objective {
  readonly kernel: LossKernel;
  /** Temperature all log-probabilities are taken at. */
  readonly temperature: number;
  /** Whether `batches` needs log-probabilities under the reference policy. */
  readonly needsReference: boolean;
  /** Null when the log-probabilities of sampling are taken as they are; see {@link correctImportance}. */
  readonly importanceCorrection: ImportanceCorrection | null;
  /** The rollouts to train on. */
  prepare(groups: readonly SettledGroup[]): readonly TrainingRollout[];
  /**
   * The data of each optimiser step, in order; a step may have none.
   *
   * @param reference - Reference log-probabilities of every sequence of `rollouts`, flattened in order; needed when
   *   `needsReference`.
   * @param random - Shuffles rollouts when a pass is cut into several steps.
   */
  batches(
    rollouts: readonly TrainingRollout[],
    reference: readonly Float32Array[] | null,
    random: RandomStream,
  ): readonly (readonly TrainingDatum[])[];
}

/** The clipped-ratio objective of the GRPO family; advantages come settled with the groups. */
export function createObjective(options: ObjectiveOptions): Objective {
  const { aggregation, maxLength, clipLow, clipHigh, klCoefficient, temperature } = options;
  const { epochs, miniBatches, importanceCorrection = null } = options;
  const needsReference = klCoefficient > 0;
  return {
    kernel: { name: 'clipped-ratio', clipLow, clipHigh, klCoefficient, temperature },
    temperature,
    needsReference,
    importanceCorrection,
    prepare: trainingRollouts,
    batches(rollouts, reference, random) {
      const located = locate(rollouts);
      const batches: TrainingDatum[][] = [];
      for (let epoch = 0; epoch < epochs; epoch++) {
        const order = miniBatches > 1 ? shuffle(random.fork(epoch), located) : located;
        for (const part of split(order, miniBatches)) {
          const coefficient = tokenCoefficient(part, aggregation, maxLength);
          batches.push(
            part
              .filter(({ rollout }) => needsReference || rollout.advantage !== 0)
              .flatMap((entry) => data(entry, coefficient(entry.rollout), reference)),
          );
        }
      }
      return batches;
    },
  };
}

/** A rollout and where its first sequence stands in the flattened list of sequences. */
interface Located {
  readonly rollout: TrainingRollout;
  readonly first: number;
}

function locate(rollouts: readonly TrainingRollout[]): Located[] {
  let first = 0;
  return rollouts.map((rollout) => {
    const located = { rollout, first };
    first += rollout.sequences.length;
    return located;
  });
}

/** The weight of one token of a rollout, with the denominator of the whole optimiser batch. */
function tokenCoefficient(
  batch: readonly Located[],
  aggregation: Aggregation,
  maxLength: number,
): (rollout: TrainingRollout) => number {
  const tokens = batch.reduce((sum, { rollout }) => sum + rollout.length, 0);
  switch (aggregation) {
    case 'token-mean':
      return () => 1 / tokens;
    case 'sequence-mean':
      return ({ length }) => 1 / (batch.length * length);
    case 'constant-length':
      return () => 1 / (batch.length * maxLength);
  }
}

function data(
  { rollout, first }: Located,
  coefficient: number,
  reference: readonly Float32Array[] | null,
): TrainingDatum[] {
  return rollout.sequences.map((sequence, index) => {
    const { tokens, mask, sampledLogprobs, policyLogprobs, importanceWeights } = sequence;
    return {
      tokens,
      weights: Float32Array.from(mask, (bit) => bit * coefficient),
      advantages: Float32Array.from(
        mask,
        (_, t) => rollout.advantage * (importanceWeights?.[t] ?? 1),
      ),
      oldLogprobs: policyLogprobs ?? sampledLogprobs,
      ...(reference && { referenceLogprobs: reference[first + index]! }),
    };
  });
}

/** Cuts a list into at most `parts` runs whose lengths differ by at most one; no empty run. */
function split<Item>(items: readonly Item[], parts: number): Item[][] {
  const runs: Item[][] = [];
  for (let part = 0; part < parts; part++) {
    const start = Math.floor((part * items.length) / parts);
    const end = Math.floor(((part + 1) * items.length) / parts);
    if (end > start) runs.push(items.slice(start, end));
  }
  return runs;
}
