/**
 * The published sets themselves: a folder `math` of data files, found through TASKSPACE_DATA or beside the repository. They
 * are not part of it, so these tests are skipped, loudly, where the folder is missing.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Split, Task } from '@taskspace/core';
import { describe, expect, test } from 'vitest';
import { verifyAnswer } from '../answer/verify.ts';
import { createDataset, type NamedDataset } from './dataset.ts';
import { PRESETS, type PresetName } from './presets.ts';
import { readProblems } from './problems.ts';
import { readRows } from './read-rows.ts';

const root = join(import.meta.dirname, '..', '..', '..', '..');
const data = join(process.env.TASKSPACE_DATA ?? join(root, '..', 'shared', 'data'), 'math');
const isThere = existsSync(data);
if (!isThere) {
  console.warn(
    `SKIPPED: tests on published math sets, because ${data} is not there. Set TASKSPACE_DATA.`,
  );
}
const file = (name: string) => join(data, name);

describe.skipIf(!isThere)('published sets', () => {
  test.each([
    ['deepscaler/test-math.json', 500],
    ['deepscaler/test-aime.json', 30],
    ['deepscaler/test-amc.json', 83],
    ['deepscaler/test-minerva.json', 272],
    ['deepscaler/test-olympiad_bench.json', 675],
    ['deepscaler/train-aime.json', 975],
    ['gsm8k/train.jsonl', 7473],
    ['gsm8k/test.jsonl', 1319],
  ])('%s gives %i problems, each with an answer', async (name, count) => {
    const problems = await readProblems(file(name));
    expect(problems).toHaveLength(count);
    for (const { text, answer } of problems) {
      const answers = typeof answer === 'string' ? [answer] : answer;
      expect(text.trim()).not.toBe('');
      expect(answers.every((one) => one.trim() === one && one !== '')).toBe(true);
    }
  });

  test('the four rows of the MATH training file without an answer are named, or skipped', async () => {
    const name = file('deepscaler/train-math.json');
    await expect(readProblems(name)).rejects.toThrow(
      /row \d+: expected an answer in column "answer"/,
    );
    expect(await readProblems(name, { unusable: 'skip' })).toHaveLength(7470);
  });

  test('whole numbers written as decimals become whole', async () => {
    const problems = await readProblems(file('deepscaler/test-amc.json'));
    expect(problems[0]!.answer).toBe('142');
    expect(problems.every(({ answer }) => !/\.0$/.test(`${answer}`))).toBe(true);
  });

  test('every preset of the paper reads the local copy of its set', async () => {
    const copies: Partial<Record<PresetName, readonly [string, number]>> = {
      math500: ['test-math.json', 500],
      'amc12-2022': ['test-amc.json', 43],
      'amc12-2023': ['test-amc.json', 40],
      aime24: ['test-aime.json', 30],
      minerva: ['test-minerva.json', 272],
      olympiadbench: ['test-olympiad_bench.json', 675],
    };
    for (const [name, [copy, count]] of Object.entries(copies)) {
      const path = file(`deepscaler/${copy}`);
      const set: NamedDataset = { ...PRESETS[name as PresetName], name, path };
      const tasks = await take(createDataset({ sets: [set], seed: 0 }), 'test');
      expect(tasks, name).toHaveLength(count);
      expect(new Set(tasks.map(({ id }) => id)).size).toBe(count);
    }
  });

  test('training problems of a folder do not occur in its test sets', async () => {
    const set = { name: 'deepscaler', path: file('deepscaler'), unusable: 'skip' as const };
    const dataset = createDataset({ sets: [set], seed: 0, limit: { train: 1280 } });
    const testing = new Set((await take(dataset, 'test')).map(({ instruction }) => instruction));
    const training = await take(dataset, 'train');
    expect(training).toHaveLength(1280);
    expect(training.filter(({ instruction }) => testing.has(instruction))).toEqual([]);
  });

  test.each(['train', 'test'])(
    'every worked GSM8K solution (%s) is judged correct',
    async (part) => {
      const rows = await readRows(file(`gsm8k/${part}.jsonl`));
      const problems = await readProblems(file(`gsm8k/${part}.jsonl`));
      const misjudged = rows.filter(({ values }, index) => {
        return !verifyAnswer(problems[index]!.answer, `${values.answer}`).correct;
      });
      expect(misjudged).toEqual([]);
    },
  );

  test.each(['train', 'test'])(
    'every worked GSM8K solution (%s) with its last number changed is judged wrong',
    async (part) => {
      const rows = await readRows(file(`gsm8k/${part}.jsonl`));
      const problems = await readProblems(file(`gsm8k/${part}.jsonl`));
      const misjudged = rows.filter(({ values }, index) => {
        const changed = changeLastNumber(`${values.answer}`);
        return verifyAnswer(problems[index]!.answer, changed).correct;
      });
      expect(misjudged).toEqual([]);
    },
  );

  test('demonstrations from GSM8K are judged correct', async () => {
    for (const { answer, solution } of await readProblems(file('gsm8k/test.jsonl'))) {
      expect(verifyAnswer(answer, solution!).correct, solution).toBe(true);
    }
  });
});

async function take(dataset: ReturnType<typeof createDataset>, split: Split): Promise<Task[]> {
  const source = await dataset.tasks(split);
  return Array.from({ length: source.size }, (_, index) => source.at(index) as Task);
}

/** The last number of a text, thousands and all, one higher. */
function changeLastNumber(text: string): string {
  const numbers = [...text.matchAll(/\d[\d,]*(?:\.\d+)?/g)];
  const last = numbers.at(-1)!;
  const value = Number(last[0].replaceAll(',', ''));
  return `${text.slice(0, last.index)}${value + 1}${text.slice(last.index + last[0].length)}`;
}
