import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type DomainParts,
  type EpisodeContext,
  rewriteRequest,
  Scope,
  type Task,
  type TaskDefect,
  validateConfig,
} from '@taskspace/core';
import { testDomain } from '@taskspace/core/testing';
import { afterAll, describe, expect, test, vi } from 'vitest';
import mleDomain, { type MleOptions } from './index.ts';
import { programGrid, programText } from './pocket/programs.ts';
import { PocketCompetitions } from './pocket/source.ts';
import { findPython } from './python/python.ts';
import { findSandbox } from './sandbox/find.ts';

// Competitions are made from their tables, which takes a while on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

const cache = await mkdtemp(join(tmpdir(), 'mle-index-'));
afterAll(() => rm(cache, { recursive: true, force: true }));

const asked = process.env.TASKSPACE_PYTHON;
const [sandbox, python] = await Promise.all([
  findSandbox().catch(() => null), // the tests that run programs are skipped then
  findPython({ provision: false, ...(asked !== undefined && { executable: asked }) }).catch(
    () => null,
  ),
]);
const canRun = sandbox !== null && python !== null;
await sandbox?.[Symbol.asyncDispose]();

const base = { cache, ...(asked !== undefined && { python: asked }) };

async function create(options: object = {}): Promise<DomainParts> {
  const resolved = validateConfig<MleOptions>(
    mleDomain.options,
    { ...base, ...options },
    'options',
  );
  return mleDomain.create(resolved, new Scope());
}

const context: EpisodeContext = {
  seed: 1,
  signal: new AbortController().signal,
  limits: { maxTurns: 20, timeoutMs: 60_000 },
  services: new Scope(),
};

describe('pocket tasks', async () => {
  const competitions = await PocketCompetitions.open();

  async function gold(task: Task): Promise<readonly string[]> {
    const { variant, measured } = (await competitions.byTaskId(task.id))!;
    const best = measured.percents.indexOf(Math.max(...measured.percents));
    return [programText(programGrid(variant)[best]!)];
  }

  describe.skipIf(!canRun)('in the sandbox', () => {
    testDomain(mleDomain, {
      options: {
        ...base,
        subset: 'pocket',
        demonstrations: { wrongShare: 0.3, rewriteShare: 0.5 },
      },
      goldResponses: gold,
      wrongResponses: () => ['from kit import *\nx = load()\nsave(m, x)'],
      samples: 2,
      timeoutMs: 60_000,
    });
  });

  const setUp = { signal: context.signal, onNotice: () => undefined };

  test('what this machine lacks is said before any episode', async () => {
    const domain = await create({ subset: 'pocket', python: '/no/such/python3' });
    await expect(domain.prepare!(setUp)).rejects.toMatchObject({
      name: 'SandboxError',
      rolloutFailure: 'sandbox',
    });
    await domain.dispose!();
  });

  test.skipIf(!canRun)('setting up runs a program all the way', async () => {
    const domain = await create({ subset: 'pocket' });
    await expect(domain.prepare!(setUp)).resolves.toBeUndefined();
    await domain.dispose!();
  });

  test('every split has many tasks of several origins, and no origin serves two splits', async () => {
    const least = { train: [250, 20], validation: [50, 8], test: [60, 10] } as const;
    const origins = new Map<string, string>();
    for (const split of ['train', 'validation', 'test'] as const) {
      const [leastTasks, leastOrigins] = least[split];
      expect(competitions.size(split)).toBeGreaterThanOrEqual(leastTasks);
      for (let place = 0; place < competitions.size(split); place++) {
        const { variant } = await competitions.at(split, place);
        const origin = variant.id.replace(/^pocket-\w+-\d+-/u, '');
        expect(origins.get(origin) ?? split).toBe(split);
        origins.set(origin, split);
      }
      const own = [...origins.values()].filter((other) => other === split);
      expect(own.length).toBeGreaterThanOrEqual(leastOrigins);
    }
  });

  test('the measured programs are those of the grid', async () => {
    for (const split of ['train', 'validation', 'test'] as const) {
      for (let place = 0; place < competitions.size(split); place++) {
        const { variant, measured } = await competitions.at(split, place);
        expect(programGrid(variant)).toHaveLength(measured.percents.length);
      }
    }
  });

  test('prompts and programs are short', async () => {
    const pieces = (text: string) => text.match(/[0-9]{1,2}| ?\p{L}+| ?[^\s\p{L}0-9]|\n/gu)!.length;
    for (let place = 0; place < competitions.size('train'); place++) {
      const { prompt, variant } = await competitions.at('train', place);
      expect(pieces(prompt)).toBeLessThan(80);
      for (const program of programGrid(variant))
        expect(pieces(programText(program))).toBeLessThan(75);
    }
  });
});

test('starter competitions span data kinds and metrics, and are disjoint', async () => {
  const parts = await create();
  const tasks: Task[] = [];
  for (const split of ['train', 'validation', 'test'] as const) {
    const source = await parts.tasks(split);
    for (let index = 0; index < source.size; index++) tasks.push(await source.at(index));
  }
  expect(tasks.length).toBeGreaterThanOrEqual(10);
  expect(new Set(tasks.map(({ id }) => id)).size).toBe(tasks.length);
  expect(new Set(tasks.map(({ category }) => category))).toEqual(
    new Set(['tabular', 'text', 'image', 'time series']),
  );
});

test('lint finds nothing wrong with the starter competitions', async () => {
  const parts = await create();
  const defects: TaskDefect[] = [];
  for await (const found of parts.lint!(context.signal)) defects.push(found);
  expect(defects).toEqual([]);
});

describe.skipIf(!canRun)('a starter competition', { timeout: 120_000 }, () => {
  const fence = (code: string) => `Here it is.\n\n\`\`\`python\n${code}\n\`\`\`\n`;
  const sample = [
    'import os, shutil',
    'folder = os.environ["PUBLIC_RESOURCE_PATH"]',
    'shutil.copy(os.path.join(folder, "sample_submission.csv"), "submission.csv")',
    'print("validation: 0.25")',
  ].join('\n');

  async function play(parts: DomainParts, task: Task, responses: readonly string[]) {
    await using episode = await parts.environment.open(task, context);
    const outcomes = [];
    for (const response of responses) outcomes.push(await episode.respond(response));
    const result = await episode.result!();
    const turns = responses.map((response) => ({ request: [], response, iterate: 0 }));
    const history = { task, seed: 1, turns, ending: 'done', closing: [], result } as const;
    return {
      opening: episode.opening,
      outcomes,
      verdict: await parts.verifier.verify(history, context),
    };
  }

  async function taskNamed(parts: DomainParts, id: string): Promise<Task> {
    for (const split of ['train', 'validation', 'test'] as const) {
      const source = await parts.tasks(split);
      for (let index = 0; index < source.size; index++) {
        const task = await source.at(index);
        if (task.id === id) return task;
      }
    }
    throw new Error(`no task ${id}`);
  }

  test('asks for a program, runs it, and tells a failure for debugging', async () => {
    const parts = await create({ showScore: true });
    const task = await taskNamed(parts, 'sea-temperature');
    const { opening, outcomes, verdict } = await play(parts, task, [fence(sample)]);
    const prompt = opening[0]!.content;
    expect(prompt).toContain('### train.csv');
    expect(prompt).toContain('columns id, temperature, like sample_submission.csv');
    expect(prompt).toMatch(/- Installed: .*scikit-learn|sklearn/u);
    expect(prompt).not.toContain('answers');
    expect(outcomes[0]).toMatchObject({
      done: true,
      feedback: expect.stringContaining('Score: 1.8'),
    });
    expect(verdict.metrics).toMatchObject({ valid: 1, validationScore: -0.25 });
    expect(verdict.correct).toBe(false);

    const crashed = await play(parts, task, [fence('raise ValueError("no ``` such")')]);
    const [failed] = crashed.outcomes;
    expect(failed).toMatchObject({ failed: true, done: true });
    expect(failed!.feedback).toContain('ValueError');
    expect(crashed.verdict.quality).toBe(0);
    const turn = { request: opening, response: fence('x = 1'), iterate: 0, ...failed };
    const [message] = rewriteRequest(task, turn, 'improve', parts.iteration);
    expect(message!.content).toContain('The program below fails');
    expect(message!.content).toContain('```python\nx = 1\n```');
    await parts.dispose!();
  });

  test('a response without a program, or with several, is a failure of its own kind', async () => {
    const parts = await create();
    const task = await taskNamed(parts, 'iris-species');
    const none = await play(parts, task, ['import os']);
    expect(none.outcomes[0]).toMatchObject({ failed: true });
    expect(none.verdict.feedback).toContain('no-code-fence');
    const several = await play(parts, task, ['```\na\n```\n```\nb\n```']);
    expect(several.verdict.feedback).toContain('several-code-fences');
    await parts.dispose!();
  });

  test('programs with NUL bytes and of 10 MB are refused as bad code', async () => {
    const parts = await create();
    const task = await taskNamed(parts, 'iris-species');
    for (const code of ['x = "\0"', `x = "${'a'.repeat(10_000_000)}"`]) {
      const { outcomes, verdict } = await play(parts, task, [fence(code)]);
      expect(outcomes[0]).toMatchObject({ failed: true });
      expect(verdict.feedback).toContain('bad-code');
    }
    await parts.dispose!();
  });

  test('the interactive form plays MLE-Dojo’s actions', async () => {
    const parts = await create({ form: 'interactive' });
    const task = await taskNamed(parts, 'sea-temperature');
    const run = (name: string, code: string) => `ACTION: ${name}\n${fence(code)}`;
    const { opening, outcomes, verdict } = await play(parts, task, [
      'ACTION: request_info overview',
      'ACTION: request_info sample_submission',
      run('validate_code', sample),
      run('execute_code', 'raise SystemExit(3)'),
      run('execute_code', sample),
      'ACTION: get_history',
      'What now?',
      'ACTION: finish',
    ]);
    const said = outcomes.map(({ feedback = '' }) => feedback);
    expect(opening[0]!.content).toContain('at most 12 turns');
    expect(said[0]).toContain('Monthly mean temperature');
    expect(said[1]).toContain('72 rows, 2 columns');
    expect(said[2]).toMatch(/Status: success\nThe program runs\.\nPrinted:\nvalidation: 0.25/u);
    expect(said[2]).not.toContain('Score');
    expect(said[3]).toMatch(
      /Status: error \(crash\)[\s\S]*Likely causes: .*\nBest so far: none\./u,
    );
    expect(said[4]).toMatch(/Score: 1\.8\d+\nPosition score: 0\.0\d+\nBest so far: score 1\.8/u);
    expect(said[5]).toMatch(
      /3\. validate_code: runs\n4\. execute_code: crash\n5\. execute_code: score/u,
    );
    expect(outcomes[6]).toMatchObject({ failed: true, done: false });
    expect(outcomes[7]).toMatchObject({ done: true, messages: [] });
    expect(verdict.metrics).toMatchObject({ valid: 1, runs: 3 });
    await parts.dispose!();
  });
});

test.each([
  [{ source: 'folder' }, /data.path: expected a folder of competitions, got nothing/],
  [{ source: 'mle-bench' }, /data.path: expected the data folder of MLE-bench/],
  [{ source: 'mle-bench', data: { path: '/nowhere' } }, /found none/],
  [{ splits: { train: ['iris'] } }, /splits.train\[0\]: expected a competition of source starter/],
  [
    { splits: { train: ['iris-species'], test: ['iris-species'] } },
    /splits.test\[0\]: expected an id of no other split/,
  ],
  [{ subset: 'tiny' }, /subset: expected/],
])('refuses the options %j', async (options, message) => {
  await expect(create(options)).rejects.toThrow(message);
});
