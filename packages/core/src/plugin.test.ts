import { describe, expect, test } from 'vitest';
import { CONTRACT_VERSION, type Domain, defineDomain } from './domain.ts';
import { PluginError } from './errors.ts';
import { discoverDomains, loadDomain, type PluginHost } from './plugin.ts';

function domain(name: string): Domain {
  return defineDomain<Record<string, never>>({
    name,
    version: '0.1.0',
    options: { type: 'object', required: [] },
    create: () => Promise.reject(new Error('never created')),
  });
}

function missing(specifier: string, url?: string): Error {
  return Object.assign(new Error(`no ${specifier}`), { code: 'ERR_MODULE_NOT_FOUND', url });
}

const math = domain('math');
const tools = domain('tooluse');

/** A machine with some packages; a module given as an Error is thrown by its import. */
function host(modules: Record<string, unknown>, others: readonly string[] = []): PluginHost {
  return {
    async importModule(specifier) {
      const module = modules[specifier];
      if (module instanceof Error) throw module;
      if (module === undefined) throw missing(specifier);
      return module;
    },
    async installed() {
      const domains = Object.keys(modules).filter((name) => !name.startsWith('.'));
      return [
        ...domains.map((name) => ({ name, version: '1.0.0', keywords: ['taskspace-domain'] })),
        ...others.map((name) => ({ name, version: '1.0.0', keywords: [] })),
      ];
    },
  };
}

describe('loadDomain', () => {
  test.each([
    ['math', { '@taskspace/domain-math': { default: math } }],
    ['math', { 'taskspace-domain-math': { default: math } }],
    ['math', { '@acme/taskspace-domain-math': { default: math } }],
    ['math', { '@acme/sums': { default: math }, '@taskspace/domain-tooluse': { default: tools } }],
    ['@taskspace/domain-math', { '@taskspace/domain-math': { default: math } }],
    ['./math.ts', { './math.ts': { default: math } }],
    ['sums', { sums: { default: math } }],
  ])('finds %s among %j', async (specifier, modules) => {
    expect(await loadDomain(specifier, host(modules))).toBe(math);
  });

  test('a short name does not pick up an ordinary package of that name', async () => {
    const modules = { '@taskspace/domain-math': { default: math } };
    expect(await loadDomain('math', host(modules, ['math']))).toBe(math);
  });

  test('a package without the keyword loads by its full name', async () => {
    const machine: PluginHost = {
      importModule: async () => ({ default: math }),
      installed: async () => [],
    };
    expect(await loadDomain('@acme/anything', machine)).toBe(math);
  });

  test.each([
    [
      'maths',
      { '@a/domain-math': { default: math } },
      'NOT_FOUND',
      'Did you mean "math"? Installed: math.',
    ],
    ['math', {}, 'NOT_FOUND', 'Installed: none.'],
    ['math', { '@a/b': new Error('boom') }, 'NOT_FOUND', 'Installed but broken: @a/b.'],
    ['@a/nowhere', {}, 'NOT_FOUND', 'Run npm install @a/nowhere'],
    ['./nowhere.ts', {}, 'NOT_FOUND', 'expected a module at that path, found none'],
    [
      './here.ts',
      { './here.ts': missing('other', 'file:///x/other.ts') },
      'IMPORT',
      'expected a module that can be imported',
    ],
    [
      './gone.ts',
      { './gone.ts': missing('gone', 'file:///x/gone.ts') },
      'NOT_FOUND',
      'expected a module at that path',
    ],
    ['math', { '@a/domain-math': new SyntaxError('bad') }, 'IMPORT', 'got SyntaxError: bad'],
    ['math', { '@a/domain-math': missing('dep') }, 'IMPORT', 'can be imported'],
    ['math', { '@a/domain-math': {} }, 'EXPORT', 'got no default export'],
    ['math', { '@a/domain-math': { default: () => 1 } }, 'EXPORT', 'got function default'],
    ['math', { '@a/domain-math': { default: null } }, 'EXPORT', 'got null'],
    ['math', { '@a/domain-math': { default: { name: 'math' } } }, 'EXPORT', 'made by defineDomain'],
    [
      'math',
      { '@a/domain-math': { default: { ...math, contract: CONTRACT_VERSION + 1 } } },
      'CONTRACT',
      'Update @taskspace/core',
    ],
    [
      'math',
      { '@a/domain-math': { default: { ...math, contract: 0 } } },
      'CONTRACT',
      'Update the plugin',
    ],
    [
      'math',
      { '@a/domain-math': { default: { ...math, name: 'Math' } } },
      'DEFINITION',
      'expected a name of lower-case',
    ],
    [
      'math',
      { '@a/domain-math': { default: math }, '@b/domain-math': { default: math } },
      'AMBIGUOUS',
      'got @a/domain-math, @b/domain-math',
    ],
    [
      'math',
      { '@a/x': { default: math }, '@b/y': { default: domain('math') } },
      'AMBIGUOUS',
      'Give the package name',
    ],
  ])('%s among %j is refused as %s', async (specifier, modules, code, message) => {
    const error = await loadDomain(specifier, host(modules)).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(PluginError);
    expect((error as PluginError).code).toBe(`TASKSPACE_ERR_PLUGIN_${code}`);
    expect((error as PluginError).message).toContain(message);
  });

  test('a name that another plugin has is refused, the same plugin again is not', async () => {
    const modules = { './one.ts': { default: math }, './two.ts': { default: domain('math') } };
    const first = await loadDomain('./one.ts', host(modules));
    await expect(loadDomain('./two.ts', host(modules), [first])).rejects.toThrow(
      'plugin ./two.ts: expected a domain name that is not taken, got "math"',
    );
    expect(await loadDomain('./one.ts', host(modules), [first])).toBe(first);
  });
});

describe('discoverDomains', () => {
  test('lists what loads and what does not', async () => {
    const found = await discoverDomains(
      host({ '@b/broken': new Error('boom'), '@a/math': { default: math } }, ['left-pad']),
    );
    expect(found.map((entry) => [entry.package.name, entry.status])).toEqual([
      ['@a/math', 'loaded'],
      ['@b/broken', 'failed'],
    ]);
  });
});
