import { scriptJson } from './escape.ts';
import type { ShownGroup, ShownRollout, Stretch } from './rollout-groups.ts';

/** What the page's script opens, in the fewest characters. */
export interface PageData {
  readonly groups: readonly object[];
  /** Groups whose rollouts are in the page. */
  readonly withRollouts: number;
  /** Rollouts in the page. */
  readonly rollouts: number;
}

/**
 * Groups for the page: all of them, and as many groups' rollouts as fit, evenly spread over the run.
 *
 * @param mostBytes - Of all groups, as they stand in the page.
 */
export function pageData(groups: readonly ShownGroup[], mostBytes: number): PageData {
  const brief = groups.map(briefData);
  let left = mostBytes - brief.reduce<number>((sum, group) => sum + bytesOf(group), 0);
  const order = groups
    .map((_, index) => index)
    // Steps of the golden ratio visit every part of the run before they come near where they were.
    .sort((a, b) => ((a * GOLDEN_RATIO) % 1) - ((b * GOLDEN_RATIO) % 1));
  const whole = new Map<number, object>();
  for (const index of order) {
    const data = wholeData(groups[index]!);
    const size = bytesOf(data);
    if (size > left) continue;
    left -= size;
    whole.set(index, data);
  }
  const shown = [...whole.keys()].map((index) => groups[index]!.rollouts.length);
  return {
    groups: brief.map((data, index) => whole.get(index) ?? data),
    withRollouts: whole.size,
    rollouts: shown.reduce((sum, count) => sum + count, 0),
  };
}

const GOLDEN_RATIO = 0.618034;

function bytesOf(data: object): number {
  return Buffer.byteLength(scriptJson(data).markup);
}

function aboutGroup(group: ShownGroup): object {
  const { id, iteration, domain, task, category, mode, depth, origin, startQuality } = group;
  return {
    id,
    iteration: iteration + 1,
    ...{ domain, task, category, mode, depth, origin, startQuality },
    qualities: group.rollouts.map(({ quality }) => quality),
  };
}

/** A group whose rollouts are left out. */
function briefData(group: ShownGroup): object {
  const request = group.request.slice(0, SHORT).toWellFormed();
  const failures = group.failures.slice(0, 1).map(({ kind }) => [kind, '']);
  return { ...aboutGroup(group), request, failures, rollouts: null };
}

const SHORT = 300;

function wholeData(group: ShownGroup): object {
  const prompt = commonPrompt(group);
  return {
    ...aboutGroup(group),
    request: prompt ?? group.request,
    failures: group.failures.map(({ kind, message }) => [kind, message]),
    rollouts: group.rollouts.map((rollout) => rolloutData(rollout, prompt)),
  };
}

/** What all rollouts of a group were given first; null when that differs or is not known. */
function commonPrompt({ rollouts }: ShownGroup): string | null {
  const first = rollouts[0]?.stretches[0];
  if (!first || first.sampled) return null;
  const same = ({ stretches: [own] }: ShownRollout) =>
    own && !own.sampled && own.text === first.text;
  return rollouts.every(same) ? first.text : null;
}

/** @param prompt - When there is one, the first stretch is 0 and the group's request stands for it. */
function rolloutData(rollout: ShownRollout, prompt: string | null): object {
  const { quality, correct, reward, advantage, trained, truncated, ending, feedback } = rollout;
  return {
    ...{ quality, correct, reward, advantage, trained, truncated, ending, feedback },
    tokens: rollout.tokens,
    stretches: rollout.stretches.map((stretch, index) =>
      index === 0 && prompt !== null ? 0 : stretchData(stretch),
    ),
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
