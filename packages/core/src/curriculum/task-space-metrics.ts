/**
 * What training shows of the task space it practises (sections 5.4 and 5.5 of arXiv 2509.04575). The paper does not say what the
 * embedding of an instance is: here it is the mean of the embeddings of its group's solutions.
 */
import type { SettledGroup } from '../group.ts';
import type { InstanceMode } from '../instance.ts';

/**
 * Means over the instances of one iteration, of all and again of each mode under `mode/<mode>/`:
 *
 * - `instances`: how many; `failed`: how many of them had no rollout that could be judged
 * - `depth`: number of rewrites behind the response to come
 * - `recency`: how many iterations ago the start was produced, over the instances that have one
 * - `startTurn`: first turn that is played, 1-based
 * - `learnability`: variance of quality within the group, over groups with two judged rollouts
 * - `quality`; `gain`: quality minus the start's, over the instances that have one
 * - `measure/<name>`: difficulty measures, over the tasks that have them
 * - `cosineDistance`, `l2Distance`: means over all pairs of instances, when there are embeddings
 *
 * A number that has no value is left out.
 *
 * @param iteration - The one the groups were drawn in, 0-based.
 */
export function taskSpaceMetrics(
  groups: readonly SettledGroup[],
  iteration: number,
): Record<string, number> {
  const practised = groups.map((group) => describe(group, iteration));
  const pairs = distances(practised);
  const metrics = summary(practised, pairs);
  for (const mode of MODES) {
    const own = practised.filter((instance) => instance.mode === mode);
    if (own.length === 0) continue;
    const among = pairs.filter((pair) => pair.mode === mode);
    for (const [name, value] of Object.entries(summary(own, among))) {
      metrics[`mode/${mode}/${name}`] = value;
    }
  }
  return metrics;
}

/**
 * Population variance of a group's qualities (S in the paper); null when fewer than two rollouts were judged. Exactly 0 when all
 * are equal.
 */
export function learnability({ rollouts }: Pick<SettledGroup, 'rollouts'>): number | null {
  const qualities = rollouts.map(({ verdict }) => verdict.quality);
  if (qualities.length < 2) return null;
  if (qualities.every((quality) => quality === qualities[0])) return 0;
  const centre = mean(qualities);
  return mean(qualities.map((quality) => (quality - centre) ** 2));
}

const MODES: readonly InstanceMode[] = ['base', 'replay', 'improve', 'diverge'];

/** The numbers of one instance; null where it has none. */
interface Practised {
  readonly mode: InstanceMode;
  readonly numbers: Readonly<Record<string, number | null>>;
  /** `[D]` */
  readonly embedding: Float64Array | null;
}

function describe(group: SettledGroup, iteration: number): Practised {
  const { task, mode, start, depth } = group.instance;
  const { rollouts } = group;
  const quality = rollouts.length === 0 ? null : mean(rollouts.map((one) => one.verdict.quality));
  const measures = Object.entries(task.measures ?? {});
  return {
    mode,
    numbers: {
      depth,
      recency: start === null ? null : iteration - iterationOf(start.origin),
      startTurn: start === null ? 1 : start.turns.length,
      learnability: learnability(group),
      quality,
      gain: start === null || quality === null ? null : quality - start.quality,
      ...Object.fromEntries(measures.map(([name, value]) => [`measure/${name}`, value])),
    },
    embedding: centre(group),
  };
}

/** An origin reads `<iteration>/<group>/<rollout>`. */
function iterationOf(origin: string): number {
  return Number.parseInt(origin, 10);
}

function summary(practised: readonly Practised[], pairs: readonly Pair[]): Record<string, number> {
  const values = new Map<string, number[]>();
  for (const [name, value] of practised.flatMap(({ numbers }) => Object.entries(numbers))) {
    if (value === null || !Number.isFinite(value)) continue;
    const list = values.get(name);
    if (list === undefined) values.set(name, [value]);
    else list.push(value);
  }
  return {
    instances: practised.length,
    failed: practised.filter(({ numbers }) => numbers.quality === null).length,
    ...Object.fromEntries([...values].map(([name, list]) => [name, mean(list)])),
    ...(pairs.length > 0 && {
      cosineDistance: mean(pairs.map(({ cosine }) => cosine)),
      l2Distance: mean(pairs.map(({ l2 }) => l2)),
    }),
  };
}

/** How far two instances lie apart. */
interface Pair {
  /** Null when theirs differ. */
  readonly mode: InstanceMode | null;
  readonly cosine: number;
  readonly l2: number;
}

/** All pairs of instances with embeddings. */
function distances(practised: readonly Practised[]): readonly Pair[] {
  const points = practised.flatMap(({ mode, embedding }) =>
    embedding === null ? [] : [{ mode, embedding, square: dot(embedding, embedding) }],
  );
  return points.flatMap((a, index) =>
    points.slice(0, index).map((b): Pair => {
      const product = dot(a.embedding, b.embedding);
      const norms = Math.sqrt(a.square * b.square);
      return {
        mode: a.mode === b.mode ? a.mode : null,
        cosine: norms === 0 ? 1 : 1 - product / norms,
        l2: Math.sqrt(Math.max(0, a.square + b.square - 2 * product)),
      };
    }),
  );
}

/** Mean of the embeddings of a group's rollouts, `[D]`; null when none has one. */
function centre({ rollouts }: SettledGroup): Float64Array | null {
  const embeddings = rollouts.flatMap(({ embedding }) => (embedding ? [embedding] : []));
  const width = embeddings[0]?.length;
  if (width === undefined) return null;
  const sum = new Float64Array(width);
  for (const embedding of embeddings) {
    for (let axis = 0; axis < width; axis++) sum[axis]! += embedding[axis]! / embeddings.length;
  }
  return sum;
}

/** Plain loop: called for every pair of instances. */
function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let axis = 0; axis < a.length; axis++) sum += a[axis]! * b[axis]!;
  return sum;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
