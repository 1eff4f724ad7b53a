import type { SettledGroup, TokenSequence } from '@taskspace/core';

/** A rollout that is trained on, with the numbers its token weights are made from. */
export interface TrainingRollout {
  readonly advantage: number;
  /** Tokens the policy sampled, over all sequences: L in the aggregations. */
  readonly length: number;
  readonly sequences: readonly TrainingSequence[];
}

/** A {@link TokenSequence} as targets: position t describes the prediction of `tokens[t + 1]`. */
export interface TrainingSequence {
  /** `[T + 1]`, cut after the last sampled token. */
  readonly tokens: Int32Array;
  /** 1 where the target was sampled by the policy, `[T]`. */
  readonly mask: Uint8Array;
  /** Log-probability of each target when it was sampled, `[T]`. */
  readonly sampledLogprobs: Float32Array;
  /** With an importance correction: log-probability of each target under the training graph before the update, `[T]`. */
  readonly policyLogprobs?: Float32Array;
  /** With an importance correction: what each target's advantage is multiplied by, `[T]`. */
  readonly importanceWeights?: Float32Array;
}

/** The rollouts of a batch that the settle steps left in training and that hold at least one sampled token. */
export function trainingRollouts(groups: readonly SettledGroup[]): TrainingRollout[] {
  return groups.flatMap(({ rollouts }) =>
    rollouts
      .filter(({ trained }) => trained)
      .map(({ advantage, sequences }) => {
        const targets = sequences.flatMap(asTargets);
        const length = targets.reduce((sum, { mask }) => sum + count(mask), 0);
        return { advantage, length, sequences: targets };
      })
      .filter(({ length }) => length > 0),
  );
}

/** No target for a sequence without a sampled token; the first token of a sequence is never one. */
function asTargets({ tokens, lossMask, sampledLogprobs }: TokenSequence): TrainingSequence[] {
  const end = lossMask.lastIndexOf(1) + 1;
  if (end < 2) return [];
  return [
    {
      tokens: tokens.slice(0, end),
      mask: lossMask.slice(1, end),
      sampledLogprobs: sampledLogprobs.slice(1, end),
    },
  ];
}

function count(mask: Uint8Array): number {
  return mask.reduce((sum, bit) => sum + bit, 0);
}
