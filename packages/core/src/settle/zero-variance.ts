import type { SettledGroup } from '../group.ts';
import type { SettleStep } from './settle.ts';

/** What happens to groups without a learning signal. */
export interface ZeroVarianceOptions {
  /** `keep`: they count in the loss's denominators and feel the KL term; `mask`: they get no gradient at all. */
  readonly mode: 'keep' | 'mask';
}

/** Decides about groups all of whose trained rollouts have advantage 0. Put it after the advantages. */
export function zeroVariance({ mode }: ZeroVarianceOptions): SettleStep {
  return {
    name: 'zero-variance',
    settle: (groups) => (mode === 'keep' ? groups : groups.map(maskWithoutSignal)),
  };
}

function maskWithoutSignal(group: SettledGroup): SettledGroup {
  if (group.rollouts.some(({ trained, advantage }) => trained && advantage !== 0)) return group;
  return { ...group, rollouts: group.rollouts.map((rollout) => ({ ...rollout, trained: false })) };
}
