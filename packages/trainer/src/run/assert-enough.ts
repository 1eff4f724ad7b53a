import { type FailureKind, type Group, type RolloutFailure, TaskspaceError } from '@taskspace/core';

/** What to do about a failure of each kind. */
const ADVICE: Readonly<Record<FailureKind, string>> = {
  environment: "Correct the domain's environment or its options.",
  verifier: "Correct the domain's verifier.",
  'invalid-verdict': "Correct what the domain's verifier returns.",
  timeout: 'Raise rollout.timeoutMs, or lower rollout.concurrency where calls wait for each other.',
  'prompt-too-long': 'Take shorter tasks, a policy with a longer context, or curriculum.maxDepth.',
  replay: 'Let the environment depend on (task, seed, responses) alone.',
  sandbox: 'See what `taskspace doctor` says of this machine.',
  'tool-server': 'See that the server runs and answers in time.',
};

const MOST_CAUSES = 3;

/**
 * Stops a run that fails more than it plays, altogether or in one domain, before anything is learnt from the rest. A rewrite
 * whose prompt has outgrown the context does not count: the curriculum drops what it started from.
 *
 * @param mostOf - Greatest share of failures of a domain; of all rollouts when null.
 * @throws {@link TaskspaceError} `TASKSPACE_ERR_ROLLOUTS` with the most frequent causes and what to do about each.
 */
export function assertEnough(
  groups: readonly Group[],
  iteration: number,
  mostOf: (domain: string | null) => number,
): void {
  const domains = [...Map.groupBy(groups, ({ instance }) => instance.task.domain)];
  // The domain at fault is named before the whole is.
  for (const [domain, own] of domains) check(own, iteration, domain, mostOf(domain));
  check(groups, iteration, null, mostOf(null));
}

function check(
  groups: readonly Group[],
  iteration: number,
  domain: string | null,
  most: number,
): void {
  const failures = groups.flatMap((group) =>
    group.failures
      .filter(({ kind }) => kind !== 'prompt-too-long' || group.instance.start === null)
      .map((failure) => ({ domain: group.instance.task.domain, ...failure })),
  );
  const total = groups.reduce((sum, { rollouts }) => sum + rollouts.length, failures.length);
  if (failures.length <= most * total) return;
  const setting = domain === null ? 'rollout' : `rollout or domains.${domain}.rollout`;
  throw new TaskspaceError(
    'TASKSPACE_ERR_ROLLOUTS',
    `iteration ${iteration}${domain === null ? '' : `, domain ${domain}`}: expected at most ${100 * most} % of ${total} rollouts to fail ` +
      `(maxFailures of ${setting}), ${failures.length} did. Most often:\n${causes(failures).join('\n')}\n` +
      'Mend this and go on from the last checkpoint with --resume.',
  );
}

/** The most frequent kinds of failure, each with what was said most often and what to do. */
function causes(failures: readonly (RolloutFailure & { readonly domain: string })[]): string[] {
  return mostFrequent(failures, ({ domain, kind }) => `${domain} ${kind}`)
    .slice(0, MOST_CAUSES)
    .map((some) => {
      const [{ domain, kind, message }] = mostFrequent(some, (one) => one.message)[0] as [
        (typeof some)[number],
      ];
      return `  ${some.length} × ${kind} in ${domain}: ${ADVICE[kind]} Said: ${message}`;
    });
}

/** Items that agree in a key, the most numerous first. */
function mostFrequent<Item>(items: readonly Item[], keyOf: (item: Item) => string): Item[][] {
  return [...Map.groupBy(items, keyOf).values()].sort((a, b) => b.length - a.length);
}
