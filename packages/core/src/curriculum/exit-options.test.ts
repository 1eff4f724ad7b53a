import { describe, expect, test } from 'vitest';
import { ConfigError } from '../errors.ts';
import { type ExitOptions, type ExitVariant, resolveExit } from './exit-options.ts';
import { PRESETS, type PresetName } from './presets.ts';

describe('resolveExit', () => {
  test('fills in the whole method', () => {
    expect(resolveExit({})).toEqual({
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
    });
  });

  test.each<[ExitVariant, number, number, boolean]>([
    ['grpo', 0, 0, false],
    ['curriculum', 0.5, 0, false],
    ['improve', 0.5, 0, false],
    ['diverge', 0.5, 0.2, false],
    ['exit', 0.5, 0.2, true],
  ])('knows %s', (variant, selectProbability, divergeProbability, diversityBonus) => {
    const expected = { variant, selectProbability, divergeProbability, diversityBonus };
    expect(resolveExit({ variant })).toMatchObject(expected);
  });

  test('lets fields that are given win, and ignores undefined', () => {
    const given = { variant: 'improve', divergeProbability: 0.3, kappa: undefined } as const;
    expect(resolveExit(given)).toMatchObject({ divergeProbability: 0.3, kappa: 10 });
  });

  test('takes a quarter of the capacity as minimum size', () => {
    expect(resolveExit({ capacity: 10 }).minSize).toBe(3);
    expect(resolveExit({ capacity: 1 }).minSize).toBe(1);
  });

  test('is its own fixed point', () => {
    const options = resolveExit({ variant: 'diverge', maxDepth: 8 });
    expect(resolveExit(options)).toEqual(options);
    expect(resolveExit(resolveExit({}))).toEqual(resolveExit({}));
  });

  test.each<[Partial<ExitOptions> | object, string]>([
    [{ capacity: 10, minSize: 11 }, 'minSize: expected at most the capacity, 10'],
    [{ capacity: 0 }, 'capacity: expected an integer'],
    [{ selectProbability: 1.1 }, 'selectProbability: expected a number from 0 to 1, got 1.1'],
    [{ selectProbability: -0.1 }, 'selectProbability: expected a number from 0 to 1, got -0.1'],
    [{ divergeProbability: Number.NaN }, 'expected a number from 0 to 1, got NaN'],
    [{ kappa: Number.NaN }, 'kappa: expected a number from -1000000 to 1000000, got NaN'],
    [{ kappa: Number.POSITIVE_INFINITY }, 'kappa: expected a number from'],
    [{ maxDepth: 0 }, 'maxDepth: expected an integer of at least 1, got 0'],
    [{ expand: 'some' }, 'expand: expected one of "one", "all", "best", got "some"'],
    [{ capacty: 3 }, 'Did you mean "capacity"?'],
    [{ variant: 'grpo', selectProbability: 0.5 }, 'selectProbability: expected 0 with variant'],
    [{ variant: 'curriculum', divergeProbability: 0.2 }, 'divergeProbability: expected 0 with'],
  ])('refuses %j', (given, message) => {
    expect(() => resolveExit(given, 'test')).toThrow(ConfigError);
    expect(() => resolveExit(given, 'test')).toThrow(message);
  });
});

describe('presets', () => {
  test('are one for each setting and variant, and resolve', () => {
    expect(Object.keys(PRESETS)).toHaveLength(15);
    for (const [name, { curriculum }] of Object.entries(PRESETS)) {
      expect(resolveExit(curriculum, name)).toMatchObject(curriculum);
    }
  });

  test.each<[PresetName, object]>([
    [
      'paper/math/exit',
      {
        curriculum: { capacity: 512, minSize: 128, selectProbability: 0.5 },
        rollout: { prompts: 128, groupSize: 8 },
        objective: { epochs: 1, klCoefficient: 0.001, reference: { every: 100, mix: 1 } },
        optimizer: { learningRate: 1e-6 },
      },
    ],
    [
      'paper/tooluse/curriculum',
      {
        curriculum: { capacity: 320, minSize: 320, selectProbability: 0.2 },
        rollout: { prompts: 16, groupSize: 8 },
        objective: { name: 'dr-grpo', epochs: 2 },
        optimizer: { learningRate: 5e-7 },
      },
    ],
    [
      'paper/mle/exit',
      {
        curriculum: { capacity: 24, minSize: 3, divergeProbability: 0.5, diversityBonus: true },
        rollout: { prompts: 4, groupSize: 8 },
        objective: { reference: { every: 100, mix: 0.5 } },
      },
    ],
    ['paper/mle/grpo', { curriculum: { variant: 'grpo', selectProbability: 0 } }],
  ])('%s has the numbers of the paper', (name, expected) => {
    expect(PRESETS[name]).toMatchObject(expected);
  });
});
