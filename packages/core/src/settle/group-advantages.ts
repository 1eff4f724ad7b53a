/**
 * Differs from the paper (arXiv 2509.04575, equation 3: (r - mean) / std) in what it leaves open. The standard deviation is the
 * population's, divisor G: then a group's advantages have mean square 1 however many rollouts it has left, and the same variance
 * is the curriculum's learnability. Libraries that divide by G - 1 get advantages smaller by sqrt((G - 1) / G), which a learning
 * rate absorbs. `epsilon` is added to it, so that differences far below 1e-4 of quality are not blown up to full size.
 */
import type { SettledGroup, SettledRollout } from '../group.ts';
import type { SettleStep } from './settle.ts';

/** How advantages are made from rewards. */
export interface GroupAdvantagesOptions {
  /** `std` divides by the group's standard deviation (GRPO), `none` does not (Dr. GRPO); default `std`. */
  readonly normalise?: 'std' | 'none';
  /** Added to the standard deviation, reward units, `>= 0`; default 1e-4. */
  readonly epsilon?: number;
  /**
   * Whose rewards make the mean and the standard deviation: `all` rollouts, or only those that an earlier step left `trained`
   * (the others then get advantage 0); default `all`.
   */
  readonly baseline?: 'all' | 'trained';
}

/**
 * Group-relative advantages: each reward minus its group's mean, over its group's standard deviation. All zero in a group with
 * fewer than two counted rollouts or whose counted rewards are equal. Failed rollouts are not counted.
 */
export function groupAdvantages(options: GroupAdvantagesOptions = {}): SettleStep {
  return {
    name: 'group-advantages',
    settle: (groups) => groups.map((group) => settleGroup(group, options)),
  };
}

function settleGroup(
  group: SettledGroup,
  { normalise = 'std', epsilon = 1e-4, baseline = 'all' }: GroupAdvantagesOptions,
): SettledGroup {
  const isCounted = ({ trained }: SettledRollout) => baseline === 'all' || trained;
  const rewards = group.rollouts.filter(isCounted).map(({ reward }) => reward);
  const mean = average(rewards);
  const deviation = Math.sqrt(average(rewards.map((reward) => (reward - mean) ** 2)));
  const scale = normalise === 'std' ? 1 / (deviation + epsilon) : 1;
  // Equality of the rewards, not deviation 0: the mean of equal numbers can be off by a rounding.
  const isFlat = rewards.every((reward) => reward === rewards[0]);
  const rollouts = group.rollouts.map((rollout) => ({
    ...rollout,
    advantage: isFlat || !isCounted(rollout) ? 0 : (rollout.reward - mean) * scale,
  }));
  return { ...group, rollouts };
}

function average(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
