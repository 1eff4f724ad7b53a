/** `taskspace eval` on published problem sets, read from their files: loading, prompting, sampling, judging and reporting. */
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runTaskspace } from './run-taskspace.ts';

const root = join(import.meta.dirname, '..');
const data = join(process.env.TASKSPACE_DATA ?? join(root, '..', 'shared', 'data'), 'math');
const isThere = existsSync(data);
if (!isThere) {
  console.warn(
    `SKIPPED: evaluation on published math sets, because ${data} is not there. Set TASKSPACE_DATA.`,
  );
}

// Enough to meet long and short prompts; test/bench/benchmarks.ts answers every problem.
const TASKS = 12;

describe.skipIf(!isThere)('taskspace eval', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'taskspace-eval-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test.each([
    ['math500', 'test-math.json'],
    ['aime24', 'test-aime.json'],
    ['amc12-2023', 'test-amc.json'],
    ['minerva', 'test-minerva.json'],
    ['olympiadbench', 'test-olympiad_bench.json'],
  ])('answers and judges %s from its file', async (source, file) => {
    const out = join(folder, source);
    const { code, stdout, stderr } = await runTaskspace([
      ...['eval', 'examples/math-benchmarks.yaml', '--json', '--device', 'cpu', '--out', out],
      ...['--set', `domains.math.source=${source}`],
      ...['--set', `domains.math.data.path=${join(data, 'deepscaler', file)}`],
      ...['--set', `evaluation.tasks=${TASKS}`, '--set', 'rollout.sampling.maxTokens=16'],
    ]);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    const { domains } = JSON.parse(stdout) as {
      domains: { math: { tasks: number; greedy: number; failures: number } };
    };
    expect(domains.math).toMatchObject({ tasks: TASKS, failures: 0 });
    expect(domains.math.greedy).toBeGreaterThanOrEqual(0);
    const answers = (await readFile(join(out, 'answers.jsonl'), 'utf8')).trim().split('\n');
    expect(answers).toHaveLength(TASKS);
    expect(JSON.parse(answers[0]!)).toMatchObject({
      mode: 'greedy',
      verdict: { correct: expect.any(Boolean) },
    });
  });
});
