import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readOutcomes } from './outcomes.ts';
import { renderCsv, renderMarkdown, renderTerminal } from './render.ts';
import { ablationTables } from './table.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'outcomes-'));
});
afterEach(() => rm(folder, { recursive: true }));

function line(task: string, sample: number, rewrites: number, correct: boolean, more = {}) {
  const verdict = { quality: Number(correct), correct };
  const about = { domain: 'math', task, category: null, mode: 'sampled' };
  return JSON.stringify({ ...about, sample, rewrites, verdict, ...more });
}

test('answers are counted by task, rewrite by rewrite', async () => {
  const lines = [
    line('a', 0, 0, true),
    line('a', 0, 2, true, { chain: [true, false, true] }),
    line('a', 1, 0, false),
    line('a', 1, 2, true, { chain: [false, false, true] }),
    line('b', 0, 0, true),
    JSON.stringify({
      domain: 'math',
      task: 'b',
      mode: 'sampled',
      sample: 0,
      rewrites: 2,
      failure: {},
    }),
    line('a', 0, 0, false, { mode: 'greedy' }),
  ];
  await writeFile(join(folder, 'answers.jsonl'), `${lines.join('\n')}\n`);
  const outcomes = await readOutcomes(folder, [0, 2]);
  expect(outcomes.get('math/a')).toEqual({
    answers: 2,
    right0: 1,
    right2: 2,
    rightEach: 1,
    keptEach: 0,
    wrongEach: 3,
    fixedEach: 2,
  });
  expect(outcomes.get('math/b')).toEqual({ answers: 0 });
});

test('the table compares variants on the tasks that all answered', () => {
  const outcome = (right0: number, right1: number) => ({
    answers: 2,
    right0,
    right1,
    rightEach: right0,
    keptEach: Math.min(right0, right1),
    wrongEach: 2 - right0,
    fixedEach: Math.max(0, right1 - right0),
  });
  const seed = (first: number, second: number) =>
    new Map([
      ['math/a', outcome(first, second)],
      ['math/b', outcome(1, 1)],
    ]);
  const variants = [
    { variant: 'base', learningRate: null, tokens: 0, seeds: [seed(0, 0), seed(0, 0)] },
    { variant: 'grpo', learningRate: 1e-4, tokens: 10, seeds: [seed(1, 1), seed(1, 1)] },
    {
      variant: 'exit',
      learningRate: 2e-4,
      tokens: 11,
      seeds: [seed(1, 2), new Map([['math/a', outcome(1, 2)]])],
    },
  ] as const;
  const domains = ablationTables(variants, [0, 1]);
  expect(domains).toHaveLength(1);
  const [{ tasks, rows, pairs }] = domains as [(typeof domains)[0]];
  expect(tasks).toBe(1);
  expect(rows.map(({ accuracy }) => accuracy.map((measured) => measured?.value))).toEqual([
    [0, 0],
    [0.5, 0.5],
    [0.5, 1],
  ]);
  expect(rows[2]).toMatchObject({ gain: { value: 0.5 }, keep: { value: 1 }, fix: { value: 1 } });
  expect(pairs).toMatchObject([
    { first: 'exit', second: 'grpo', accuracy: { value: 0.5, wins: 2, losses: 0 } },
  ]);

  const report = {
    tokens: 10,
    seeds: 2,
    rewrites: [0, 1],
    split: 'test' as const,
    validationTasks: 8,
    learningRates: { grpo: 1e-4, exit: 2e-4 },
    tuning: [],
    domains,
  };
  expect(renderMarkdown(report)).toContain('| exit − grpo | +50.0 [50.0, 50.0] |');
  expect(renderCsv(report)).toContain('math,exit,0.0002,11,accuracy_k1,1,0,1,1,1 1\n');
  expect(renderTerminal(report)).toContain('exit − grpo: k=1 +50.0');
});
