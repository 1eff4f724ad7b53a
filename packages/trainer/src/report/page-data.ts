import type { ShownGroup, ShownRollout, Stretch } from './rollout-groups.ts';

/** What the page's script opens, in the fewest characters. */
export interface PageData {
  readonly groups: readonly object[];
  /** Groups whose rollouts are in the page. */
  readonly withRollouts: number;
  /** Rollouts in the page. */
  readonly rollouts: number;
}

/** Groups for the page: all of them, and as many groups' rollouts as fit, evenly spread over the run. */
export function pageData(groups: readonly ShownGroup[], mostCharacters: number): PageData {
  const order = groups
    .map((_, index) => index)
    // Steps of the golden ratio visit every part of the run before they come near where they were.
    .sort((a, b) => ((a * 0.618034) % 1) - ((b * 0.618034) % 1));
  const chosen = new Map<number, readonly object[]>();
  let left = mostCharacters;
  let rollouts = 0;
  for (const index of order) {
    const own = groups[index]!.rollouts.map(rolloutData);
    const size = JSON.stringify(own).length;
    if (size > left) continue;
    left -= size;
    rollouts += own.length;
    chosen.set(index, own);
  }
  return {
    groups: groups.map((group, index) => groupData(group, chosen.get(index) ?? null)),
    withRollouts: chosen.size,
    rollouts,
  };
}

function groupData(group: ShownGroup, rollouts: readonly object[] | null): object {
  const { id, iteration, domain, task, category, mode, depth, origin, startQuality } = group;
  const { request, failures } = group;
  return {
    id,
    iteration: iteration + 1,
    ...{ domain, task, category, mode, depth, origin, startQuality },
    request: rollouts ? request : request.slice(0, SHORT).toWellFormed(),
    failures: failures.map(({ kind, message }) => [kind, message]),
    qualities: group.rollouts.map(({ quality }) => quality),
    rollouts,
  };
}

/** Of a request whose rollouts are left out. */
const SHORT = 400;

function rolloutData(rollout: ShownRollout): object {
  const { quality, correct, reward, advantage, trained, truncated, ending, feedback } = rollout;
  return {
    ...{ quality, correct, reward, advantage, trained, truncated, ending, feedback },
    tokens: rollout.tokens,
    stretches: rollout.stretches.map(stretchData),
  };
}

/** What stood there as text; what was sampled as two lists. */
function stretchData(stretch: Stretch): string | readonly (readonly (string | number | null)[])[] {
  if (!stretch.sampled) return stretch.text;
  return [
    stretch.tokens.map(({ text }) => text),
    stretch.tokens.map(({ logprob }) => (logprob === null ? null : Number(logprob.toFixed(2)))),
  ];
}
