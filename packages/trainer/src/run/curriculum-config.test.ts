import { fileURLToPath } from 'node:url';
import { ConfigError, type Json, PRESETS } from '@taskspace/core';
import { expect, test, vi } from 'vitest';
import { curriculumOf, wantsBonus } from './curriculum-config.ts';
import { loadRunConfig } from './load-config.ts';

vi.setConfig({ testTimeout: 30_000 });

const plugin = fileURLToPath(new URL('__fixtures__/letters-domain.ts', import.meta.url));
const least = { domains: { letters: { plugin } }, optimizer: { learningRate: 1e-4 } };

async function resolved(value: object) {
  return (await loadRunConfig({ value: { ...least, ...value } as Json })).config;
}

async function problemsOf(value: object): Promise<string> {
  const error = await resolved(value).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ConfigError);
  return (error as ConfigError).message;
}

const EXIT = {
  name: 'exit',
  variant: 'exit',
  capacity: 512,
  minSize: 128,
  selectProbability: 0.5,
  divergeProbability: 0.2,
  kappa: 10,
  expand: 'one',
  maxDepth: null,
  diversityBonus: true,
  keepTruncated: false,
};

test.each([
  [undefined, { name: 'uniform' }],
  ['uniform', { name: 'uniform' }],
  [{}, { name: 'uniform' }],
  ['exit', EXIT],
  [{ name: 'exit' }, EXIT],
  [{ capacity: 8 }, { ...EXIT, capacity: 8, minSize: 2 }],
  ['improve', { ...EXIT, variant: 'improve', divergeProbability: 0, diversityBonus: false }],
])('curriculum %j resolves, and so does what comes of it', async (curriculum, expected) => {
  const config = await resolved(curriculum === undefined ? {} : { curriculum });
  expect(config.curriculum).toEqual(expected);
  const again = await loadRunConfig({ value: JSON.parse(JSON.stringify(config)) });
  expect(again.config).toEqual(config);
});

test('a domain changes what it says and keeps the rest', async () => {
  const config = await resolved({
    curriculum: { variant: 'exit', capacity: 40, selectProbability: 0.3 },
    domains: { letters: { plugin, curriculum: { minSize: 5 } } },
  });
  expect(curriculumOf(config, 'letters')).toEqual({
    ...EXIT,
    capacity: 40,
    minSize: 5,
    selectProbability: 0.3,
  });
});

test('a variant of its own starts afresh where the variant decides', async () => {
  const config = await resolved({
    curriculum: { variant: 'exit', capacity: 40, selectProbability: 0.3 },
    domains: { letters: { plugin, curriculum: 'grpo' } },
  });
  expect(curriculumOf(config, 'letters')).toMatchObject({ capacity: 40, selectProbability: 0 });
  expect(wantsBonus(config, 'letters')).toBe(false);
});

test('a preset lies beneath what is given', async () => {
  const config = await resolved({
    preset: 'paper/tooluse/improve',
    curriculum: { minSize: 4 },
    rollout: { prompts: 3 },
    optimizer: {},
  });
  expect(config).toMatchObject({
    curriculum: { variant: 'improve', capacity: 640, minSize: 4, divergeProbability: 0 },
    rollout: { prompts: 3, groupSize: 8 },
    objective: { name: 'dr-grpo', overLong: 'mask', epochs: 2, normalise: 'none' },
    optimizer: { learningRate: 5e-7 },
  });
});

test('every preset of the paper resolves', async () => {
  for (const preset of Object.keys(PRESETS)) {
    const [, , variant] = preset.split('/');
    expect(await resolved({ preset, optimizer: {} })).toMatchObject({ curriculum: { variant } });
  }
});

test("a domain's preset sets what a domain can have of its own", async () => {
  const preset = 'paper/mle/exit';
  const config = await resolved({ domains: { letters: { plugin, preset } } });
  expect(config.curriculum).toEqual({ name: 'uniform' });
  // The only domain's number of prompts is the run's.
  expect(config.rollout).toMatchObject({ prompts: 4, groupSize: 8 });
  expect(config.objective).toMatchObject({ name: 'grpo', clipHigh: 0.2 });
  expect(curriculumOf(config, 'letters')).toMatchObject({ capacity: 24, divergeProbability: 0.5 });
  expect(config.domains.letters).not.toHaveProperty('preset');
});

test('an objective by name is not mixed with that of the preset', async () => {
  const config = await resolved({ preset: 'paper/tooluse/exit', objective: { name: 'grpo' } });
  expect(config.objective).toMatchObject({ name: 'grpo', normalise: 'std', overLong: 'keep' });
});

test('a plain text names an embedder or an encoder', async () => {
  expect((await resolved({})).embedder).toEqual({ kind: 'policy' });
  expect((await resolved({ embedder: 'none' })).embedder).toEqual({ kind: 'none' });
  expect((await resolved({ embedder: '/models/bert' })).embedder).toEqual({
    kind: 'bert',
    path: '/models/bert',
  });
});

test.each([
  [{ curriculum: { capacity: 4, minSize: 9 } }, /curriculum\.minSize: .*capacity, 4/],
  [{ curriculum: { selectProbability: 1.5 } }, /curriculum\.selectProbability: .*1\.5/],
  [{ curriculum: { kappa: Number.POSITIVE_INFINITY } }, /curriculum\.kappa/],
  [{ curriculum: 'exite' }, /curriculum: expected/],
  [{ curriculum: { variant: 'divrge' } }, /variant.*Did you mean "diverge"/s],
  [{ curriculum: { name: 'uniform', capacity: 4 } }, /curriculum\.capacity: .*uniform/],
  [{ preset: 'paper/maths/exit' }, /preset: .*Did you mean "paper\/math\/exit"/],
  [{ embedder: 'bert' }, /embedder\.path: expected a folder/],
  [{ embedder: 'none', curriculum: 'exit' }, /curriculum: expected diversityBonus false/],
  [
    { domains: { letters: { plugin, curriculum: { minSize: 900 } } }, curriculum: 'exit' },
    /domains\.letters\.curriculum\.minSize/,
  ],
  [{ budget: { tokens: -1 } }, /budget\.tokens/],
])('%j is a problem', async (value, message) => {
  expect(await problemsOf(value)).toMatch(message);
});

test('contradictions of several sections are reported at once', async () => {
  const message = await problemsOf({
    curriculum: { capacity: 4, minSize: 9 },
    domains: { letters: { plugin, curriculum: { variant: 'grpo', selectProbability: 0.1 } } },
  });
  expect(message).toMatch(/curriculum\.minSize/);
  expect(message).toMatch(/domains\.letters\.curriculum\.selectProbability/);
});
