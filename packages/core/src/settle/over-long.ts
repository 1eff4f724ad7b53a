import type { SettleStep } from './settle.ts';

/**
 * Over-long filtering: a rollout cut at a length or turn limit gets no gradient, since its reward says nothing about how it
 * would have ended. Put it before the advantages; `baseline` of {@link groupAdvantages} says whether the cut rollouts'
 * rewards still count in the group's mean (`all`, as most libraries do) or not (`trained`).
 */
export function overLong(): SettleStep {
  return {
    name: 'over-long',
    settle: (groups) =>
      groups.map((group) => ({
        ...group,
        rollouts: group.rollouts.map((rollout) =>
          rollout.truncated ? { ...rollout, trained: false } : rollout,
        ),
      })),
  };
}
