/** What a rollout is trained with: its setting, and what policy and reference say of its tokens where that is needed. */
import type { SettledGroup } from '@taskspace/core';
import { correctImportance } from './importance-correction.ts';
import type { ObjectiveOptions } from './objective.ts';
import { type TrainingRollout, trainingRollouts } from './training-rollout.ts';

/** A rollout, corrected for its sampler where its setting says so. */
export interface PreparedRollout {
  readonly rollout: TrainingRollout;
  readonly setting: ObjectiveOptions;
  /** Reference log-probabilities of each of its sequences; null when its setting has no KL term. */
  readonly reference: readonly Float32Array[] | null;
}

/** Log-probabilities under a policy before its update: of tokens `[T + 1]` their `[T]`, at a temperature. */
export type PolicyLogprobs = (
  which: 'policy' | 'reference',
  sequences: readonly Int32Array[],
  temperature: number,
) => Promise<readonly Float32Array[]>;

/**
 * The rollouts that are trained on, in the order of the groups. Log-probabilities are asked for once a setting, and only where it
 * needs them.
 */
export async function prepareRollouts(
  groups: readonly SettledGroup[],
  settingOf: (domain: string) => ObjectiveOptions,
  logprobs: PolicyLogprobs,
): Promise<readonly PreparedRollout[]> {
  const settings = groups.flatMap((group) => {
    const setting = settingOf(group.instance.task.domain);
    return trainingRollouts([group]).map((rollout) => ({ rollout, setting }));
  });
  const prepared: PreparedRollout[] = new Array(settings.length);
  for (const [setting, places] of Map.groupBy(settings.keys(), (at) => settings[at]!.setting)) {
    let rollouts: readonly TrainingRollout[] = places.map((at) => settings[at]!.rollout);
    const ask = (which: 'policy' | 'reference') => {
      const sequences = rollouts.flatMap((rollout) => rollout.sequences);
      const tokens = sequences.map((sequence) => sequence.tokens);
      return logprobs(which, tokens, setting.temperature);
    };
    const { importanceCorrection, klCoefficient } = setting;
    if (importanceCorrection) {
      rollouts = correctImportance(rollouts, await ask('policy'), importanceCorrection);
    }
    const reference = klCoefficient > 0 ? await ask('reference') : null;
    let first = 0;
    for (const [index, rollout] of rollouts.entries()) {
      const end = first + rollout.sequences.length;
      const own = reference?.slice(first, end) ?? null;
      prepared[places[index]!] = { rollout, setting, reference: own };
      first = end;
    }
  }
  return prepared;
}
