/**
 * Truncated importance sampling: corrects for a sampler whose log-probabilities q are not quite those o that the training
 * graph gives the same tokens at the same weights (another kernel, another precision, a cache in 16 bits). Every token's
 * advantage, and so its policy loss, is multiplied by a constant: min(exp(o − q), cap) of the token, or of all tokens its
 * rollout sampled; the ratio of the objective is then taken against o. The KL term is left alone.
 *
 * A rollout counts as one sequence here, also when its turns are trained on in several.
 */
import { LOG_RATIO_BOUND } from './kernels.ts';
import type { TrainingRollout } from './training-rollout.ts';

/** How the mismatch of sampler and trainer is corrected. */
export interface ImportanceCorrection {
  /** Whether each token has a weight of its own, or all tokens of a rollout share one. */
  readonly kind: 'token' | 'sequence';
  /** Largest weight, `> 0`. */
  readonly cap: number;
}

/**
 * The rollouts with what the training graph says of them.
 *
 * @param policyLogprobs - Of every sequence of `rollouts`, flattened in order, `[T]` each, under the policy before its update.
 */
export function correctImportance(
  rollouts: readonly TrainingRollout[],
  policyLogprobs: readonly Float32Array[],
  { kind, cap }: ImportanceCorrection,
): readonly TrainingRollout[] {
  let next = 0;
  return rollouts.map((rollout) => {
    const own = policyLogprobs.slice(next, next + rollout.sequences.length);
    next += rollout.sequences.length;
    // o − q of every target, 0 where the policy did not sample it.
    const drifts = rollout.sequences.map(({ mask, sampledLogprobs }, index) =>
      Float64Array.from(mask, (bit, t) => (bit ? own[index]![t]! - sampledLogprobs[t]! : 0)),
    );
    const whole = drifts.reduce((sum, drift) => sum + drift.reduce((all, one) => all + one, 0), 0);
    const weight = (drift: number): number =>
      Math.min(cap, Math.exp(Math.min(LOG_RATIO_BOUND, Math.max(-LOG_RATIO_BOUND, drift))));
    const sequences = rollout.sequences.map((sequence, index) => ({
      ...sequence,
      policyLogprobs: own[index]!,
      importanceWeights: Float32Array.from(drifts[index]!, (drift) =>
        weight(kind === 'token' ? drift : whole),
      ),
    }));
    return { ...rollout, sequences };
  });
}
