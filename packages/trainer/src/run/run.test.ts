import {
  appendFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Json, Scope, setByPath } from '@taskspace/core';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { BACKEND, FORMAT } from '../compose.ts';
import type { ConversationFormat } from '../model/conversation.ts';
import { toyFormat } from '../rollout/__fixtures__/toy-scope.ts';
import { createLetterBackend, type LetterFaults } from './__fixtures__/letter-backend.ts';
import { evaluateRun } from './evaluation-run.ts';
import type { MetricsLine, RunListener } from './listener.ts';
import { loadEvalConfig, loadRunConfig, loadSftConfig } from './load-config.ts';
import type { RunResult } from './loop.ts';
import { type RunOptions, sftRun, trainRun } from './run.ts';

// Room for a busy disk: checkpoints wait until they are on it.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const domain = fileURLToPath(new URL('__fixtures__/letters-domain.ts', import.meta.url));
const base: Json = {
  domains: { letters: { plugin: domain } },
  iterations: 12,
  rollout: { prompts: 4, groupSize: 4, sampling: { maxTokens: 2 } },
  optimizer: { learningRate: 0.5 },
  evaluation: { tasks: 8, samples: 2 },
  checkpoint: { every: 5, keep: 2 },
};

let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'run-'));
});

afterEach(() => rm(folder, { recursive: true }));

const format: ConversationFormat = {
  ...toyFormat,
  example: (messages, response) => ({
    prompt: toyFormat.encode(messages),
    completion: Int32Array.of(response.charCodeAt(0), 0),
  }),
};

function letterScope(faults: LetterFaults = {}): Scope {
  return new Scope()
    .registerValue(FORMAT, format)
    .registerValue(BACKEND, createLetterBackend(faults));
}

function config(out: string, set: Readonly<Record<string, Json>>): Json {
  const all = { out: join(folder, out), ...set };
  return Object.entries(all).reduce<Json>((value, [path, to]) => setByPath(value, path, to), base);
}

async function train(
  out: string,
  set: Readonly<Record<string, Json>> = {},
  options: RunOptions & { readonly faults?: LetterFaults } = {},
): Promise<RunResult> {
  const loaded = await loadRunConfig({ value: config(out, set) });
  return trainRun(loaded, { scope: letterScope(options.faults), ...options });
}

async function resume(
  out: string,
  set: Readonly<Record<string, Json>> = {},
  options: RunOptions = {},
): Promise<RunResult> {
  const file = join(folder, out, 'config.json');
  const changes = Object.entries(set).map(([path, value]) => ({ path, value }));
  const loaded = await loadRunConfig({ file, set: changes });
  return trainRun(loaded, { scope: letterScope(), resume: join(folder, out), ...options });
}

async function metrics(out: string): Promise<Omit<MetricsLine, 'time'>[]> {
  const text = await readFile(join(folder, out, 'metrics.jsonl'), 'utf8');
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => {
      const { time, ...rest } = JSON.parse(line) as MetricsLine;
      expect(time.seconds).toBeGreaterThanOrEqual(0);
      return rest;
    });
}

async function status(out: string): Promise<Record<string, unknown>> {
  return JSON.parse(await readFile(join(folder, out, 'status.json'), 'utf8'));
}

const checkpoints = (out: string): Promise<string[]> =>
  readdir(join(folder, out, 'checkpoints')).then((names) => names.sort());

/** A listener that fires a signal after so many iterations, as Ctrl-C would. */
function stopAfter(iterations: number): { signal: AbortSignal; listener: RunListener } {
  const controller = new AbortController();
  let seen = 0;
  return {
    signal: controller.signal,
    listener: {
      onProgress: ({ phase }) => {
        if (phase === 'rollout' && seen >= iterations) controller.abort(new Error('Ctrl-C'));
      },
      onIteration: () => {
        seen += 1;
      },
    },
  };
}

describe('a run to its end', () => {
  test('learns, and says so before and after', async () => {
    const result = await train('a', { iterations: 60 });
    expect(result).toMatchObject({ status: 'done', iterations: 60 });
    expect(result.before!.domains.letters!.sampled).toBeLessThan(0.6);
    expect(result.after!.domains.letters!.sampled).toBeGreaterThan(0.9);
    expect(result.after!.domains.letters).toMatchObject({
      tasks: 8,
      failures: 0,
      categories: { even: { tasks: 4 }, odd: { tasks: 4 } },
    });
  });

  test('corrects for the sampler when told to, which changes nothing where both agree', async () => {
    await train('plain');
    await train('corrected', { objective: { importanceCorrection: { kind: 'sequence' } } });
    const [plain, corrected] = [await metrics('plain'), await metrics('corrected')];
    expect(corrected.map(({ reward }) => reward)).toEqual(plain.map(({ reward }) => reward));
    expect(corrected[0]!['sampling/importance_sampling_ratio/max']).toBeCloseTo(1, 6);
    expect(corrected[0]!['optim/kl_sample_train_v1']).toBeCloseTo(0, 6);
    const config = JSON.parse(await readFile(join(folder, 'corrected', 'config.json'), 'utf8'));
    expect(config.objective.importanceCorrection).toEqual({ kind: 'sequence', cap: 2 });
  });

  test('writes a line of metrics an iteration, with the names of the field', async () => {
    await train('a');
    const lines = await metrics('a');
    expect(lines.map(({ iteration }) => iteration)).toEqual(
      Array.from({ length: 12 }, (_, i) => i),
    );
    expect(Object.keys(lines[0]!)).toEqual(
      expect.arrayContaining([
        'reward',
        'reward_std',
        'frac_reward_zero_std',
        'solved',
        'letters/solved',
        'completions/mean_length',
        'completions/clipped_ratio',
        'loss',
        'entropy',
        'clip_ratio/low_mean',
        'clip_ratio/high_mean',
        'sampling/sampling_logp_difference/mean',
        'sampling/sampling_logp_difference/max',
        'optim/kl_sample_train_v1',
        'grad_norm',
        'learning_rate',
        'num_tokens',
        'skipped_steps',
        'curriculum/drawn/letters',
      ]),
    );
    expect(lines.at(-1)!.num_tokens).toBe(12 * 16 * 2);
  });

  test('leaves config, status, rollouts, checkpoints and the policy in its folder', async () => {
    await train('a', { 'log.groups': 1 });
    expect(await readdir(join(folder, 'a')).then((names) => names.sort())).toEqual([
      'checkpoints',
      'config.json',
      'evaluations.jsonl',
      'metrics.jsonl',
      'policy',
      'rollouts',
      'status.json',
    ]);
    expect(await status('a')).toEqual({ status: 'done', completed: 12, iterations: 12 });
    expect(await checkpoints('a')).toEqual(['000010', '000012']);
    expect(await readdir(join(folder, 'a', 'policy'))).toEqual(['letters.json']);
    const said = await readFile(join(folder, 'a', 'rollouts', '000003.jsonl'), 'utf8');
    expect(said.trim().split('\n')).toHaveLength(4);
    expect(JSON.parse(said.split('\n')[0]!)).toMatchObject({
      id: '3/0/0',
      domain: 'letters',
      turns: [{ request: [{ role: 'user' }] }],
      sequences: [{ lossMask: expect.arrayContaining([1]) }],
    });
  });

  test('the same seed gives the same metrics, another seed others', async () => {
    await train('a');
    await train('b');
    await train('c', { seed: 1 });
    expect(await metrics('b')).toEqual(await metrics('a'));
    expect(await metrics('c')).not.toEqual(await metrics('a'));
  });

  test('evaluates as often as asked', async () => {
    const measured: number[] = [];
    const listener: RunListener = { onEvaluation: ({ iteration }) => measured.push(iteration) };
    await train('a', { 'evaluation.every': 5 }, { listener });
    expect(measured).toEqual([0, 5, 10, 12]);
  });

  test('a reference policy keeps the policy near it', async () => {
    await train('free', { iterations: 30 });
    await train('held', {
      iterations: 30,
      'objective.klCoefficient': 5,
      'optimizer.learningRate': 0.05,
    });
    const last = (await metrics('held')).at(-1)!;
    expect(last.kl).toBeGreaterThanOrEqual(0);
    expect((await metrics('free')).at(-1)!.kl).toBeUndefined();
  });

  test('mini-batches and epochs take that many steps', async () => {
    await train('a', { iterations: 2, 'objective.miniBatches': 2, 'objective.epochs': 3 });
    expect((await metrics('a')).at(-1)!.policy_version).toBe(12);
  });
});

describe('several domains', () => {
  const digits = fileURLToPath(new URL('__fixtures__/digits-domain.ts', import.meta.url));
  const mixed = (own: Json): Record<string, Json> => ({
    'domains.digits': { plugin: digits, ...(own as object) },
    'domains.letters.weight': 3,
    curriculum: { variant: 'curriculum', capacity: 16, minSize: 2 },
    'rollout.prompts': 8,
  });
  const sections = {
    rollout: { groupSize: 6, sampling: { temperature: 0.8 } },
    objective: { name: 'dr-grpo', overLong: 'mask', epochs: 2 },
  };

  test('train one policy, each by its own settings, and a step more where one has more passes', async () => {
    const result = await train('a', mixed(sections));
    expect(Object.keys(result.after!.domains)).toEqual(['letters', 'digits']);
    const lines = await metrics('a');
    for (const line of lines) {
      expect(line['letters/rollouts']).toBe(6 * 4);
      expect(line['digits/rollouts']).toBe(2 * 6);
    }
    // Two passes, the second of digits alone, unless no group of theirs has any variance.
    expect(lines.at(-1)!.policy_version).toBeGreaterThan(12);
    expect(lines.at(-1)!.policy_version).toBeLessThanOrEqual(24);
  });

  test('the metrics do not depend on which of them is slow, or fails by chance', async () => {
    await train('even', mixed(sections));
    await train('slow', mixed({ ...sections, waitMs: 15 }));
    expect(await metrics('slow')).toEqual(await metrics('even'));
    await train('flaky', mixed({ ...sections, flaky: 5 }));
    const withoutTries = (lines: Awaited<ReturnType<typeof metrics>>) =>
      lines.map((line) =>
        Object.fromEntries(Object.entries(line).filter(([name]) => !name.includes('retried'))),
      );
    const flaky = await metrics('flaky');
    expect(flaky.some((line) => line['digits/retried/environment'] !== undefined)).toBe(true);
    expect(withoutTries(flaky)).toEqual(await metrics('even'));
  });

  test('a run that breaks in the middle of an iteration goes on with its complete groups', async () => {
    await train('whole', mixed(sections));
    let isDue = false;
    const before = (name: string): void => {
      if (name === 'sample' && isDue) throw new Error('power cut');
    };
    const listener: RunListener = {
      // Two iterations after a checkpoint, when some groups are complete.
      onProgress: ({ phase, iteration, done }) => {
        if (phase === 'rollout' && iteration === 7 && done === 3) isDue = true;
      },
    };
    // One group of each domain at a time.
    const narrow = { ...mixed(sections), 'rollout.concurrency': 4 };
    const cut = train('a', narrow, { faults: { before }, listener });
    await expect(cut).rejects.toThrow('power cut');
    await resume('a');
    const text = await readFile(join(folder, 'a', 'metrics.jsonl'), 'utf8');
    const restored = text.split('\n').filter((line) => line.includes('"restored_groups"'));
    // Iterations 5 and 6 whole, 7 in part.
    expect(restored).toHaveLength(3);
    expect(await metrics('a')).toEqual(await metrics('whole'));
  });

  const bare = (optional: boolean) => mixed({ machine: 'bare', optional, rollout: { prompts: 3 } });

  test('one that this machine lacks the means for stops the run before anything is written', async () => {
    await expect(train('a', bare(false))).rejects.toThrow('there is no abacus');
    await expect(readdir(join(folder, 'a'))).rejects.toThrow('ENOENT');
  });

  test('an optional one is left out, with the reason, and the run goes on with the others', async () => {
    const notices: string[] = [];
    const options = { listener: { onNotice: (message: string) => notices.push(message) } };
    await train('a', bare(true), options);
    expect(notices).toEqual([
      expect.stringMatching(/^Domain digits is left out, .*apt-get install abacus$/),
    ]);
    const kept = JSON.parse(await readFile(join(folder, 'a', 'config.json'), 'utf8'));
    expect(Object.keys(kept.domains)).toEqual(['letters']);
    // Its tasks are not made up for.
    expect(kept.rollout.prompts).toBe(5);
    await resume('a', { iterations: 14 });
    expect(await metrics('a')).toHaveLength(14);
  });

  test('a run of none but optional ones that cannot be set up is no run', async () => {
    const alone = { domains: { digits: { plugin: digits, machine: 'bare', optional: true } } };
    await expect(train('a', alone)).rejects.toThrow('there is no abacus');
  });

  test('a run goes on with the domains it was started with', async () => {
    const notices: string[] = [];
    const options = { listener: { onNotice: (message: string) => notices.push(message) } };
    await train('a', mixed({ optional: true }), options);
    expect(notices).toEqual(['an abacus was found']);
    const file = join(folder, 'a', 'config.json');
    const saved = (await readFile(file, 'utf8')).replace('"fine"', '"bare"');
    await writeFile(file, saved);
    await expect(resume('a', { iterations: 14 })).rejects.toThrow('there is no abacus');
  });

  test('with checkpoint.groups off nothing is kept, and the run goes on all the same', async () => {
    await train('whole', { 'checkpoint.groups': false });
    await train('a', { 'checkpoint.groups': false }, stopAfter(7));
    expect(await readdir(join(folder, 'a'))).not.toContain('groups');
    await resume('a');
    expect(await metrics('a')).toEqual(await metrics('whole'));
  });
});

describe('stopping and going on', () => {
  test('the signal drops the iteration under way and saves what was before it', async () => {
    const result = await train('a', {}, stopAfter(7));
    expect(result).toMatchObject({ status: 'stopped', iterations: 7 });
    expect(await checkpoints('a')).toEqual(['000005', '000007']);
    expect(await status('a')).toMatchObject({ status: 'stopped', completed: 7 });
    expect(await metrics('a')).toHaveLength(7);
  });

  test.each([1, 4, 5, 11])(
    'a run stopped after %i iterations goes on as if it had not been',
    async (after) => {
      const whole = await train('whole');
      await train('a', {}, stopAfter(after));
      const result = await resume('a');
      expect(await metrics('a')).toEqual(await metrics('whole'));
      expect(result.before).toEqual(whole.before);
      expect(result.after).toEqual(whole.after);
    },
  );

  test.each([0, 3, 6, 9])(
    'a run that breaks in call %i of the device goes on from its last checkpoint',
    async (call) => {
      await train('whole');
      const before = (name: string, count: number): void => {
        if (name === 'optimStep' && count === call) throw new Error('power cut');
      };
      await expect(train('a', {}, { faults: { before } })).rejects.toThrow('power cut');
      expect(await status('a')).toMatchObject({ status: 'failed', error: 'Error: power cut' });
      await resume('a');
      expect(await metrics('a')).toEqual(await metrics('whole'));
    },
  );

  test('what a kill left half-written is cut off', async () => {
    await train('whole');
    await train('a', {}, stopAfter(7));
    await rm(join(folder, 'a', 'checkpoints', '000007'), { recursive: true });
    await appendFile(join(folder, 'a', 'metrics.jsonl'), '{"iteration":7,"rew');
    await appendFile(join(folder, 'a', 'evaluations.jsonl'), '{"iterat');
    await mkdir(join(folder, 'a', 'checkpoints', '.000010.1-1.unfinished'));
    await resume('a');
    expect(await metrics('a')).toEqual(await metrics('whole'));
    expect(await checkpoints('a')).toEqual(['000010', '000012']);
  });

  test('a finished run can be made longer', async () => {
    await train('whole', { iterations: 20 });
    await train('a', { iterations: 12 });
    await resume('a', { iterations: 20 });
    expect(await metrics('a')).toEqual(await metrics('whole'));
  });

  test('a run does not go on as another one', async () => {
    await train('a', {}, stopAfter(2));
    await expect(resume('a', { seed: 3 })).rejects.toThrow(
      /seed: expected 0, as when the run was started, got 3/,
    );
  });

  test('a truncated checkpoint is named with what to do, and the one before it still serves', async () => {
    await train('whole');
    await train('a', {}, stopAfter(11));
    const damaged = join(folder, 'a', 'checkpoints', '000011');
    await truncate(join(damaged, 'letters.json'), 5);
    await expect(resume('a')).rejects.toThrow(
      /000011: expected letters.json of \d+ bytes, got 5 bytes.*Delete this folder/,
    );
    await rm(damaged, { recursive: true });
    await resume('a');
    expect(await metrics('a')).toEqual(await metrics('whole'));
  });

  test('a checkpoint whose state cannot be read is named with what to do', async () => {
    await train('a', {}, stopAfter(7));
    await truncate(join(folder, 'a', 'checkpoints', '000007', 'state.json'), 20);
    await expect(resume('a')).rejects.toThrow(/readable state.json, got broken JSON/);
  });

  test('a folder that holds something is not trained into', async () => {
    await train('a', { iterations: 1 });
    await expect(train('a', { iterations: 1 })).rejects.toThrow(/--resume/);
  });

  test('a folder without a run is not gone on with', async () => {
    const loaded = await loadRunConfig({ value: config('a', {}) });
    await expect(trainRun(loaded, { resume: join(folder, 'none') })).rejects.toThrow(/config.json/);
  });
});

describe('what goes wrong', () => {
  test('a step whose gradient is not finite is skipped and counted', async () => {
    await train('a', {}, { faults: { notFinite: (step) => step === 3 } });
    const lines = await metrics('a');
    expect(lines[3]).toMatchObject({ skipped_steps: 1, policy_version: 3 });
    expect(lines[3]!.grad_norm).toBeUndefined();
    expect(lines[4]).toMatchObject({ skipped_steps: 0, policy_version: 4 });
  });

  test('several such steps in a row stop the run with advice', async () => {
    const faults = { notFinite: (step: number) => step >= 6 };
    const training = train('a', { 'optimizer.maxSkipped': 3 }, { faults });
    await expect(training).rejects.toThrow(
      /the last 3 optimiser steps.*Lower optimizer.learningRate/,
    );
    expect(await metrics('a')).toHaveLength(9);
    expect(await checkpoints('a')).toEqual(['000005']);
  });

  test.each([
    { fault: 'throws', kind: 'environment', said: 'no letters left' },
    {
      fault: 'quality',
      kind: 'invalid-verdict',
      said: 'quality from 0 .worst. to 1 .best., got 7',
    },
  ])(
    'a domain whose every episode fails ($fault) stops the run and says why',
    async ({ fault, kind, said }) => {
      const training = train('a', { 'domains.letters.fault': fault, 'evaluation.tasks': 0 });
      await expect(training).rejects.toThrow(
        new RegExp(`domain letters: expected at most 50 % .*16 did.*16 × ${kind} .*${said}`, 's'),
      );
    },
  );

  test('a full disk says so and keeps the earlier checkpoint', async () => {
    await train('whole');
    const before = (name: string, count: number): void => {
      if (name !== 'save' || count !== 1) return;
      throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
    };
    await expect(train('a', {}, { faults: { before } })).rejects.toThrow(
      /disk is full.*Free some space/,
    );
    expect(await checkpoints('a')).toEqual(['000005']);
    await resume('a');
    expect(await metrics('a')).toEqual(await metrics('whole'));
  });
});

describe('a supervised warm start', () => {
  const sft = { batchSize: 4, heldOut: { demonstrations: 6, every: 5 }, curriculum: undefined };
  async function loadSft(out: string) {
    const { rollout: _, ...rest } = config(out, {}) as Record<string, Json>;
    const { curriculum: __, ...more } = sft;
    return loadSftConfig({ value: { ...rest, ...more, rollout: { sampling: { maxTokens: 2 } } } });
  }

  test('learns the demonstrated answers', async () => {
    const result = await sftRun(await loadSft('a'), { scope: letterScope() });
    const lines = await metrics('a');
    const losses = lines.map(({ held_out_loss }) => held_out_loss);
    expect(losses.map((loss) => loss !== undefined)).toEqual(
      lines.map((_, i) => i % 5 === 0 || i === 11),
    );
    expect(losses.at(-1)).toBeLessThan(losses[0] as number);
    expect(result.after!.domains.letters!.greedy).toBe(1);
  });

  test('stopped in the middle of its stream it goes on as if it had not been', async () => {
    await sftRun(await loadSft('whole'), { scope: letterScope() });
    const controller = new AbortController();
    const listener: RunListener = {
      onIteration: ({ iteration }) => {
        if (iteration === 6) controller.abort(new Error('Ctrl-C'));
      },
    };
    const { signal } = controller;
    await sftRun(await loadSft('a'), { scope: letterScope(), signal, listener });
    const loaded = await loadSftConfig({ file: join(folder, 'a', 'config.json') });
    await sftRun(loaded, { scope: letterScope(), resume: join(folder, 'a') });
    expect(await metrics('a')).toEqual(await metrics('whole'));
  });
});

describe('an evaluation', () => {
  const options = {
    domains: { letters: { plugin: domain } },
    evaluation: { tasks: 10, samples: 3 },
  };

  test('reports shares by domain and category, and keeps every answer', async () => {
    const out = join(folder, 'eval');
    const loaded = await loadEvalConfig({ value: { ...options, out } });
    const report = await evaluateRun(loaded, { scope: letterScope() });
    expect(report).toMatchObject({
      split: 'test',
      domains: { letters: { tasks: 10, failures: 0 } },
    });
    const answers = (await readFile(join(out, 'answers.jsonl'), 'utf8')).trim().split('\n');
    expect(answers).toHaveLength(10 + 30);
    const right = answers
      .map((line) => JSON.parse(line))
      .filter(({ mode, verdict }) => mode === 'sampled' && verdict.correct);
    expect(report.domains.letters!.sampled).toBe(right.length / 30);
    expect(JSON.parse(await readFile(join(out, 'report.json'), 'utf8'))).toEqual(report);
  });

  test('failed episodes are counted and are in no share', async () => {
    const value = setByPath(options, 'domains.letters.fault', 'throws');
    const report = await evaluateRun(await loadEvalConfig({ value }), { scope: letterScope() });
    expect(report.domains.letters).toMatchObject({ tasks: 10, failures: 40 });
    expect(report.domains.letters!.greedy).toBeUndefined();
  });
});
