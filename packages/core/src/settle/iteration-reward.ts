import type { IterationReward } from '../domain.ts';
import type { SettledGroup, SettledRollout } from '../group.ts';
import type { SettleStep } from './settle.ts';

/**
 * The reward of self-iterations, by the rule of their domain and mode: the new quality, or the share of the possible gain that was
 * reached, max(0, (new − start) / (1 − start)); 0 when the start was perfect already. Base tasks and replays are rewarded with
 * quality. Put it before the advantages.
 *
 * @param rules - By domain; what is left out is rewarded with quality.
 */
export function iterationReward(rules: ReadonlyMap<string, Partial<IterationReward>>): SettleStep {
  return {
    name: 'iteration-reward',
    settle: (groups) => groups.map((group) => settleGroup(group, rules)),
  };
}

function settleGroup(
  group: SettledGroup,
  rules: ReadonlyMap<string, Partial<IterationReward>>,
): SettledGroup {
  const { task, mode, start } = group.instance;
  const isRewrite = mode === 'improve' || mode === 'diverge';
  const rule = isRewrite ? (rules.get(task.domain)?.[mode] ?? 'quality') : 'quality';
  const before = rule === 'improvement' && start !== null ? start.quality : null;
  const rewarded = (rollout: SettledRollout): SettledRollout => {
    const { quality } = rollout.verdict;
    return { ...rollout, reward: before === null ? quality : shareOfGain(before, quality) };
  };
  return { ...group, rollouts: group.rollouts.map(rewarded) };
}

function shareOfGain(before: number, after: number): number {
  return before >= 1 ? 0 : Math.max(0, (after - before) / (1 - before));
}
