import { ShapeError, TaskspaceError } from '../errors.ts';
import type { Group, SettledGroup } from '../group.ts';
import type { SettleContext, SettleStep } from './settle.ts';

/**
 * Runs the settle pipeline: starts every rollout with its quality as reward, advantage 0 and trained, then applies the steps in
 * order.
 *
 * @throws {@link ShapeError} when a step loses, adds or reorders groups or rollouts.
 * @throws {@link TaskspaceError} `TASKSPACE_ERR_SETTLE` when a step leaves a reward or an advantage that is not finite.
 */
export function runSettle(
  groups: readonly Group[],
  steps: readonly SettleStep[],
  context: SettleContext,
): readonly SettledGroup[] {
  let settled: readonly SettledGroup[] = groups.map((group) => ({
    ...group,
    rollouts: group.rollouts.map((rollout) => ({
      ...rollout,
      reward: rollout.verdict.quality,
      advantage: 0,
      trained: true,
    })),
  }));
  for (const step of steps) {
    settled = step.settle(settled, context);
    check(step.name, groups, settled);
  }
  return settled;
}

function check(name: string, before: readonly Group[], after: readonly SettledGroup[]): void {
  const op = `settle step ${name}`;
  if (after.length !== before.length) {
    throw new ShapeError(
      op,
      `${before.length} groups`,
      [after.length],
      'Mask rollouts (trained: false) instead of dropping them.',
    );
  }
  for (const [index, group] of before.entries()) {
    const expected = group.rollouts.map(({ id }) => id);
    const rollouts = after[index]?.rollouts ?? [];
    const got = rollouts.map(({ id }) => id);
    if (got.length !== expected.length || got.some((id, at) => id !== expected[at])) {
      throw new ShapeError(
        op,
        `the rollouts [${expected.join(', ')}] in group ${index}`,
        got,
        'Keep number and order; mask rollouts (trained: false) instead of dropping them.',
      );
    }
    for (const { id, reward, advantage } of rollouts) {
      if (Number.isFinite(reward) && Number.isFinite(advantage)) continue;
      throw new TaskspaceError(
        'TASKSPACE_ERR_SETTLE',
        `${op}: expected finite numbers for rollout ${id}, got reward ${reward}, advantage ${advantage}. Correct the step.`,
      );
    }
  }
}
