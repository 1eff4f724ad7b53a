import { describe, expect, test } from 'vitest';
import { composeConfigSchema, domainOptions, validateConfig } from './config.ts';
import { type Domain, defineDomain } from './domain.ts';
import { ConfigError, type ConfigProblem } from './errors.ts';

interface MathOptions {
  readonly split: 'starter' | 'full';
  readonly limit: number;
  readonly levels: readonly number[];
  readonly folder?: string;
}

const create = () => Promise.reject(new Error('never created'));

const math = defineDomain<MathOptions>({
  name: 'math',
  version: '0.1.0',
  options: {
    type: 'object',
    additionalProperties: false,
    required: [],
    properties: {
      split: { type: 'string', enum: ['starter', 'full'], default: 'starter' },
      limit: { type: 'integer', minimum: 1, default: 100 },
      levels: { type: 'array', items: { type: 'integer', minimum: 1, maximum: 5 }, default: [1] },
      folder: { type: 'string', nullable: true },
    },
  },
  create,
});

const tree = defineDomain<{ root?: unknown }>({
  name: 'tree',
  version: '0.1.0',
  options: {
    type: 'object',
    properties: { root: { $ref: '#/$defs/node' } },
    $defs: {
      node: {
        type: 'object',
        additionalProperties: false,
        properties: { left: { $ref: '#/$defs/node' }, value: { type: 'integer' } },
      },
    },
  } as never,
  create,
});

const base = {
  type: 'object',
  required: ['seed'],
  properties: {
    seed: { type: 'integer' },
    learningRate: { type: 'number', exclusiveMinimum: 0, default: 0.001 },
    sampler: {
      type: 'object',
      additionalProperties: false,
      default: {},
      properties: {
        temperature: { type: 'number', minimum: 0, maximum: 2, default: 1 },
        device: { type: 'string', enum: ['auto', 'cpu', 'webgpu'], default: 'auto' },
      },
    },
    curriculum: {
      type: 'object',
      discriminator: { propertyName: 'name' },
      required: ['name'],
      oneOf: [
        {
          additionalProperties: false,
          properties: { name: { const: 'uniform' } },
        },
        {
          additionalProperties: false,
          properties: { name: { const: 'exit' }, capacity: { type: 'integer', minimum: 1 } },
        },
      ],
    },
    stop: {
      anyOf: [
        { type: 'integer', minimum: 1 },
        {
          type: 'object',
          additionalProperties: false,
          required: ['minutes'],
          properties: { minutes: { type: 'number' } },
        },
      ],
    },
  },
};

const schema = composeConfigSchema(base, [math, tree]);

function problemsOf(value: unknown): readonly ConfigProblem[] {
  try {
    validateConfig(schema, value);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe('validateConfig', () => {
  test('fills in defaults, nested ones too, and leaves the value alone', () => {
    const value = { seed: 1, domains: { math: { limit: 5 } } };
    expect(validateConfig(schema, value)).toEqual({
      seed: 1,
      learningRate: 0.001,
      sampler: { temperature: 1, device: 'auto' },
      domains: { math: { split: 'starter', limit: 5, levels: [1], weight: 1 } },
    });
    expect(value).toEqual({ seed: 1, domains: { math: { limit: 5 } } });
  });

  test('adds no section for a domain that the config does not name', () => {
    const { domains } = validateConfig<{ domains: object }>(schema, {
      seed: 1,
      domains: { math: {} },
    });
    expect(Object.keys(domains)).toEqual(['math']);
  });

  test('takes an empty section and an empty optional key as YAML gives them', () => {
    const value = { seed: 1, domains: { math: null, tree: { plugin: './tree.ts', weight: 2 } } };
    expect(validateConfig(schema, value)).toMatchObject({ domains: { math: { limit: 100 } } });
    const folder = { seed: 1, domains: { math: { folder: null } } };
    expect(
      validateConfig<{ domains: { math: object } }>(schema, folder).domains.math,
    ).not.toHaveProperty('folder');
  });

  test('reports every problem at once', () => {
    const problems = problemsOf({
      seed: '1',
      learning_rate: 1,
      domains: { math: { splits: 'full', limit: 0, levels: [9, 1, 'x'] }, maths: {} },
    });
    expect(problems.map(({ path }) => path).toSorted()).toEqual([
      'domains.math.levels[0]',
      'domains.math.levels[2]',
      'domains.math.limit',
      'domains.math.splits',
      'domains.maths',
      'learning_rate',
      'seed',
    ]);
  });

  test.each([
    [{ domains: { math: {} } }, 'seed', 'an integer', 'nothing', undefined],
    [{ seed: 1.5, domains: { math: {} } }, 'seed', 'an integer', '1.5', undefined],
    [{ seed: Number.NaN, domains: { math: {} } }, 'seed', 'an integer', 'NaN', undefined],
    [{ seed: 1, domains: {} }, 'domains', 'an object of at least 1 key', '{}', undefined],
    [
      { seed: 1, learningRate: 0, domains: { math: {} } },
      'learningRate',
      'a number above 0',
      '0',
      undefined,
    ],
    [
      { seed: 1, domains: { math: { levels: [9] } } },
      'domains.math.levels[0]',
      'an integer from 1 to 5',
      '9',
      undefined,
    ],
    [
      { seed: 1, domains: { math: { levels: 3 } } },
      'domains.math.levels',
      'a list, each an integer from 1 to 5,',
      '3',
      undefined,
    ],
    [
      { seed: 1, domains: { math: { split: 'ful' } } },
      'domains.math.split',
      'one of "starter", "full"',
      '"ful"',
      'Did you mean "full"?',
    ],
    [
      { seed: 1, domains: { maths: {} } },
      'domains.maths',
      'one of the keys "math", "tree"',
      'the unknown key "maths"',
      'Did you mean "math"?',
    ],
    [
      { seed: 1, domains: { tree: { rot: {} } } },
      'domains.tree.rot',
      'one of the keys "plugin", "weight", "optional", "root"',
      'the unknown key "rot"',
      'Did you mean "root"?',
    ],
    [
      { seed: 1, sampler: { device: 'gpu' }, domains: { math: {} } },
      'sampler.device',
      'one of "auto", "cpu", "webgpu"',
      '"gpu"',
      'Did you mean "cpu"?',
    ],
    [
      { seed: 1, curriculum: { name: 'exist' }, domains: { math: {} } },
      'curriculum.name',
      'one of "uniform", "exit"',
      '"exist"',
      'Did you mean "exit"?',
    ],
    [
      { seed: 1, curriculum: { name: 'exit', capacity: 0 }, domains: { math: {} } },
      'curriculum.capacity',
      'an integer of at least 1',
      '0',
      undefined,
    ],
    [
      { seed: 1, stop: 'soon', domains: { math: {} } },
      'stop',
      'an integer of at least 1 or an object',
      '"soon"',
      undefined,
    ],
    [
      { seed: 1, stop: { minute: 3, minutes: 3 }, domains: { math: {} } },
      'stop.minute',
      'one of the keys "minutes"',
      'the unknown key "minute"',
      'Did you mean "minutes"?',
    ],
    [
      { seed: 1, domains: { tree: { root: { left: { value: 'x' } } } } },
      'domains.tree.root.left.value',
      'an integer',
      '"x"',
      undefined,
    ],
    [
      { seed: 1, 'a.b': 2, domains: { math: {} } },
      '["a.b"]',
      /one of the keys/u,
      /a\.b/u,
      undefined,
    ],
    [null, '', 'an object', 'null', undefined],
  ])('%j: names path, expected, got and near miss', (value, path, expected, got, suggestion) => {
    const [problem, ...others] = problemsOf(value);
    expect(others).toEqual([]);
    expect(problem).toMatchObject({
      path,
      expected: typeof expected === 'string' ? expected : expect.stringMatching(expected),
      got: typeof got === 'string' ? got : expect.stringMatching(got),
    });
    expect(problem?.suggestion).toBe(suggestion);
  });

  test('refuses a __proto__ key wherever it stands', () => {
    const value = JSON.parse('{"seed":1,"domains":{"math":{"__proto__":{"limit":7}}}}');
    expect(problemsOf(value)).toEqual([
      {
        path: 'domains.math.__proto__',
        expected: 'no key named __proto__',
        got: '{"limit":7}',
      },
    ]);
  });

  test('the message reads as one list', () => {
    const message = () =>
      validateConfig(schema, { seed: 'x', domains: { math: { split: 'ful' } } }, 'run.yaml');
    expect(message).toThrow(
      'run.yaml: 2 problems\n  - seed: expected an integer, got "x".\n' +
        '  - domains.math.split: expected one of "starter", "full", got "ful". Did you mean "full"?',
    );
  });
});

describe('composeConfigSchema', () => {
  test('refuses a base that has domains of its own', () => {
    expect(() => composeConfigSchema({ type: 'object', properties: { domains: {} } }, [])).toThrow(
      'without the property "domains"',
    );
  });

  test('keeps a schema that allows other keys open', () => {
    const open: Domain = {
      ...math,
      name: 'open',
      options: { type: 'object', additionalProperties: true },
    };
    const value = { domains: { open: { anything: 1 } } };
    expect(validateConfig(composeConfigSchema({}, [open]), value)).toMatchObject(value);
  });
});

test('domainOptions leaves out what the run config put beside the options', () => {
  expect(domainOptions({ plugin: 'x', weight: 2, limit: 3 })).toEqual({ limit: 3 });
});
