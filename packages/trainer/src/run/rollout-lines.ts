import type { Json, SettledGroup, SettledRollout, TokenSequence } from '@taskspace/core';

/**
 * Rollouts as lines for people and reports: what was said, how it was judged, which tokens were trained. Domains take turns, so that
 * a few groups show something of each.
 *
 * @param limit - Most groups.
 * @param iteration - Decides which domain comes first.
 */
export function rolloutLines(
  groups: readonly SettledGroup[],
  limit: number,
  iteration: number,
): Json[] {
  return inTurn(groups, iteration)
    .slice(0, limit)
    .flatMap((group) => {
      const { instance, rollouts, failures } = groups[group]!;
      const { task, mode, depth, start } = instance;
      const about = { domain: task.domain, task: task.id, category: task.category ?? null };
      // Where a rewrite or a replay starts from: a rollout's id, the quality it had, the turn that is played again.
      const from = start && {
        origin: start.origin,
        quality: start.quality,
        turn: start.turns.length,
      };
      const drawn = { group, ...about, mode, depth, start: from };
      return [
        ...rollouts.map((rollout): Json => ({ ...drawn, ...rolloutLine(rollout) })),
        ...failures.map(({ kind, message }): Json => ({ ...drawn, failure: { kind, message } })),
      ];
    });
}

/** Places of groups, the first of each domain before the second of any. */
function inTurn(groups: readonly SettledGroup[], iteration: number): number[] {
  const domains = [
    ...Map.groupBy(groups.keys(), (index) => groups[index]!.instance.task.domain),
  ].sort(([a], [b]) => (a < b ? -1 : 1));
  const first = domains.length === 0 ? 0 : iteration % domains.length;
  const order = [...domains.slice(first), ...domains.slice(0, first)];
  const most = Math.max(0, ...order.map(([, own]) => own.length));
  return Array.from({ length: most }, (_, rank) =>
    order.flatMap(([, own]) => own[rank] ?? []),
  ).flat();
}

function rolloutLine(rollout: SettledRollout): { readonly [key: string]: Json } {
  const { id, history, verdict, reward, advantage, trained, truncated, sequences } = rollout;
  return {
    id,
    quality: verdict.quality,
    correct: verdict.correct,
    feedback: verdict.feedback ?? null,
    reward,
    advantage,
    trained,
    truncated,
    ending: history.ending,
    turns: history.turns.map(({ request, response, iterate }) => ({
      request: request.map(({ role, content }) => ({ role, content })),
      response,
      iterate,
    })),
    sequences: sequences.map(sequenceLine),
  };
}

/** Log-probabilities to four decimals: the exact ones have done their work. */
function sequenceLine({ tokens, lossMask, sampledLogprobs }: TokenSequence): Json {
  return {
    tokens: Array.from(tokens),
    lossMask: Array.from(lossMask),
    logprobs: Array.from(sampledLogprobs, (logprob) => Math.round(logprob * 1e4) / 1e4),
  };
}
