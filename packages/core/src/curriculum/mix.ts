import { CheckpointError, TaskspaceError } from '../errors.ts';
import type { Instance } from '../instance.ts';
import type { Json } from '../json.ts';
import type { RandomStream } from '../random.ts';
import { showValue } from '../show-value.ts';
import type { Curriculum } from './curriculum.ts';
import { taskSpaceMetrics } from './task-space-metrics.ts';

/** One domain's curriculum and its share of the draws. */
export interface MixPart {
  readonly domain: string;
  readonly curriculum: Curriculum;
  /** Relative to the other parts, `>= 0`. */
  readonly weight: number;
}

/** How a mix shares the draws. */
export interface MixOptions {
  /** Least share of every part with a weight above 0, from 0 to 1 / (number of such parts); default 0. */
  readonly floor?: number;
}

/**
 * One curriculum over several domains: shares each iteration's draws among the parts and lets every part learn from its own groups.
 * A part's number of draws differs from its share of them by less than 1, and is right on average. Depends on the context's random
 * stream, the iteration and the parts' states alone. Metrics are those of all groups, and each part's under `domain/<domain>/`.
 *
 * @throws {@link TaskspaceError} `TASKSPACE_ERR_CURRICULUM` when weights, floor or names cannot be used.
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
      const order = allocate(shares, count, stream);
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

/** The share of each part; they sum to 1. */
function sharesOf(parts: readonly MixPart[], floor: number): number[] {
  for (const { domain, weight } of parts) {
    if (!Number.isFinite(weight) || weight < 0) {
      throw refuse(`a weight of at least 0 for ${domain}`, String(weight));
    }
  }
  const names = parts.map(({ domain }) => domain);
  const twice = names.find((domain, index) => names.indexOf(domain) !== index);
  if (twice !== undefined) throw refuse('every domain once', `${twice} twice`);
  const total = parts.reduce((sum, { weight }) => sum + weight, 0);
  const live = parts.filter(({ weight }) => weight > 0).length;
  if (live === 0) throw refuse('a part with a weight above 0', 'none');
  if (!(floor >= 0 && floor * live <= 1)) {
    throw refuse(`a floor from 0 to 1/${live}`, String(floor));
  }
  return parts.map(({ weight }) =>
    weight === 0 ? 0 : floor + (1 - floor * live) * (weight / total),
  );
}

/**
 * Which part each draw goes to: evenly spaced points with one random offset fall on the parts' intervals, in random order, so
 * that no part is missed by chance.
 */
function allocate(shares: readonly number[], count: number, random: RandomStream): number[] {
  const offset = random.next();
  const last = shares.findLastIndex((share) => share > 0);
  const order: number[] = [];
  let part = shares.findIndex((share) => share > 0);
  let end = shares[part]!;
  for (let index = 0; index < count; index++) {
    const point = (index + offset) / count;
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
    `mixed curriculum: expected ${expected}, got ${got}. Change the domains' weights or the floor.`,
  );
}
