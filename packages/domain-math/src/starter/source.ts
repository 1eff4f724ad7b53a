import {
  createRandom,
  pick,
  type RandomStream,
  type Split,
  shuffle,
  type Task,
  type TaskSource,
  TaskspaceError,
} from '@taskspace/core';
import { mathTask } from '../gold.ts';
import { digest, splitOf } from '../split.ts';
import {
  type DemonstrationMixture,
  type TaskDemonstration,
  workedAnswer,
} from './demonstration.ts';
import type { Family, Level, Problem } from './family.ts';

/** Which problems are generated. */
export interface StarterOptions {
  /** At least one. */
  readonly families: readonly Family[];
  /** At least one. */
  readonly levels: readonly Level[];
  /** Names the sequence of tasks. Splits are disjoint across seeds too. */
  readonly seed: number;
}

/** A problem with the family and level it was generated for. */
export interface Generated {
  readonly family: Family;
  readonly level: Level;
  readonly problem: Problem;
}

// A split holds a tenth of a family's problems or more: one in 0.9^2000 draws misses it that often.
const MAX_TRIES = 2000;

/**
 * The problem at a position of a split's endless sequence. Every run of (families × levels) positions holds each pair
 * once, in random order.
 *
 * @param index - Integer, `>= 0`.
 */
export function problemAt(options: StarterOptions, split: Split, index: number): Generated {
  const random = createRandom(options.seed).fork(split);
  const pairs = options.families.flatMap((family) =>
    options.levels.map((level) => ({ family, level })),
  );
  const block = Math.floor(index / pairs.length);
  const order = shuffle(random.fork('order').fork(block), pairs);
  const pair = order[index % pairs.length]!;
  return { ...pair, problem: generateIn(split, pair, random.fork('problem').fork(index)) };
}

/**
 * Tasks and demonstrations of generated families.
 *
 * @param options.limit - So many different tasks in each split; without it a split never ends, and may repeat a task.
 */
export function createStarter({ limit, ...options }: StarterOptions & { readonly limit?: number }) {
  return {
    tasks(split: Split): TaskSource {
      if (limit !== undefined) {
        const tasks = differentTasks(options, split, limit);
        return { split, size: limit, at: (index) => tasks[index]! };
      }
      const at = (index: number) => toTask(problemAt(options, split, index));
      return { split, size: Number.POSITIVE_INFINITY, at };
    },
    demonstrations: (split: Split, seed: number, mixture: DemonstrationMixture) =>
      demonstrate(options, split, seed, mixture),
  };
}

/** A generated problem as a task; equal texts of one family and level have equal ids. */
export function toTask({ family, level, problem }: Generated): Task {
  return mathTask(problem.gold, {
    id: `${family.name}-${level}-${digest(problem.text)}`,
    instruction: problem.text,
    category: family.name,
    measures: { goldSteps: problem.goldSteps, level },
  });
}

/** Problems with worked answers, endlessly: a stream of its own, which other draws do not disturb. */
export function* demonstrate(
  options: StarterOptions,
  split: Split,
  seed: number,
  mixture: DemonstrationMixture,
): Generator<TaskDemonstration> {
  const random = createRandom(options.seed).fork('demonstrations').fork(split).fork(seed);
  for (let index = 0; ; index++) {
    const stream = random.fork(index);
    const draw = (): Generated => {
      const family = pick(stream, options.families);
      const level = pick(stream, options.levels);
      return { family, level, problem: generateIn(split, { family, level }, stream) };
    };
    const generated = draw();
    const answer = workedAnswer(generated.problem, mixture, stream, () => draw().problem);
    yield { task: toTask(generated), ...answer };
  }
}

function differentTasks(options: StarterOptions, split: Split, count: number): readonly Task[] {
  const tasks = new Map<string, Task>();
  // Repetitions grow rare families' share of the draws; ten per task finds nearly all of a small space.
  const draws = 10 * count + 1000;
  for (let index = 0; tasks.size < count; index++) {
    if (index === draws) {
      throw new TaskspaceError(
        'TASKSPACE_ERR_MATH_LIMIT',
        `math: expected ${count} different tasks in the ${split} split, got ${tasks.size} in ${draws} draws. ` +
          'Lower the limit, or take more families or levels.',
      );
    }
    const task = toTask(problemAt(options, split, index));
    tasks.set(task.id, task);
  }
  return [...tasks.values()];
}

function generateIn(
  split: Split,
  { family, level }: { readonly family: Family; readonly level: Level },
  random: RandomStream,
): Problem {
  for (let attempt = 0; attempt < MAX_TRIES; attempt++) {
    const problem = family.generate(level, random.fork(attempt));
    if (splitOf(`${family.name}: ${problem.key}`) === split) return problem;
  }
  throw new TaskspaceError(
    'TASKSPACE_ERR_MATH_SPLIT',
    `math family ${family.name}, level ${level}: expected a problem in the ${split} split, none in ${MAX_TRIES} draws. ` +
      'The family has too few problems at this level: take more levels, or widen its ranges.',
  );
}
