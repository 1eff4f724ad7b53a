import type { SettleStep } from './settle.ts';

/**
 * Takes groups out of training that too many failures have left with fewer than `least` judged rollouts: their mean and deviation
 * say too little. Put it first.
 *
 * @param least - `>= 2`; below that there is nothing to compare.
 */
export function viableGroup({ least }: { readonly least: number }): SettleStep {
  return {
    name: 'viable-group',
    settle: (groups) =>
      groups.map((group) =>
        group.rollouts.length >= least
          ? group
          : {
              ...group,
              rollouts: group.rollouts.map((rollout) => ({ ...rollout, trained: false })),
            },
      ),
  };
}
