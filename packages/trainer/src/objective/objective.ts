/**
 * Lays settled rollouts out as training data for the clipped-ratio kernel. Departures from the papers, on purpose:
 * rollouts the settle steps took out of training do not count in any denominator; rollouts that cannot give a gradient
 * (advantage 0 and no KL term) count, but are not sent to the backend, which changes nothing but time.
 */
import { type RandomStream, type SettledGroup, shuffle } from '@taskspace/core';
import type { LossKernel, TrainingDatum } from '../backend/backend.ts';
import type { ImportanceCorrection } from './importance-correction.ts';
import { type PolicyLogprobs, type PreparedRollout, prepareRollouts } from './prepared-rollout.ts';
import type { TrainingRollout } from './training-rollout.ts';

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

/** What one optimiser step learns from, all under one loss. */
export interface ObjectiveBatch {
  readonly kernel: LossKernel;
  readonly data: readonly TrainingDatum[];
  /** Whether ratios are taken against the training graph's word on the policy that sampled, not the sampler's. */
  readonly corrected: boolean;
}

/** Turns settled groups into the batches of one iteration. */
export interface Objective {
  /** Whether `prepare` asks for log-probabilities under the reference policy. */
  readonly needsReference: boolean;
  /** The rollouts to train on, with what their settings need to know of them. */
  prepare(
    groups: readonly SettledGroup[],
    logprobs: PolicyLogprobs,
  ): Promise<readonly PreparedRollout[]>;
  /**
   * The data of each optimiser step, in order: one batch for each loss; a step may have none.
   *
   * @param random - Shuffles rollouts when a pass is cut into several steps.
   */
  batches(
    rollouts: readonly PreparedRollout[],
    random: RandomStream,
  ): readonly (readonly ObjectiveBatch[])[];
}

/**
 * The clipped-ratio objective of the GRPO family; advantages come settled with the groups.
 *
 * Domains may have settings of their own. In an optimiser batch of B rollouts, the B_s rollouts of one setting are aggregated as it
 * says and weigh B_s / B; so settings that say the same give the same loss as one setting for all.
 *
 * @param options - Of every domain that `byDomain` does not name.
 * @param byDomain - By domain; `miniBatches` is that of `options`, `epochs` may differ.
 */
export function createObjective(
  options: ObjectiveOptions,
  byDomain: ReadonlyMap<string, ObjectiveOptions> = new Map(),
): Objective {
  const settings = distinctSettings(options, byDomain);
  const { miniBatches } = options;
  return {
    needsReference: [...settings.values()].some(({ klCoefficient }) => klCoefficient > 0),
    prepare: (groups, logprobs) =>
      prepareRollouts(groups, (domain) => settings.get(domain) ?? options, logprobs),
    batches(rollouts, random) {
      const batches: ObjectiveBatch[][] = [];
      const epochs = Math.max(...rollouts.map(({ setting }) => setting.epochs), 0);
      for (let epoch = 0; epoch < epochs; epoch++) {
        const taken = rollouts.filter(({ setting }) => setting.epochs > epoch);
        const order = miniBatches > 1 ? shuffle(random.fork(epoch), taken) : taken;
        for (const part of split(order, miniBatches)) batches.push(stepOf(part));
      }
      return batches;
    },
  };
}

/** Equal settings become one object, so that their rollouts are aggregated together. */
function distinctSettings(
  options: ObjectiveOptions,
  byDomain: ReadonlyMap<string, ObjectiveOptions>,
): ReadonlyMap<string, ObjectiveOptions> {
  const known = new Map([[keyOf(options), options]]);
  return new Map(
    [...byDomain].map(([domain, own]) => {
      const key = keyOf(own);
      const setting = known.get(key) ?? own;
      known.set(key, setting);
      return [domain, setting];
    }),
  );
}

function keyOf({ maxLength, ...options }: ObjectiveOptions): string {
  const { aggregation, clipLow, clipHigh, klCoefficient, temperature, epochs } = options;
  const { kind, cap } = options.importanceCorrection ?? {};
  const length = aggregation === 'constant-length' ? maxLength : 0;
  const loss = [aggregation, length, clipLow, clipHigh, klCoefficient, kind, cap];
  return [...loss, temperature, epochs].join(' ');
}

/** One optimiser step: its rollouts by setting. */
function stepOf(part: readonly PreparedRollout[]): ObjectiveBatch[] {
  return [...Map.groupBy(part, ({ setting }) => setting)].flatMap(([setting, own]) => {
    const { clipLow, clipHigh, klCoefficient, temperature } = setting;
    const coefficient = tokenCoefficient(own, part.length, setting);
    const data = own
      .filter(({ rollout }) => klCoefficient > 0 || rollout.advantage !== 0)
      .flatMap((entry) => dataOf(entry, coefficient(entry.rollout)));
    const kernel = {
      name: 'clipped-ratio',
      clipLow,
      clipHigh,
      klCoefficient,
      temperature,
    } as const;
    const corrected = setting.importanceCorrection !== undefined;
    return data.length === 0 ? [] : [{ kernel, data, corrected }];
  });
}

/**
 * The weight of one token of a rollout.
 *
 * @param own - The rollouts of one setting.
 * @param rollouts - All of the optimiser batch (B).
 */
function tokenCoefficient(
  own: readonly PreparedRollout[],
  rollouts: number,
  { aggregation, maxLength }: ObjectiveOptions,
): (rollout: TrainingRollout) => number {
  const tokens = own.reduce((sum, { rollout }) => sum + rollout.length, 0);
  const share = own.length / rollouts;
  switch (aggregation) {
    case 'token-mean':
      return () => share / tokens;
    case 'sequence-mean':
      return ({ length }) => 1 / (rollouts * length);
    case 'constant-length':
      return () => 1 / (rollouts * maxLength);
  }
}

function dataOf({ rollout, reference }: PreparedRollout, coefficient: number): TrainingDatum[] {
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
      ...(reference && { referenceLogprobs: reference[index]! }),
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
