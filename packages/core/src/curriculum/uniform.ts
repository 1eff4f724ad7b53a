import { assertTask } from '../assert-contract.ts';
import { CheckpointError, DomainError, TaskspaceError } from '../errors.ts';
import type { Instance } from '../instance.ts';
import type { Json } from '../json.ts';
import type { RandomStream } from '../random.ts';
import { showValue } from '../show-value.ts';
import type { Task, TaskSource } from '../task.ts';
import type { Curriculum } from './curriculum.ts';

/** One domain's tasks and their share of the draws. */
export interface WeightedSource {
  /** The domain's name, which every task must carry. */
  readonly domain: string;
  readonly source: TaskSource;
  /** Relative to the other sources, `>= 0`; default 1. */
  readonly weight?: number;
}

/** Indices drawn from a source that never runs out lie below this. */
const ENDLESS_SIZE = 2 ** 31;

/**
 * Base tasks drawn uniformly, with replacement: first a source by weight, then an index in it. A draw depends only on its
 * context's random stream, so the same (seed, iteration) practises the same tasks whatever happened before.
 *
 * @throws {@link TaskspaceError} `TASKSPACE_ERR_CURRICULUM` when nothing could be drawn: no source, no weight, no task.
 */
export function createUniformCurriculum(sources: readonly WeightedSource[]): Curriculum {
  const live = checkSources(sources);
  const drawn = new Map(live.map(({ domain }) => [domain, 0]));
  return {
    async draw(count, { random, signal }) {
      signal.throwIfAborted();
      const stream = random.fork('uniform');
      const picks = Array.from({ length: count }, () => pick(live, stream));
      const tasks = await Promise.all(picks.map(taskAt));
      for (const { domain } of tasks) drawn.set(domain, (drawn.get(domain) ?? 0) + 1);
      return tasks.map((task): Instance => ({ task, mode: 'base', start: null, depth: 0 }));
    },
    learn() {
      // What is drawn does not depend on how it went.
    },
    snapshot: () => ({ kind: KIND, drawn: Object.fromEntries(drawn) }),
    restore(state) {
      for (const [domain, count] of readDrawn(state)) drawn.set(domain, count);
    },
    metrics: () =>
      Object.fromEntries([...drawn].map(([domain, count]) => [`drawn/${domain}`, count])),
  };
}

const KIND = 'uniform';

type LiveSource = Required<WeightedSource>;

interface Pick {
  readonly from: LiveSource;
  readonly index: number;
}

function pick(sources: readonly LiveSource[], random: RandomStream): Pick {
  const total = sources.reduce((sum, { weight }) => sum + weight, 0);
  let rest = random.next() * total;
  let from = sources[0] as LiveSource;
  for (const source of sources) {
    from = source;
    rest -= source.weight;
    if (rest < 0) break;
  }
  return { from, index: random.integer(Math.min(from.source.size, ENDLESS_SIZE)) };
}

async function taskAt({ from, index }: Pick): Promise<Task> {
  const { domain, source } = from;
  let task: unknown;
  try {
    task = await source.at(index);
  } catch (cause) {
    throw new DomainError(
      `tasks(${source.split}).at(${index}): expected a task, the call threw ${showValue(cause, 300)}. Correct the domain.`,
      { domain, cause, code: 'TASKSPACE_ERR_DOMAIN_TASK' },
    );
  }
  assertTask(task, { domain });
  return task;
}

function checkSources(sources: readonly WeightedSource[]): readonly LiveSource[] {
  const live = sources.map(({ weight = 1, ...source }) => ({ ...source, weight }));
  for (const { domain, source, weight } of live) {
    if (!Number.isFinite(weight) || weight < 0) {
      throw refuse(`a weight of at least 0 for ${domain}`, String(weight));
    }
    const { size } = source;
    if (size !== Number.POSITIVE_INFINITY && !(Number.isSafeInteger(size) && size >= 0)) {
      throw refuse(
        `a size that is a count or Infinity for ${domain} ${source.split}`,
        String(size),
      );
    }
    if (size === 0 && weight > 0) {
      throw refuse(`at least one task in ${domain} ${source.split}`, 'none');
    }
  }
  const weighted = live.filter(({ weight }) => weight > 0);
  if (weighted.length === 0) throw refuse('a source with a weight above 0', 'none');
  return weighted;
}

function refuse(expected: string, got: string): TaskspaceError {
  return new TaskspaceError(
    'TASKSPACE_ERR_CURRICULUM',
    `uniform curriculum: expected ${expected}, got ${got}. Change the domain's options or its weight.`,
  );
}

function readDrawn(state: Json): [string, number][] {
  const { kind, drawn } = (state ?? {}) as { kind?: unknown; drawn?: unknown };
  const entries = Object.entries(drawn ?? {});
  if (kind !== KIND || !entries.every(([, count]) => Number.isSafeInteger(count) && count >= 0)) {
    throw new CheckpointError(
      'curriculum state',
      `expected a snapshot of the uniform curriculum, got ${showValue(state)}. Resume with the curriculum the run was started with.`,
    );
  }
  return entries;
}
