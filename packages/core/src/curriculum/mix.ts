import { CheckpointError, TaskspaceError } from '../errors.ts';
import type { Instance } from '../instance.ts';
import type { Json } from '../json.ts';
import type { RandomStream } from '../random.ts';
import { showValue } from '../show-value.ts';
import type { Curriculum } from './curriculum.ts';
import { taskSpaceMetrics } from './task-space-metrics.ts';

/** One domain's curriculum and how many of the draws it gets. */
export interface MixPart {
  readonly domain: string;
  readonly curriculum: Curriculum;
  /** Relative to the other parts without a count, `>= 0`. */
  readonly weight: number;
  /** Draws of every iteration, `>= 1`, in place of a share. */
  readonly count?: number;
}

/** How a mix shares the draws. */
export interface MixOptions {
  /** Least share of every part without a count and with a weight above 0, from 0 to 1 / (number of such parts); default 0. */
  readonly floor?: number;
}

/**
 * One curriculum over several domains: shares each iteration's draws among the parts and lets every part learn from its own groups.
 * Parts with a count get exactly that; the rest is shared by weight, so that a part's number of draws differs from its share of the
 * rest by less than 1, and is right on average. Depends on the context's random stream, the iteration and the parts' states alone.
 * Metrics are those of all groups, and each part's under `domain/<domain>/`.
 *
 * @throws {@link TaskspaceError} `TASKSPACE_ERR_CURRICULUM` when weights, counts, floor or names cannot be used; on a draw, when the
 *   counts do not fit the number of draws.
 */
export function createMixedCurriculum(
  parts: readonly MixPart[],
  { floor = 0 }: MixOptions = {},
): Curriculum {
  const shares = sharesOf(parts, floor);
  let iteration = 0;
  let practice: Readonly<Record<string, number>> = {};
  return {
    async draw(count, context) {
      context.signal.throwIfAborted();
      const stream = context.random.fork('mix');
      const order = allocate(parts, shares, count, stream);
      const drawn: Iterator<Instance>[] = [];
      for (const [index, { domain, curriculum }] of parts.entries()) {
        const own = order.filter((part) => part === index).length;
        const random = context.random.fork('domain').fork(domain);
        drawn.push((await curriculum.draw(own, { ...context, random })).values());
      }
      iteration = context.iteration;
      return order.map((part) => drawn[part]!.next().value as Instance);
    },
    learn(groups) {
      for (const { domain, curriculum } of parts) {
        curriculum.learn(groups.filter(({ instance }) => instance.task.domain === domain));
      }
      practice = taskSpaceMetrics(groups, iteration);
    },
    snapshot: () => ({
      kind: KIND,
      iteration,
      practice,
      parts: Object.fromEntries(
        parts.map(({ domain, curriculum }) => [domain, curriculum.snapshot()]),
      ),
    }),
    restore(state) {
      const saved = readSnapshot(state, parts);
      for (const { domain, curriculum } of parts) curriculum.restore(saved.parts[domain]!);
      ({ iteration, practice } = saved);
    },
    metrics: () => ({
      ...practice,
      ...Object.fromEntries(
        parts.flatMap(({ domain, curriculum }) =>
          Object.entries(curriculum.metrics()).map(([name, value]) => [
            `domain/${domain}/${name}`,
            value,
          ]),
        ),
      ),
    }),
  };
}

const KIND = 'mix';

/** Each part's share of the draws that have no owner yet; they sum to 1, or to 0 when every part has a count. */
function sharesOf(parts: readonly MixPart[], floor: number): number[] {
  for (const { domain, weight, count = 1 } of parts) {
    if (!Number.isFinite(weight) || weight < 0) {
      throw refuse(`a weight of at least 0 for ${domain}`, String(weight));
    }
    if (!Number.isSafeInteger(count) || count < 1) {
      throw refuse(`a count of at least 1 for ${domain}`, String(count));
    }
  }
  const names = parts.map(({ domain }) => domain);
  const twice = names.find((domain, index) => names.indexOf(domain) !== index);
  if (twice !== undefined) throw refuse('every domain once', `${twice} twice`);
  const weights = parts.map(({ weight, count }) => (count === undefined ? weight : 0));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const live = weights.filter((weight) => weight > 0).length;
  if (live === 0) {
    if (parts.every(({ count }) => count === undefined)) {
      throw refuse('a part with a weight above 0', 'none');
    }
    if (floor !== 0) throw refuse('no floor, as every part has a count', String(floor));
  } else if (!(floor >= 0 && floor * live <= 1)) {
    throw refuse(`a floor from 0 to 1/${live}`, String(floor));
  }
  return weights.map((weight) =>
    weight === 0 ? 0 : floor + (1 - floor * live) * (weight / total),
  );
}

/**
 * Which part each draw goes to: evenly spaced points with one random offset fall on the parts' intervals, in random order, so
 * that no part is missed by chance. Parts with a count come before that.
 */
function allocate(
  parts: readonly MixPart[],
  shares: readonly number[],
  count: number,
  random: RandomStream,
): number[] {
  const order = parts.flatMap(({ count: own = 0 }, part) => new Array<number>(own).fill(part));
  const shared = count - order.length;
  const offset = random.next();
  const last = shares.findLastIndex((share) => share > 0);
  if (shared < 0 || (shared > 0 && last < 0)) {
    throw refuse(`counts that sum to ${last < 0 ? '' : 'at most '}${count}`, `${order.length}`);
  }
  let part = shares.findIndex((share) => share > 0);
  let end = shares[part] ?? 0;
  for (let index = 0; index < shared; index++) {
    const point = (index + offset) / shared;
    while (point >= end && part < last) {
      part += 1;
      end += shares[part]!;
    }
    order.push(part);
  }
  for (let index = count - 1; index > 0; index--) {
    const other = random.integer(index + 1);
    [order[index], order[other]] = [order[other]!, order[index]!];
  }
  return order;
}

interface Snapshot {
  readonly iteration: number;
  readonly practice: Readonly<Record<string, number>>;
  readonly parts: Readonly<Record<string, Json>>;
}

function readSnapshot(state: Json, parts: readonly MixPart[]): Snapshot {
  const saved = (state ?? {}) as unknown as Snapshot & { readonly kind: unknown };
  const expected = parts.map(({ domain }) => domain).sort();
  const got = Object.keys(saved.parts ?? {}).sort();
  if (saved.kind !== KIND || expected.join('\n') !== got.join('\n')) {
    throw new CheckpointError(
      'curriculum state',
      `expected a snapshot of a mix of ${expected.join(', ')}, got ${showValue(state)}. Resume with the domains the run was started with.`,
    );
  }
  return saved;
}

function refuse(expected: string, got: string): TaskspaceError {
  return new TaskspaceError(
    'TASKSPACE_ERR_CURRICULUM',
    `mixed curriculum: expected ${expected}, got ${got}. Change the domains' weights, counts or the floor.`,
  );
}
