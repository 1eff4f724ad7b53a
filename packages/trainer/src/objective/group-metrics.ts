import type { SettledGroup, SettledRollout } from '@taskspace/core';

/**
 * What the rollouts of one iteration show, for all domains together and again per domain under `<domain>/`; names are TRL's
 * where it has one. A number that has no value (nothing was rolled out) is left out.
 */
export function groupMetrics(groups: readonly SettledGroup[]): Record<string, number> {
  const metrics: Record<string, number> = { ...summary(groups), ...completionMetrics(groups) };
  const domains = new Set(groups.map(({ instance }) => instance.task.domain));
  for (const domain of [...domains].sort()) {
    const own = groups.filter(({ instance }) => instance.task.domain === domain);
    for (const [name, value] of Object.entries(summary(own))) metrics[`${domain}/${name}`] = value;
  }
  return metrics;
}

/** Sampled tokens of a rollout. */
export function sampledTokens({ sequences }: Pick<SettledRollout, 'sequences'>): number {
  return sequences.reduce(
    (sum, { lossMask }) => sum + lossMask.reduce((tokens, bit) => tokens + bit, 0),
    0,
  );
}

function summary(groups: readonly SettledGroup[]): Record<string, number> {
  const rollouts = groups.flatMap((group) => group.rollouts);
  const played = groups.filter((group) => group.rollouts.length > 0);
  const failures = groups.flatMap((group) => group.failures);
  const retried = groups.flatMap((group) => group.retried ?? []);
  const metrics: Record<string, number> = { rollouts: rollouts.length, failures: failures.length };
  if (retried.length > 0) metrics.retried = retried.length;
  for (const [name, some] of [
    ['failures', failures],
    ['retried', retried],
  ] as const) {
    for (const { kind } of some) {
      metrics[`${name}/${kind}`] = (metrics[`${name}/${kind}`] ?? 0) + 1;
    }
  }
  if (played.length === 0) return metrics;
  const rewards = played.map((group) => group.rollouts.map(({ reward }) => reward));
  const qualities = played.map((group) => group.rollouts.map(({ verdict }) => verdict.quality));
  const zero = qualities.filter((values) => Math.max(...values) === Math.min(...values)).length;
  return {
    ...metrics,
    reward: mean(rewards.flat()),
    reward_std: mean(rewards.map(standardDeviation)),
    frac_reward_zero_std: zero / played.length,
    quality: mean(qualities.flat()),
    solved: mean(rollouts.map(({ verdict }) => Number(verdict.correct))),
    'completions/mean_length': mean(rollouts.map(sampledTokens)),
    'completions/clipped_ratio': mean(rollouts.map(({ truncated }) => Number(truncated))),
  };
}

function completionMetrics(groups: readonly SettledGroup[]): Record<string, number> {
  const rollouts = groups.flatMap((group) => group.rollouts);
  if (rollouts.length === 0) return {};
  const lengths = rollouts.map(sampledTokens);
  return {
    'completions/min_length': Math.min(...lengths),
    'completions/max_length': Math.max(...lengths),
    turns: mean(rollouts.map(({ history }) => history.turns.length)),
    trained: mean(rollouts.map(({ trained }) => Number(trained))),
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Population standard deviation. */
function standardDeviation(values: readonly number[]): number {
  const centre = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - centre) ** 2)));
}
