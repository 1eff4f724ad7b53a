import {
  createRandom,
  DataError,
  type Split,
  shuffle,
  type Task,
  type TaskSource,
} from '@taskspace/core';
import { mathTask } from '../gold.ts';
import { digest, splitOf } from '../split.ts';
import { type Location, locate } from './locate.ts';
import { type DatasetProblem, type ProblemOptions, readProblems } from './problems.ts';

/** A data set under the name its tasks carry. */
export interface NamedDataset extends Location, ProblemOptions {
  readonly name: string;
}

/** Which data sets, and how much of them. */
export interface DatasetOptions {
  readonly sets: readonly NamedDataset[];
  /** Decides which tasks a limit keeps. */
  readonly seed: number;
  /** Most tasks of each split. */
  readonly limit?: Readonly<Partial<Record<Split, number>>>;
}

/** Tasks and demonstrations of data sets; files are read when a split of them is first asked for. */
export interface Dataset {
  tasks(split: Split): Promise<TaskSource>;
  /** Worked solutions of the data sets, epoch after epoch, in an order that the seed decides. */
  demonstrations(
    split: Split,
    seed: number,
  ): AsyncIterable<{ readonly task: Task; readonly response: string }>;
}

const HELD_OUT = ['test', 'validation'] as const;

/** How many of {@link HELD_OUT} a split yields a common problem to. */
const PRECEDENCE: Readonly<Record<Split, number>> = { test: 0, validation: 1, train: 2 };

interface Entry {
  readonly task: Task;
  readonly solution: string | undefined;
}

/**
 * Puts data sets together. A split without files of its own is taken from the training rows by a hash of their content (10 %
 * each). A problem that occurs in several splits stays in the test split, else in validation, so that splits are disjoint.
 */
export function createDataset({ sets, seed, limit = {} }: DatasetOptions): Dataset {
  const located = once(() =>
    Promise.all(sets.map(async (set) => ({ set, files: await locate(set) }))),
  );
  const rows = perSplit(async (part: Split | 'any') => {
    const entries: Entry[] = [];
    for (const { set, files } of await located()) {
      for (const file of files[part] ?? []) {
        const problems = await readProblems(await file(), set);
        entries.push(...problems.map((problem) => toEntry(set, problem, sets.length > 1)));
      }
    }
    return entries;
  });

  const isMissing = async (split: Split) =>
    (await rows(split)).length === 0 && (await rows('any')).length === 0;

  /** What a split would hold if no problem occurred twice. */
  const claim = perSplit(async (split: Split): Promise<readonly Entry[]> => {
    const divided = (await rows('any')).filter((entry) => hashOf(entry) === split);
    if (split === 'train') {
      const carved: Split[] = [];
      for (const other of HELD_OUT) if (await isMissing(other)) carved.push(other);
      return [...(await rows('train')).filter((row) => !carved.includes(hashOf(row))), ...divided];
    }
    if (!(await isMissing(split))) return [...(await rows(split)), ...divided];
    return (await rows('train')).filter((entry) => hashOf(entry) === split);
  });

  async function load(split: Split): Promise<readonly Entry[]> {
    const elsewhere = new Set<string>();
    for (const other of HELD_OUT.slice(0, PRECEDENCE[split])) {
      for (const { task } of await claim(other)) elsewhere.add(contentOf(task));
    }
    const own = (await claim(split)).filter(({ task }) => !elsewhere.has(contentOf(task)));
    return withUniqueIds(own);
  }

  const splits = perSplit(async (split: Split) => {
    const entries = await load(split);
    if (entries.length > 0) return choose(entries, limit[split], seed, split);
    const names = sets.map(({ name }) => name).join(', ');
    throw new DataError(
      names,
      null,
      `expected problems for the ${split} split, got none. Name files for it: data.files.${split}.`,
    );
  });

  return {
    async tasks(split) {
      const entries = await splits(split);
      return { split, size: entries.length, at: (index) => entries[index]!.task };
    },
    async *demonstrations(split, demonstrationSeed) {
      const worked = (await splits(split)).filter(({ solution }) => solution !== undefined);
      if (worked.length === 0) {
        throw new DataError(
          sets.map(({ name }) => name).join(', '),
          null,
          `expected worked solutions in the ${split} split, got none. Name their column (columns.solution), or take another source.`,
        );
      }
      const random = createRandom(seed).fork('demonstrations').fork(split).fork(demonstrationSeed);
      for (let epoch = 0; ; epoch++) {
        for (const { task, solution } of shuffle(random.fork(epoch), worked)) {
          yield { task, response: solution! };
        }
      }
    },
  };
}

function toEntry({ name }: NamedDataset, problem: DatasetProblem, several: boolean): Entry {
  const { text, answer, solution, category, level, goldSteps } = problem;
  const measures = {
    ...(level === undefined ? {} : { level }),
    ...(goldSteps === undefined ? {} : { goldSteps }),
  };
  const task = mathTask(
    { answer },
    {
      id: `${name}-${digest(normalise(text))}`,
      instruction: text,
      category: several ? name : (category ?? name),
      measures,
    },
  );
  return { task, solution };
}

function normalise(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}

function contentOf(task: Task): string {
  return normalise(task.instruction);
}

function hashOf({ task }: Entry): Split {
  return splitOf(contentOf(task));
}

/** A problem that occurs again gets a number after its id. */
function withUniqueIds(entries: readonly Entry[]): readonly Entry[] {
  const seen = new Map<string, number>();
  return entries.map((entry) => {
    const { id } = entry.task;
    const count = (seen.get(id) ?? 0) + 1;
    seen.set(id, count);
    return count === 1 ? entry : { ...entry, task: { ...entry.task, id: `${id}-${count}` } };
  });
}

function choose(entries: readonly Entry[], limit: number | undefined, seed: number, split: Split) {
  if (limit === undefined || limit >= entries.length) return entries;
  const random = createRandom(seed).fork('limit').fork(split);
  const places = shuffle(random, [...entries.keys()]).slice(0, limit);
  return places.sort((a, b) => a - b).map((place) => entries[place]!);
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

function perSplit<Key extends string, T>(
  make: (split: Key) => Promise<T>,
): (split: Key) => Promise<T> {
  const made = new Map<Key, Promise<T>>();
  return (split) => {
    const known = made.get(split) ?? make(split);
    made.set(split, known);
    return known;
  };
}
