import type { Split, Task } from '@taskspace/core';
import { expect, test } from 'vitest';
import { goldOf } from '../gold.ts';
import { judge } from '../judge.ts';
import { splitOf } from '../split.ts';
import { FAMILIES } from './families.ts';
import { type Family, LEVELS } from './family.ts';
import { countdown, POCKET_FAMILIES, twoUnknowns } from './pocket.ts';
import { createStarter, demonstrate, problemAt, toTask } from './source.ts';

const ALL = { families: FAMILIES, levels: LEVELS, seed: 0 };
const MIXTURE = {
  wrongShare: 0.25,
  improveShare: 0,
  divergeShare: 0,
  unrelatedShare: 0,
  repeatShare: 0,
};
const POCKET = { families: POCKET_FAMILIES, levels: [1 as const], seed: 0 };
const SPLITS: readonly Split[] = ['train', 'validation', 'test'];

test('gives the same task at the same position, another for another seed', () => {
  const at = (seed: number, index: number) => toTask(problemAt({ ...ALL, seed }, 'train', index));
  expect(at(3, 1000)).toEqual(at(3, 1000));
  expect(at(3, 1000)).not.toEqual(at(4, 1000));
});

test('keeps the splits disjoint by content, across seeds and levels', () => {
  const owner = new Map<string, Split>();
  for (const seed of [1, 2]) {
    for (const split of SPLITS) {
      for (let index = 0; index < 1000; index++) {
        const { family, problem } = problemAt({ ...POCKET, levels: [1, 2], seed }, split, index);
        const content = `${family.name}: ${problem.key}`;
        expect(owner.get(content) ?? split).toBe(split);
        owner.set(content, split);
      }
    }
  }
});

test('takes each family and level once in every run of pairs', () => {
  const pairs = FAMILIES.length * LEVELS.length;
  const block = Array.from({ length: pairs }, (_, index) => problemAt(ALL, 'test', pairs + index));
  expect(new Set(block.map(({ family, level }) => `${family.name} ${level}`)).size).toBe(pairs);
});

test('names the family and level that has no problem in a split', () => {
  let key = 0;
  while (splitOf(`tiny: ${key}`) !== 'train') key++;
  const tiny: Family = {
    name: 'tiny',
    generate: (level, random) => ({ ...countdown.generate(level, random), key: `${key}` }),
  };
  expect(() => problemAt({ families: [tiny], levels: [2], seed: 0 }, 'test', 0)).toThrow(
    /math family tiny, level 2: expected a problem in the test split/,
  );
});

test('demonstrates the wanted share of honest failures, in families that have them', () => {
  const stream = demonstrate(POCKET, 'train', 5, MIXTURE);
  let wrong = 0;
  for (let count = 0; count < 2000; count++) {
    const { task, response } = next(stream);
    const { correct } = judge(goldOf(task), response, {});
    expect(correct).toBe(/ ok /.test(response));
    if (!correct) wrong++;
  }
  expect(wrong).toBeGreaterThan(430);
  expect(wrong).toBeLessThan(570);
});

test('demonstrates the same for the same seed', () => {
  const first = (seed: number) => next(demonstrate(ALL, 'train', seed, MIXTURE));
  expect(first(1)).toEqual(first(1));
  expect(first(1)).not.toEqual(first(2));
});

test('a limit gives so many different tasks, the same every time', () => {
  const take = () => {
    const source = createStarter({ ...POCKET, limit: 300 }).tasks('train');
    return Array.from({ length: source.size }, (_, index) => source.at(index) as Task);
  };
  const tasks = take();
  expect(new Set(tasks.map(({ id }) => id)).size).toBe(300);
  expect(take()).toEqual(tasks);
});

test('a limit above the number of tasks is an error that says what to do', () => {
  const starter = createStarter({ ...POCKET, families: [twoUnknowns], limit: 2000 });
  expect(() => starter.tasks('test')).toThrow(
    /expected 2000 different tasks in the test split, got \d+ .*Lower the limit/,
  );
});

function next<T>(stream: Generator<T>): T {
  return stream.next().value as T;
}
