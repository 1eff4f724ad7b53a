import type { SettleStep } from './settle.ts';

/**
 * One step whose settings differ by domain: each group is settled by its own domain's, and groups of other domains stay as they
 * are. For steps that look at one group at a time, as all that ship do.
 *
 * @param steps - By domain.
 */
export function byDomain(name: string, steps: ReadonlyMap<string, SettleStep>): SettleStep {
  return {
    name,
    settle: (groups, context) =>
      groups.flatMap((group) => {
        const step = steps.get(group.instance.task.domain);
        return step ? step.settle([group], context) : [group];
      }),
  };
}
