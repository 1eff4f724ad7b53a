import {
  createRandom,
  type DomainParts,
  type Group,
  type Instance,
  type RandomStream,
  type Rollout,
  type Split,
  type Task,
  type TaskSource,
} from '@taskspace/core';
import { playGroups, type RolloutScope } from '../rollout/play-groups.ts';
import type { EvaluationConfig } from './config.ts';

/** Shares of right answers; a number is left out when nothing was judged. */
export interface Scores {
  readonly tasks: number;
  /** Of the most likely answers. */
  readonly greedy?: number;
  /** Of sampled answers, mean over all of them. */
  readonly sampled?: number;
}

/** How the policy does on one domain's held-out tasks. */
export interface DomainReport extends Scores {
  /** By the tasks' category; tasks without one are not listed. */
  readonly categories: Readonly<Record<string, Scores>>;
  /** Episodes that failed; they are in no share. */
  readonly failures: number;
}

/** What one evaluation found. */
export interface EvaluationReport {
  /** Iterations the policy was trained for. */
  readonly iteration: number;
  readonly split: Split;
  readonly domains: Readonly<Record<string, DomainReport>>;
}

/** What an evaluation needs besides how it is played. */
export interface EvaluationOptions {
  readonly iteration: number;
  readonly config: EvaluationConfig;
  readonly scope: RolloutScope;
  readonly random: RandomStream;
  readonly signal: AbortSignal;
  /** Told of every task answered. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Told of every answer, in order. */
  readonly onRollout?: (rollout: Rollout, how: AnswerMode) => Promise<void>;
}

/** How an answer was drawn. */
export type AnswerMode = 'greedy' | 'sampled';

/** Tasks played together, so that what is held in memory does not grow with the number of tasks. */
const CHUNK = 256;

/** Answers held-out tasks of every domain, greedily and by sampling, with the same seeds each time it is asked to. */
export async function evaluate(options: EvaluationOptions): Promise<EvaluationReport> {
  const { scope, config, iteration } = options;
  const sets = new Map<string, readonly Task[]>();
  for (const [name, domain] of scope.domains) {
    sets.set(name, await heldOutTasks(name, domain, config));
  }
  const modes: AnswerMode[] = config.samples > 0 ? ['greedy', 'sampled'] : ['greedy'];
  const total = [...sets.values()].reduce((sum, tasks) => sum + tasks.length, 0) * modes.length;
  let done = 0;
  const onGroup = (): void => options.onProgress?.(++done, total);
  const domains: Record<string, DomainReport> = {};
  for (const [name, tasks] of sets) {
    const tally = new Tally();
    for (const mode of modes) await answer(name, tasks, mode, tally, options, onGroup);
    domains[name] = tally.report();
  }
  return { iteration, split: config.split, domains };
}

async function answer(
  name: string,
  tasks: readonly Task[],
  mode: AnswerMode,
  tally: Tally,
  { scope, config, random, signal, onRollout }: EvaluationOptions,
  onGroup: () => void,
): Promise<void> {
  const { sampling } = scope.options;
  const options =
    mode === 'greedy'
      ? { ...scope.options, groupSize: 1, sampling: { ...sampling, temperature: 0 } }
      : { ...scope.options, groupSize: config.samples };
  const own = random.fork(name).fork(mode);
  for (let start = 0; start < tasks.length; start += CHUNK) {
    const instances = tasks
      .slice(start, start + CHUNK)
      .map((task): Instance => ({ task, mode: 'base', start: null, depth: 0 }));
    const place = { iteration: `${mode}-${start}`, policyVersion: 0, random: own.fork(start) };
    const groups = await playGroups(instances, place, { ...scope, options }, signal, onGroup);
    for (const group of groups) {
      tally.add(group, mode);
      for (const rollout of group.rollouts) await onRollout?.(rollout, mode);
    }
  }
}

/** The same tasks whatever the run's seed: the first of an endless source, a fixed choice from a finite one. */
async function heldOutTasks(
  name: string,
  domain: DomainParts,
  { split, tasks: wanted }: EvaluationConfig,
): Promise<Task[]> {
  const source = await domain.tasks(split);
  const tasks: Task[] = [];
  for (const index of heldOutIndices(name, source, wanted)) tasks.push(await source.at(index));
  return tasks;
}

function heldOutIndices(name: string, { size, split }: TaskSource, wanted: number): number[] {
  const count = Math.min(wanted, size);
  const first = Array.from({ length: count }, (_, index) => index);
  if (size === Number.POSITIVE_INFINITY || count === size) return first;
  const random = createRandom('held-out tasks').fork(name).fork(split);
  // Fisher–Yates that keeps only the places it has touched.
  const moved = new Map<number, number>();
  const chosen = first.map((place) => {
    const other = place + random.integer(size - place);
    const index = moved.get(other) ?? other;
    moved.set(other, moved.get(place) ?? place);
    return index;
  });
  return chosen.sort((a, b) => a - b);
}

/** Counts right answers by mode and category. */
class Tally {
  readonly #all = new Count();
  readonly #categories = new Map<string, Count>();
  #failures = 0;

  add({ instance, rollouts, failures }: Group, mode: AnswerMode): void {
    this.#failures += failures.length;
    const right = rollouts.filter(({ verdict }) => verdict.correct).length;
    const { category } = instance.task;
    const counts = [this.#all];
    if (category !== undefined) {
      const own = this.#categories.get(category) ?? new Count();
      this.#categories.set(category, own);
      counts.push(own);
    }
    for (const count of counts) count.add(mode, right, rollouts.length);
  }

  report(): DomainReport {
    const categories = [...this.#categories]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, count]) => [name, count.scores()] as const);
    return {
      ...this.#all.scores(),
      categories: Object.fromEntries(categories),
      failures: this.#failures,
    };
  }
}

class Count {
  #tasks = 0;
  readonly #judged = { greedy: 0, sampled: 0 };
  readonly #right = { greedy: 0, sampled: 0 };

  add(mode: AnswerMode, right: number, judged: number): void {
    if (mode === 'greedy') this.#tasks += 1;
    this.#right[mode] += right;
    this.#judged[mode] += judged;
  }

  scores(): Scores {
    const { greedy, sampled } = this.#judged;
    return {
      tasks: this.#tasks,
      ...(greedy > 0 && { greedy: this.#right.greedy / greedy }),
      ...(sampled > 0 && { sampled: this.#right.sampled / sampled }),
    };
  }
}
