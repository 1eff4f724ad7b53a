import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Split, Task } from '@taskspace/core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { goldOf } from '../gold.ts';
import { createDataset, type Dataset, type DatasetOptions } from './dataset.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'taskspace-dataset-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function write(name: string, from: number, to: number): Promise<string> {
  const file = join(folder, name);
  const rows = Array.from({ length: to - from }, (_, index) => {
    const n = from + index;
    return JSON.stringify({ problem: `What is ${n} + 0?`, solution: `It is \\boxed{${n}}.` });
  });
  await writeFile(file, rows.join('\n'));
  return file;
}

const open = (options: Partial<DatasetOptions> = {}): Dataset =>
  createDataset({ sets: [{ name: 'mine', path: folder }], seed: 0, ...options });

async function all(dataset: Dataset, split: Split): Promise<Task[]> {
  const source = await dataset.tasks(split);
  return Array.from({ length: source.size }, (_, index) => source.at(index) as Task);
}

const texts = async (dataset: Dataset, split: Split) =>
  (await all(dataset, split)).map(({ instruction }) => instruction);

test('divides one file by content, whatever the order of its rows', async () => {
  const path = await write('all.jsonl', 0, 1000);
  const dataset = open({ sets: [{ name: 'mine', path }] });
  const sizes = await Promise.all(
    (['train', 'validation', 'test'] as const).map(
      async (split) => (await all(dataset, split)).length,
    ),
  );
  expect(sizes.reduce((sum, size) => sum + size)).toBe(1000);
  expect(sizes[1]).toBeGreaterThan(60);
  expect(sizes[2]).toBeGreaterThan(60);
  const shuffled = await write('later.jsonl', 500, 1500);
  const other = open({ sets: [{ name: 'mine', path: shuffled }] });
  const test = new Set(await texts(dataset, 'test'));
  expect((await texts(other, 'train')).filter((text) => test.has(text))).toEqual([]);
});

test('takes splits from file names, and a missing one from the training rows', async () => {
  await write('train-a.jsonl', 0, 400);
  await write('test.jsonl', 400, 450);
  await writeFile(join(folder, 'readme.md'), '');
  const dataset = open();
  expect(await all(dataset, 'test')).toHaveLength(50);
  const [training, validation] = [
    await texts(dataset, 'train'),
    await texts(dataset, 'validation'),
  ];
  expect(training.length + validation.length).toBe(400);
  expect(validation.length).toBeGreaterThan(15);
});

test('leaves problems of the test split out of training', async () => {
  await write('train.jsonl', 0, 100);
  await write('validation.jsonl', 80, 120);
  await write('test.jsonl', 90, 130);
  const dataset = open();
  expect(await all(dataset, 'test')).toHaveLength(40);
  expect(await texts(dataset, 'validation')).toHaveLength(10);
  expect(await texts(dataset, 'train')).toHaveLength(80);
});

test('gives repeated problems different ids', async () => {
  const file = await write('test.jsonl', 0, 2);
  const dataset = open({ sets: [{ name: 'mine', path: file, files: { test: ['x'] } }] });
  await writeFile(file, '{"problem": "P", "answer": 1}\n{"problem": "P", "answer": 1}\n');
  const ids = (await all(dataset, 'test')).map(({ id }) => id);
  expect(new Set(ids).size).toBe(2);
});

test('a limit keeps tasks that the seed chooses, in the order of the file', async () => {
  await write('train.jsonl', 0, 300);
  await write('test.jsonl', 300, 301);
  const limit = { train: 20 };
  const kept = await texts(open({ limit, seed: 1 }), 'train');
  expect(kept).toHaveLength(20);
  expect(await texts(open({ limit, seed: 1 }), 'train')).toEqual(kept);
  expect(await texts(open({ limit, seed: 2 }), 'train')).not.toEqual(kept);
  const numbers = kept.map((text) => Number(/\d+/.exec(text)));
  expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
});

test('calls tasks of several sets by the name of their set', async () => {
  const one = await write('one.jsonl', 0, 5);
  const two = await write('two.jsonl', 5, 10);
  const files = { test: ['x'] };
  const dataset = open({
    sets: [
      { name: 'one', path: one, files },
      { name: 'two', path: two, files },
    ],
  });
  const tasks = await all(dataset, 'test');
  expect(tasks.map(({ category }) => category)).toEqual([
    ...Array(5).fill('one'),
    ...Array(5).fill('two'),
  ]);
  expect(tasks[9]!.id).toMatch(/^two-[0-9a-f]{12}$/);
  expect(goldOf(tasks[9]!)).toEqual({ answer: '9' });
});

test('reads a split only when it is asked for', async () => {
  await write('test.jsonl', 0, 5);
  await writeFile(join(folder, 'train.jsonl'), 'broken');
  const dataset = open();
  expect(await all(dataset, 'test')).toHaveLength(5);
  await expect(dataset.tasks('train')).rejects.toThrow(/train.jsonl, line 1/);
});

test('demonstrates worked solutions, every one in each epoch, in an order the seed decides', async () => {
  await write('train.jsonl', 0, 30);
  await write('validation.jsonl', 30, 31);
  await write('test.jsonl', 31, 32);
  const take = async (seed: number) => {
    const responses: string[] = [];
    for await (const { response } of open().demonstrations('train', seed)) {
      responses.push(response);
      if (responses.length === 60) break;
    }
    return responses;
  };
  const first = await take(1);
  expect(new Set(first.slice(0, 30)).size).toBe(30);
  expect(first.slice(30).toSorted()).toEqual(first.slice(0, 30).toSorted());
  expect(await take(1)).toEqual(first);
  expect(await take(2)).not.toEqual(first);
});

test('says which split has no problems, and which files a folder lacks', async () => {
  await write('test.jsonl', 0, 5);
  await expect(open().tasks('train')).rejects.toThrow(
    /mine: expected problems for the train split, got none\. Name files for it: data.files.train/,
  );
  const sets = [{ name: 'mine', path: folder, files: { test: ['a/other.jsonl'] } }];
  await expect(open({ sets }).tasks('test')).rejects.toThrow(
    /expected a file a\/other.jsonl, got test.jsonl\. Name the files/,
  );
  await expect(
    open({ sets: [{ name: 'mine', path: join(folder, 'no') }] }).tasks('test'),
  ).rejects.toThrow(/expected a file or folder, got ENOENT/);
});
