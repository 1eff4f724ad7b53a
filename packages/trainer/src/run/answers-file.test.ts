import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRandom } from '@taskspace/core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { toyDomain, toyTask } from '../rollout/__fixtures__/toy-scope.ts';
import { climbingPolicy, playScope } from '../scaffold/__fixtures__/words.ts';
import type { ChatPolicy } from '../scaffold/chat-policy.ts';
import { AnswersFile } from './answers-file.ts';
import { answersPerTask, type EvaluationReport, evaluate } from './evaluate.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'answers-'));
});

afterEach(() => rm(folder, { recursive: true }));

const config = { split: 'test', tasks: 5, samples: 2, every: 0, rewrites: [0, 2] } as const;
const perTask = answersPerTask(config);
const settings = { seed: 0, rewrites: [0, 2] };
const domain = toyDomain({
  tasks: (split) => ({ split, size: 5, at: (index) => ({ ...toyTask, id: `${index}` }) }),
  environment: {
    open: async (task) => ({
      opening: [{ role: 'user', content: `turn ${task.id}` }],
      respond: async () => ({ messages: [], done: true }),
      [Symbol.asyncDispose]: async () => undefined,
    }),
  },
});

async function evaluateWith(policy: ChatPolicy): Promise<EvaluationReport> {
  await using answers = await AnswersFile.open(folder, settings, perTask);
  const { policy: _, ownOptions: __, ...scope } = playScope(domain, policy);
  return await evaluate({
    iteration: 0,
    config,
    scope: { ...scope, options: { ...scope.options, concurrency: 4 } },
    policy,
    random: createRandom(0),
    signal: new AbortController().signal,
    onAnswers: (lines) => answers.append(lines),
    answered: (job) => answers.find(job),
  });
}

test('an evaluation that is started again asks nothing, and reports the same', async () => {
  const report = await evaluateWith(climbingPolicy());
  const again = climbingPolicy();
  expect(await evaluateWith(again)).toEqual(report);
  expect(again.asked).toEqual([]);
});

test('one that was killed asks what is missing, a task that was cut in the middle included', async () => {
  const report = await evaluateWith(climbingPolicy());
  const path = join(folder, 'answers.jsonl');
  const lines = (await readFile(path, 'utf8')).split('\n').slice(0, -1);
  // Five tasks: greedily a line each, sampled two times two lines each.
  expect(lines).toHaveLength(5 + 5 * 4);
  await writeFile(path, `${lines.slice(0, 9).join('\n')}\n{"domain": "to`);
  const again = climbingPolicy();
  expect(await evaluateWith(again)).toEqual(report);
  expect(again.asked.length).toBeGreaterThan(0);
  expect(again.asked.length).toBeLessThan(5 * (1 + 1 + 2 * 2));
  const whole = (await readFile(path, 'utf8')).split('\n').slice(0, -1);
  expect(whole.sort()).toEqual(lines.sort());
});

test('failed tasks are asked again', async () => {
  const failing = climbingPolicy((text) => (text === 'turn 3' ? 'endpoint-timeout' : null));
  expect((await evaluateWith(failing)).domains.toy).toMatchObject({ failures: 3 });
  const again = climbingPolicy();
  const report = await evaluateWith(again);
  expect(report.domains.toy).toMatchObject({ failures: 0 });
  expect(again.asked.filter((text) => text.startsWith('turn'))).toEqual(['turn 3', 'turn 3']);
});

test('answers given under other settings are not taken for these', async () => {
  await evaluateWith(climbingPolicy());
  await expect(AnswersFile.open(folder, { ...settings, seed: 1 }, perTask)).rejects.toThrow(
    /seed: expected 0/u,
  );
});

test('a damaged line is named', async () => {
  await evaluateWith(climbingPolicy());
  await appendFile(join(folder, 'answers.jsonl'), 'oops\n');
  await expect(AnswersFile.open(folder, settings, perTask)).rejects.toThrow(
    /line 26: expected an answer/u,
  );
});

test('answers whose settings are not known are left alone', async () => {
  await writeFile(join(folder, 'answers.jsonl'), '{}\n');
  await expect(AnswersFile.open(folder, settings, perTask)).rejects.toThrow('settings.json');
});
