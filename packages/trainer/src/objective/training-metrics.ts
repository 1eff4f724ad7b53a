import type { ForwardBackwardResult, LossKernel, TrainingDatum } from '../backend/backend.ts';
import { KL_BOUND, LOG_RATIO_BOUND } from './kernels.ts';
import type { ObjectiveBatch } from './objective.ts';

/**
 * Gathers what the optimiser steps of one iteration say about the policy, over trained tokens; names are TRL's. Rollouts
 * that were not sent to the backend do not count.
 */
export class TrainingMetrics {
  #steps = 0;
  #tokens = 0;
  #loss = 0;
  #entropy = 0;
  #kl = 0;
  #clippedLow = 0;
  #clippedHigh = 0;
  #hasRatio = false;
  #hasReference = false;

  /**
   * Adds one optimiser step.
   *
   * @param batches - What it learnt from, one for each loss.
   * @param results - Of each.
   */
  add(batches: readonly ObjectiveBatch[], results: readonly ForwardBackwardResult[]): void {
    this.#steps += 1;
    batches.forEach((batch, index) => {
      this.#addBatch(batch, results[index]!);
    });
  }

  #addBatch({ kernel, data }: ObjectiveBatch, result: ForwardBackwardResult): void {
    this.#loss += result.loss;
    data.forEach((datum, row) => {
      const logprobs = result.logprobs[row]!;
      const entropies = result.entropies[row]!;
      datum.weights.forEach((weight, t) => {
        if (weight === 0) return;
        this.#tokens += 1;
        this.#entropy += entropies[t]!;
        this.#addRatio(kernel, datum, logprobs[t]!, t);
      });
    });
  }

  /** Means over everything added; empty when nothing was. */
  read(): Record<string, number> {
    if (this.#steps === 0 || this.#tokens === 0) return {};
    const share = (sum: number): number => sum / this.#tokens;
    return {
      loss: this.#loss / this.#steps,
      entropy: share(this.#entropy),
      ...(this.#hasRatio && {
        'clip_ratio/low_mean': share(this.#clippedLow),
        'clip_ratio/high_mean': share(this.#clippedHigh),
        'clip_ratio/region_mean': share(this.#clippedLow + this.#clippedHigh),
      }),
      ...(this.#hasReference && { kl: share(this.#kl) }),
    };
  }

  /** Counts a clip only where it binds: a ratio too low with A < 0, or too high with A > 0. */
  #addRatio(kernel: LossKernel, datum: TrainingDatum, logprob: number, t: number): void {
    if (kernel.name !== 'clipped-ratio' || !datum.oldLogprobs || !datum.advantages) return;
    this.#hasRatio = true;
    const { clipLow, clipHigh } = kernel;
    const ratio = Math.exp(logprob - datum.oldLogprobs[t]!);
    if (ratio < 1 - clipLow && datum.advantages[t]! < 0) this.#clippedLow += 1;
    if (ratio > 1 + clipHigh && datum.advantages[t]! > 0) this.#clippedHigh += 1;
    if (datum.referenceLogprobs) {
      this.#hasReference = true;
      this.#kl += k3(logprob - datum.referenceLogprobs[t]!);
    }
  }
}

/** The k3 estimate of KL(policy || reference) from one token's log-ratio, clamped as in the loss. */
function k3(logRatio: number): number {
  const x = Math.min(LOG_RATIO_BOUND, Math.max(-LOG_RATIO_BOUND, logRatio));
  return Math.min(KL_BOUND, Math.exp(-x) + x - 1);
}
