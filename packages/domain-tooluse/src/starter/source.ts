import {
  createRandom,
  type RandomStream,
  type Split,
  shuffle,
  type Task,
  type TaskSource,
  TaskspaceError,
} from '@taskspace/core';
import { toolTask } from '../payload.ts';
import { type GeneratedTask, generateTask, type Level } from './generate.ts';
import { generatePocketTask, type PocketTask } from './pocket.ts';
import { digest, splitOf } from './split.ts';

/** Which tasks are generated. */
export interface StarterOptions {
  readonly subset: 'pocket' | 'all';
  /** At least one. */
  readonly levels: readonly Level[];
  /** Names the sequence of tasks; splits are disjoint across seeds too. */
  readonly seed: number;
}

// A split holds a tenth of all draws: one in 0.9^500 searches misses it.
const MAX_TRIES = 500;

/** Most responses for one request, of a pocket task and of any other. */
const RESPONSES = { pocket: 6, all: 10 } as const;

/** What the sequence holds at a position of a split; every run of positions as long as the levels holds each level once. */
export function generatedAt(
  options: StarterOptions,
  split: Split,
  index: number,
): GeneratedTask | PocketTask {
  const { levels, seed } = options;
  const random = createRandom(seed).fork(split);
  const block = Math.floor(index / levels.length);
  const level = shuffle(random.fork('order').fork(block), levels)[index % levels.length]!;
  return generateIn(split, options.subset, level, random.fork('task').fork(index));
}

/** A generated task of a split at a level. */
export function generateIn(
  split: Split,
  subset: StarterOptions['subset'],
  level: Level,
  random: RandomStream,
): GeneratedTask | PocketTask {
  for (let attempt = 0; attempt < MAX_TRIES; attempt++) {
    const stream = random.fork(attempt);
    const task =
      subset === 'pocket'
        ? generatePocketTask(level, stream)
        : generateTask(level, stream, (config) => config === '' || splitOf(config) === split);
    if (task !== null && splitOf(contentOf(task)) === split) return task;
  }
  throw new TaskspaceError(
    'TASKSPACE_ERR_TOOLUSE_SPLIT',
    `tool tasks of level ${level}: expected one in the ${split} split, none in ${MAX_TRIES} draws. Widen the scenes.`,
  );
}

/** What the split depends on: where the task starts, and where nothing tells starts apart what is asked too. */
export function contentOf({ world, requests }: GeneratedTask): string {
  return telling(world.config) ? world.config : JSON.stringify(requests.map(({ gold }) => gold));
}

/** Tasks of generated worlds; a split without limit never ends, and may repeat a task. */
export function createStarter(
  options: StarterOptions & { readonly limit?: number },
): (split: Split) => TaskSource {
  return (split) => {
    const { limit } = options;
    if (limit === undefined) {
      const at = (index: number) => starterTask(generatedAt(options, split, index));
      return { split, size: Number.POSITIVE_INFINITY, at };
    }
    const tasks = differentTasks(options, split, limit);
    return { split, size: limit, at: (index) => tasks[index]! };
  };
}

/** A generated task as a task; equal contents have equal ids. */
export function starterTask(generated: GeneratedTask | PocketTask): Task {
  const { world, requests, level } = generated;
  const tools = 'tools' in generated ? { tools: generated.tools } : {};
  const perRequest = 'tools' in generated ? RESPONSES.pocket : RESPONSES.all;
  const content = JSON.stringify([world, requests]);
  return toolTask(
    { world, requests, budget: perRequest * requests.length, ...tools },
    {
      id: `${'tools' in generated ? 'pocket' : 'starter'}-${level}-${digest(content)}`,
      category: world.classes.join('+'),
      measures: { level },
    },
  );
}

/** Whether a config tells one task from another: the empty config of the arithmetic class alone does not. */
function telling(config: string): boolean {
  return config.length > '{"MathAPI":{}}'.length;
}

function differentTasks(options: StarterOptions, split: Split, count: number): readonly Task[] {
  const tasks = new Map<string, Task>();
  const draws = 10 * count + 1000;
  for (let index = 0; tasks.size < count; index++) {
    if (index === draws) {
      throw new TaskspaceError(
        'TASKSPACE_ERR_TOOLUSE_LIMIT',
        `tooluse: expected ${count} different tasks in the ${split} split, got ${tasks.size} in ${draws} draws. Lower the limit, or take more levels.`,
      );
    }
    const task = starterTask(generatedAt(options, split, index));
    tasks.set(task.id, task);
  }
  return [...tasks.values()];
}
