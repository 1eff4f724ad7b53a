import { appendFile, mkdtemp, readFile, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Group, Instance } from '@taskspace/core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { toyTask } from '../rollout/__fixtures__/toy-scope.ts';
import { GroupJournal, type JournalDraw } from './group-journal.ts';

const instance = (id: string): Instance => {
  return { task: { ...toyTask, id }, mode: 'base', start: null, depth: 0 };
};
const draw: JournalDraw = {
  iteration: 4,
  policyVersion: 9,
  instances: [instance('a'), instance('b'), instance('c')],
};

function groupOf(index: number): Group {
  const { task } = draw.instances[index]!;
  const rollouts = [0, 1].map((rollout) => ({
    id: `4/${index}/${rollout}`,
    history: {
      task,
      seed: 7,
      turns: [
        { request: [{ role: 'user' as const, content: 'é\ud800' }], response: 'x', iterate: 0 },
      ],
      ending: 'done' as const,
      closing: [],
      result: { left: 0.1 + 0.2 },
    },
    verdict: { quality: 1 / 3, correct: false },
    sequences: [
      {
        tokens: Int32Array.of(1, 2, 2 ** 30),
        lossMask: Uint8Array.of(0, 1, 1),
        // A float that no short decimal is.
        sampledLogprobs: Float32Array.of(0, -Math.PI, -1e-30),
      },
    ],
    truncated: false,
    policyVersion: 9,
  }));
  return { instance: draw.instances[index]!, rollouts, failures: [] };
}

let folder = '';
let file = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'journal-'));
  file = join(folder, '000004.jsonl');
});

afterEach(() => rm(folder, { recursive: true }));

async function write(...indices: readonly number[]): Promise<void> {
  await using journal = await GroupJournal.open(file, draw);
  await Promise.all(indices.map((index) => journal.append(index, groupOf(index))));
}

async function read(of: JournalDraw = draw): Promise<ReadonlyMap<number, Group>> {
  await using journal = await GroupJournal.open(file, of);
  return journal.groups;
}

test('groups come back with every bit, under their place in the draw', async () => {
  await write(2, 0);
  const groups = await read();
  expect([...groups.keys()].sort()).toEqual([0, 2]);
  expect(groups.get(2)).toEqual(groupOf(2));
  expect(groups.get(2)!.instance).toBe(draw.instances[2]);
});

test('a journal is gone on with', async () => {
  await write(0);
  await write(1);
  expect([...(await read()).keys()]).toEqual([0, 1]);
});

test('half a line is dropped, and what is written next stands on a line of its own', async () => {
  await write(0, 1);
  const { length } = await readFile(file);
  await truncate(file, length - 10);
  expect([...(await read()).keys()]).toEqual([0]);
  await write(2);
  expect([...(await read()).keys()]).toEqual([0, 2]);
});

test('nothing after a damaged line is taken', async () => {
  await write(0);
  await appendFile(file, '\u0000\u0000\n');
  const lines = (await readFile(file, 'utf8')).split('\n');
  await appendFile(file, `${lines[1]!.replace('"index":0', '"index":1')}\n`);
  expect([...(await read()).keys()]).toEqual([0]);
});

test.each<[string, JournalDraw]>([
  ['another iteration', { ...draw, iteration: 5 }],
  ['another policy', { ...draw, policyVersion: 8 }],
  ['other instances', { ...draw, instances: draw.instances.toReversed() }],
])('a journal of %s is begun anew', async (_, other) => {
  await write(0, 1);
  expect((await read(other)).size).toBe(0);
  expect((await read()).size).toBe(0);
});

test('a group with failures is played again', async () => {
  await using journal = await GroupJournal.open(file, draw);
  await journal.append(0, { ...groupOf(0), failures: [{ kind: 'sandbox', message: 'gone' }] });
  expect((await read()).size).toBe(0);
});
