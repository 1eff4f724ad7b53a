import type { TrainingRollout } from './training-rollout.ts';

/**
 * Gathers how far the sampler's log-probabilities q are from those o of the training graph, over sampled tokens, at the
 * weights they were sampled with. Names are those of TRL, and of the Tinker cookbook for the last one.
 */
export class SamplerMismatch {
  #tokens = 0;
  #difference = 0;
  #largest = 0;
  #drift = 0;

  /** @param mask - Positions count where it is above 0; others may hold anything. */
  add(
    trainer: Float32Array,
    sampler: Float32Array,
    mask: { readonly length: number; readonly [t: number]: number },
  ): void {
    for (let t = 0; t < mask.length; t++) {
      if (!(mask[t]! > 0)) continue;
      const drift = sampler[t]! - trainer[t]!;
      this.#tokens += 1;
      this.#drift += drift;
      this.#difference += Math.abs(drift);
      this.#largest = Math.max(this.#largest, Math.abs(drift));
    }
  }

  /** Mean and largest |q − o|, and the mean of q − o, the k1 estimate of KL(sampler || trainer); empty without a token. */
  read(): Record<string, number> {
    if (this.#tokens === 0) return {};
    return {
      'sampling/sampling_logp_difference/mean': this.#difference / this.#tokens,
      'sampling/sampling_logp_difference/max': this.#largest,
      'optim/kl_sample_train_v1': this.#drift / this.#tokens,
    };
  }
}

/** Smallest, mean and largest weight of an importance correction over sampled tokens; empty where nothing is corrected. */
export function importanceMetrics(rollouts: readonly TrainingRollout[]): Record<string, number> {
  let [tokens, sum, least, most] = [0, 0, Number.POSITIVE_INFINITY, 0];
  for (const { mask, importanceWeights } of rollouts.flatMap(({ sequences }) => sequences)) {
    importanceWeights?.forEach((weight, t) => {
      if (mask[t] === 0) return;
      tokens += 1;
      sum += weight;
      least = Math.min(least, weight);
      most = Math.max(most, weight);
    });
  }
  if (tokens === 0) return {};
  return {
    'sampling/importance_sampling_ratio/min': least,
    'sampling/importance_sampling_ratio/mean': sum / tokens,
    'sampling/importance_sampling_ratio/max': most,
  };
}
