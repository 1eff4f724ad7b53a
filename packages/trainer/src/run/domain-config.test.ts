import { fileURLToPath } from 'node:url';
import { ConfigError, type Json } from '@taskspace/core';
import { describe, expect, test, vi } from 'vitest';
import { episodesOf, objectiveOf, withDomainsOf } from './domain-config.ts';
import { loadEvalConfig, loadRunConfig } from './load-config.ts';

vi.setConfig({ testTimeout: 30_000 });

const plugin = fileURLToPath(new URL('__fixtures__/letters-domain.ts', import.meta.url));
const digits = fileURLToPath(new URL('__fixtures__/digits-domain.ts', import.meta.url));

/** A run of two domains. */
async function resolved(letters: object, more: object = {}, other: object = {}) {
  const domains = { letters: { plugin, ...letters }, digits: { plugin: digits, ...other } };
  const value = { domains, optimizer: { learningRate: 1e-4 }, ...more };
  return (await loadRunConfig({ value: value as Json })).config;
}

async function problemOf(...sections: Parameters<typeof resolved>): Promise<string> {
  const error = await resolved(...sections).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ConfigError);
  return (error as ConfigError).message;
}

describe('a domain with settings of its own', () => {
  test("plays its episodes by them, the other by the run's", async () => {
    const rollout = { groupSize: 4, sampling: { maxTokens: 9 } };
    const config = await resolved({ rollout }, { rollout: { sampling: { temperature: 0.7 } } });
    expect(episodesOf(config, 'letters')).toMatchObject({
      groupSize: 4,
      sampling: { maxTokens: 9, temperature: 0.7 },
    });
    expect(episodesOf(config, 'digits')).toMatchObject({
      groupSize: 8,
      sampling: { maxTokens: 64 },
    });
  });

  test('names an objective, which starts afresh from what the name sets', async () => {
    const objective = { name: 'dr-grpo', overLong: 'mask' };
    const config = await resolved({ objective }, { objective: { name: 'dapo', epochs: 2 } });
    expect(objectiveOf(config, 'letters')).toMatchObject({
      normalise: 'none',
      aggregation: 'constant-length',
      overLong: 'mask',
      zeroVariance: 'keep',
      clipHigh: 0.2,
      epochs: 2,
    });
    expect(objectiveOf(config, 'digits')).toMatchObject({ name: 'dapo', clipHigh: 0.28 });
  });

  test('divides by its own greatest length, unless the run says one', async () => {
    const own = { rollout: { maxTurns: 3, sampling: { maxTokens: 10 } } };
    expect(objectiveOf(await resolved(own), 'letters').maxLength).toBe(30);
    expect(objectiveOf(await resolved(own), 'digits').maxLength).toBe(64);
    const config = await resolved(own, { objective: { maxLength: 7 } });
    expect(objectiveOf(config, 'letters').maxLength).toBe(7);
  });

  test.each([
    [{ rollout: { prompts: 5 }, objective: { klCoefficient: 0.1 } }, {}],
    [{ preset: 'paper/tooluse/exit' }, { preset: 'paper/mle/improve' }],
  ])('resolves to a config that resolves to itself: %#', async (letters, other) => {
    const config = await resolved(letters, {}, other);
    const again = await loadRunConfig({ value: JSON.parse(JSON.stringify(config)) });
    expect(again.config).toEqual(config);
  });
});

describe('presets of the paper in one run', () => {
  test('give each domain its numbers', async () => {
    const config = await resolved(
      { preset: 'paper/tooluse/exit' },
      {},
      { preset: 'paper/mle/exit' },
    );
    expect(config.rollout.prompts).toBe(16 + 4);
    expect(objectiveOf(config, 'letters')).toMatchObject({
      name: 'dr-grpo',
      normalise: 'none',
      overLong: 'mask',
      epochs: 2,
    });
    expect(objectiveOf(config, 'digits')).toMatchObject({ name: 'grpo', epochs: 1 });
    expect(config.domains).toMatchObject({
      letters: { rollout: { prompts: 16 }, curriculum: { capacity: 640 } },
      digits: { rollout: { prompts: 4 }, curriculum: { capacity: 24, divergeProbability: 0.5 } },
    });
  });

  test('lie beneath what the domain says: a weight goes before a number of prompts', async () => {
    const config = await resolved({
      preset: 'paper/tooluse/exit',
      weight: 2,
      objective: { name: 'grpo' },
    });
    expect(config.domains.letters!.rollout!.prompts).toBeUndefined();
    expect(objectiveOf(config, 'letters')).toMatchObject({ normalise: 'std', overLong: 'keep' });
  });
});

test.each<[...Parameters<typeof resolved>, RegExp]>([
  [{ optimizer: { learningRate: 1 } }, {}, {}, /domains\.letters\.optimizer/],
  [{ objective: { miniBatches: 2 } }, {}, {}, /domains\.letters\.objective\.miniBatches/],
  [{ objective: { reference: { every: 2 } } }, {}, {}, /domains\.letters\.objective\.reference/],
  [{ rollout: { prompt: 2 } }, {}, {}, /Did you mean "prompts"/],
  [{ weight: 3, rollout: { prompts: 2 } }, {}, {}, /letters\.weight: expected no weight beside/],
  [{ rollout: { prompts: 32 } }, {}, {}, /more than the 32 .* left for digits, got 32/],
  [
    { rollout: { prompts: 3 } },
    { rollout: { prompts: 9 } },
    { rollout: { prompts: 4 } },
    /rollout\.prompts: expected 7, the sum .*, got 9/,
  ],
  [{}, { mix: { floor: 0.6 } }, {}, /mix\.floor: expected at most 1\/2/],
  [{ weight: 0 }, { mix: { floor: 0.2 } }, {}, /mix\.floor: expected at least two domains/],
])('%j with %j and %j is a problem', async (letters, more, other, message) => {
  expect(await problemOf(letters, more, other)).toMatch(message);
});

describe('without a domain', () => {
  const of = async (...sections: Parameters<typeof resolved>) =>
    withDomainsOf(await resolved(...sections), new Set(['letters']));

  test('its number of prompts is not drawn', async () => {
    const config = await of({}, { rollout: { prompts: 9 } }, { rollout: { prompts: 4 } });
    expect(Object.keys(config.domains)).toEqual(['letters']);
    expect(config.rollout.prompts).toBe(5);
  });

  test('its share is that of the others, and a floor for one alone goes', async () => {
    const config = await of({}, { rollout: { prompts: 9 }, mix: { floor: 0.3 } });
    expect(config.rollout.prompts).toBe(9);
    expect(config.mix.floor).toBe(0);
  });

  test('nobody is left to take its share where the others have exact numbers', async () => {
    const config = await of({ rollout: { prompts: 4 } }, { rollout: { prompts: 9 } });
    expect(config.rollout.prompts).toBe(4);
  });

  test.each<Parameters<typeof resolved>>([
    [{}, { rollout: { prompts: 9 } }, { rollout: { prompts: 4 } }],
    [{}, { mix: { floor: 0.3 } }, {}],
    [{ rollout: { prompts: 4 } }, {}, {}],
  ])('what is left can be resumed: %#', async (...sections) => {
    const config = await of(...sections);
    const again = await loadRunConfig({ value: JSON.parse(JSON.stringify(config)) });
    expect(again.config).toEqual(config);
  });
});

test('an evaluation plays by them, and takes nothing that is of training', async () => {
  const domain = (rollout: object) => ({ domains: { letters: { plugin, rollout } } }) as Json;
  const { config } = await loadEvalConfig({ value: domain({ maxTurns: 2 }) });
  expect(episodesOf(config, 'letters').maxTurns).toBe(2);
  await expect(loadEvalConfig({ value: domain({ groupSize: 2 }) })).rejects.toThrow(/groupSize/);
});
