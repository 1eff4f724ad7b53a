import { fileURLToPath } from 'node:url';
import { expect, test, vi } from 'vitest';
import { loadEvalConfig, loadRunConfig } from '../load-config.ts';
import { type AblateOptions, reportedJobs, tuningJobs, variantOf } from './plan.ts';

vi.setConfig({ testTimeout: 30_000 });

const plugin = fileURLToPath(new URL('../__fixtures__/letters-domain.ts', import.meta.url));
const value = {
  seed: 3,
  domains: { letters: { plugin } },
  curriculum: { variant: 'exit', capacity: 20, selectProbability: 0.4 },
  optimizer: { learningRate: 1e-4 },
  evaluation: { tasks: 8 },
};
const options: AblateOptions = {
  variants: ['grpo', 'exit'],
  seeds: 2,
  tokens: 1000,
  rewrites: [0, 1],
  learningRates: [1e-4, 2e-4],
  tuningSeeds: 1,
  jobs: 2,
};

async function config(change: object = {}) {
  return (await loadRunConfig({ value: { ...value, ...change } })).config;
}

test('every variant runs with every seed on the same tokens, after the policy before training', async () => {
  const jobs = reportedJobs(await config(), options, () => 5e-5);
  expect(jobs.map(({ variant, seed }) => [variant, seed])).toEqual([
    ['base', 3],
    ['base', 4],
    ['grpo', 3],
    ['exit', 3],
    ['grpo', 4],
    ['exit', 4],
  ]);
  for (const { train, variant } of jobs.slice(2)) {
    expect(train).toMatchObject({
      budget: { tokens: 1000 },
      optimizer: { learningRate: 5e-5 },
      evaluation: { tasks: 0 },
      threads: 1,
      curriculum: { variant, capacity: 20 },
    });
  }
});

test('what the jobs are given can be loaded', async () => {
  const [base, , run] = reportedJobs(await config(), options, () => 5e-5);
  const evaluate = JSON.parse(JSON.stringify(base!.evaluate));
  expect((await loadEvalConfig({ value: evaluate })).config.evaluation.rewrites).toEqual([0, 1]);
  const train = JSON.parse(JSON.stringify(run!.train));
  expect((await loadRunConfig({ value: train })).config.curriculum).toMatchObject({
    variant: 'grpo',
    selectProbability: 0,
  });
});

test('learning rates are chosen on validation tasks with seeds that are not reported', async () => {
  const loaded = await config();
  const jobs = tuningJobs(loaded, options);
  expect(jobs).toHaveLength(4);
  const reported = reportedJobs(loaded, options, () => 1e-4).map(({ seed }) => seed);
  for (const { seed, evaluate } of jobs) {
    expect(reported).not.toContain(seed);
    expect(evaluate).toMatchObject({ evaluation: { split: 'validation' } });
  }
  expect(tuningJobs(loaded, { ...options, learningRates: [] })).toEqual([]);
});

test('validation tasks cannot be reported when they choose the learning rates', async () => {
  const loaded = await config({ evaluation: { tasks: 8, split: 'validation' } });
  expect(() => tuningJobs(loaded, options)).toThrow(/evaluation\.split: expected another split/);
});

test('a variant keeps what the config chose for all, and has its own switches', async () => {
  const { curriculum } = await config();
  expect(variantOf(curriculum, 'improve')).toMatchObject({
    capacity: 20,
    selectProbability: 0.4,
    divergeProbability: 0,
    diversityBonus: false,
  });
  expect(variantOf(curriculum, 'exit')).toEqual(curriculum);
  expect(variantOf({ name: 'uniform' }, 'grpo')).toMatchObject({ selectProbability: 0 });
});
