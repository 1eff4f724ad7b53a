import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ConfigError, type Json } from '@taskspace/core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { EVAL_SCHEMA, RUN_SCHEMA, SFT_SCHEMA } from './config-schema.ts';
import { loadEvalConfig, loadRunConfig } from './load-config.ts';

const plugin = fileURLToPath(new URL('__fixtures__/letters-domain.ts', import.meta.url));
const least = { domains: { letters: { plugin } }, optimizer: { learningRate: 1e-4 } };

let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'config-'));
});

afterEach(() => rm(folder, { recursive: true }));

async function problemsOf(value: Json): Promise<string> {
  const error = await loadRunConfig({ value }).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ConfigError);
  return (error as ConfigError).message;
}

test('the least config is filled with defaults', async () => {
  const { config, domains } = await loadRunConfig({ value: least });
  expect(domains.map(({ name }) => name)).toEqual(['letters']);
  expect(config).toMatchObject({
    name: 'run',
    seed: 0,
    policy: { path: 'pocket' },
    domains: { letters: { fault: 'none', weight: 1 } },
    rollout: { prompts: 32, groupSize: 8, sampling: { temperature: 1 } },
    objective: { name: 'grpo', normalise: 'std', aggregation: 'sequence-mean', maxLength: 64 },
    evaluation: { split: 'test' },
  });
});

test('a resolved config resolves to itself', async () => {
  const { config } = await loadRunConfig({ value: { ...least, objective: { name: 'dapo' } } });
  const again = await loadRunConfig({ value: JSON.parse(JSON.stringify(config)) });
  expect(again.config).toEqual(config);
});

test.each([
  ['grpo', { normalise: 'std', aggregation: 'sequence-mean', clipHigh: 0.2, overLong: 'keep' }],
  ['dr-grpo', { normalise: 'none', aggregation: 'constant-length', zeroVariance: 'keep' }],
  ['dapo', { aggregation: 'token-mean', clipHigh: 0.28, overLong: 'mask', zeroVariance: 'mask' }],
])('the objective %s sets what it is made of', async (name, parts) => {
  const { config } = await loadRunConfig({ value: { ...least, objective: { name } } });
  expect(config.objective).toMatchObject(parts);
});

test('a field beside the name of an objective overrides it', async () => {
  const objective = { name: 'dapo', clipHigh: 0.5 };
  const { config } = await loadRunConfig({ value: { ...least, objective } });
  expect(config.objective).toMatchObject({ clipHigh: 0.5, overLong: 'mask' });
});

test('a plain text is the path of the policy, relative to the file', async () => {
  const file = join(folder, 'run.yaml');
  await writeFile(
    file,
    `policy: ./mine\ndomains: { letters: { plugin: ${plugin} } }\noptimizer: { learningRate: 1 }\n`,
  );
  const { config } = await loadRunConfig({ file });
  expect(config.policy).toEqual({ path: join(folder, 'mine') });
});

describe('adapters', () => {
  const policy = (lora: Json, more: { readonly [key: string]: Json } = {}) => ({
    ...least,
    policy: { path: 'pocket', lora, ...more },
  });

  test('an empty section is filled with defaults, and none is made of nothing', async () => {
    const { config } = await loadRunConfig({ value: policy({}) });
    const lora = { rank: 8, alpha: 16, targets: ['all-linear'], dropout: 0 };
    expect(config.policy).toEqual({ path: 'pocket', lora });
    expect((await loadRunConfig({ value: least })).config.policy).toEqual({ path: 'pocket' });
    const resolved = { value: JSON.parse(JSON.stringify(config)) };
    expect((await loadRunConfig(resolved)).config).toEqual(config);
  });

  test('one target may stand without a list', async () => {
    const { config } = await loadRunConfig({ value: policy({ targets: 'q_proj' }) });
    expect(config.policy.lora?.targets).toEqual(['q_proj']);
  });

  test('an unknown target is refused with what was meant', async () => {
    expect(await problemsOf(policy({ targets: ['q_proj', 'k_porj'] }))).toMatch(
      /policy\.lora\.targets\[1\]: expected one of .*, got "k_porj"\. Did you mean "k_proj"\?/u,
    );
  });

  test('fresh weights below adapters are refused, and a reference moved part of the way', async () => {
    const objective = { klCoefficient: 0.1, reference: { mix: 0.5 } };
    const message = await problemsOf({ ...policy({}, { init: 1 }), objective });
    expect(message).toMatch(/policy\.init: expected it left out beside policy\.lora/u);
    expect(message).toMatch(/objective\.reference\.mix: expected 0 or 1 beside policy\.lora/u);
  });

  test('an evaluation trains none, so it takes none', async () => {
    const value = { domains: least.domains, policy: { path: 'pocket', lora: {} } };
    await expect(loadEvalConfig({ value })).rejects.toThrow(/policy\.lora.*unknown key/u);
  });
});

test('values can be put over a file', async () => {
  const file = join(folder, 'run.yaml');
  await writeFile(file, JSON.stringify(least));
  const set = [
    { path: 'rollout.prompts', value: 2 },
    { path: 'domains.letters.fault', value: 'throws' },
  ];
  const { config } = await loadRunConfig({ file, set });
  expect(config).toMatchObject({
    rollout: { prompts: 2 },
    domains: { letters: { fault: 'throws' } },
  });
});

test('a path put over a file is relative to the current folder', async () => {
  const file = join(folder, 'run.yaml');
  await writeFile(file, JSON.stringify(least));
  const { config } = await loadRunConfig({
    file,
    set: [{ path: 'policy', value: 'runs/a/policy' }],
  });
  expect(config.policy.path).toBe(resolve('runs/a/policy'));
});

test('every problem is reported at once, with its path', async () => {
  const message = await problemsOf({
    ...least,
    seed: -1,
    rolout: {},
    rollout: { groupSize: 1, sampling: { temperature: 0 } },
    domains: { letters: { plugin, fault: 'loud' } },
  });
  expect(message).toMatch(/seed: expected an integer of at least 0, got -1/);
  expect(message).toMatch(/rolout.*rollout/);
  expect(message).toMatch(/rollout\.groupSize/);
  expect(message).toMatch(/rollout\.sampling\.temperature/);
  expect(message).toMatch(/domains\.letters\.fault/);
});

test('a missing learning rate is a problem', async () => {
  expect(await problemsOf({ domains: least.domains, optimizer: {} })).toMatch(/learningRate/);
});

test('a domain under another name than its own is a problem', async () => {
  expect(await problemsOf({ ...least, domains: { words: { plugin } } })).toMatch(
    /domains\.words: expected a domain named "words", got a plugin that calls itself "letters"/,
  );
});

test('an unknown domain says what is installed', async () => {
  await expect(loadRunConfig({ value: { ...least, domains: { maths: {} } } })).rejects.toThrow(
    /plugin maths: expected an installed domain.*Did you mean "math"/,
  );
});

test.each([
  ['missing', null, /none that can be read \(ENOENT\)/],
  ['not YAML', 'a: [', /expected valid YAML or JSON, got .*line 1/s],
  ['not an object', '- 1', /expected an object, got \[1\]/],
])('a file that is %s says so', async (_, text, message) => {
  const file = join(folder, 'run.yaml');
  if (text !== null) await writeFile(file, text);
  await expect(loadRunConfig({ file })).rejects.toThrow(message);
});

test('every setting is described', () => {
  const undescribed = [RUN_SCHEMA, SFT_SCHEMA, EVAL_SCHEMA].flatMap((schema) =>
    missing(schema, ''),
  );
  expect(undescribed).toEqual([]);
});

interface Node {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Node>>;
}

function missing(schema: unknown, path: string): string[] {
  const { description, properties = {} } = schema as Node;
  const here = path !== '' && description === undefined ? [path] : [];
  return [
    ...here,
    ...Object.entries(properties).flatMap(([name, node]) => missing(node, `${path}.${name}`)),
  ];
}

test('owner/name is a model of the hub, in a file, on the command line and in a saved config', async () => {
  const file = join(folder, 'hub.yaml');
  await writeFile(
    file,
    `policy: owner/name\ndomains: { letters: { plugin: ${plugin} } }\noptimizer: { learningRate: 1 }\n`,
  );
  const { config } = await loadRunConfig({ file });
  expect(config.policy).toEqual({ path: 'owner/name', revision: 'main' });
  const set = [{ path: 'policy', value: 'other/name@v2' }];
  const { config: other } = await loadRunConfig({ file, set });
  expect(other.policy).toEqual({ path: 'other/name', revision: 'v2' });
  const { config: again } = await loadRunConfig({ value: JSON.parse(JSON.stringify(other)) });
  expect(again.policy).toEqual(other.policy);
});
