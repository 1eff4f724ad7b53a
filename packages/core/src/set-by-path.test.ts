import { describe, expect, test } from 'vitest';
import { ConfigError } from './errors.ts';
import type { Json } from './json.ts';
import { setByPath } from './set-by-path.ts';

describe('setByPath', () => {
  test.each<[Json, string, Json, Json]>([
    [{}, 'seed', 3, { seed: 3 }],
    [{ a: { b: 1, c: 2 } }, 'a.b', 5, { a: { b: 5, c: 2 } }],
    [{}, 'a.b.c', 'x', { a: { b: { c: 'x' } } }],
    [{ a: [1, 2] }, 'a[1]', 9, { a: [1, 9] }],
    [{ a: [1, 2] }, 'a[2]', 9, { a: [1, 2, 9] }],
    [{}, 'a[0].b', true, { a: [{ b: true }] }],
    [{ a: [1] }, 'a.0', 2, { a: [2] }],
    [{}, 'a["b.c"].d', null, { a: { 'b.c': { d: null } } }],
    [{ a: null }, 'a', { b: 1 }, { a: { b: 1 } }],
    [{}, 'domains.my-domain.levels', [1, 2], { domains: { 'my-domain': { levels: [1, 2] } } }],
    [{ a: null }, 'a.b', 1, { a: { b: 1 } }],
  ])('%j, %s = %j', (config, path, value, expected) => {
    const before = structuredClone(config);
    expect(setByPath(config, path, value)).toEqual(expected);
    expect(config).toEqual(before);
  });

  test.each([
    ['', 'got an empty one'],
    ['.a', 'wrong from character 1'],
    ['a..b', 'wrong from character 2'],
    ['a.', 'wrong from character 2'],
    ['a[x]', 'wrong from character 2'],
    ['a[-1]', 'wrong from character 2'],
    ['a b', 'wrong from character 2'],
    ['a[0]b', 'wrong from character 5'],
    ['__proto__.polluted', 'expected no key named __proto__'],
    ['a.constructor.prototype.b', 'expected no key named'],
    ['a["__proto__"]', 'expected no key named'],
    ['list[5]', 'expected a position from 0 to 2 in the list list, got 5'],
    ['list.name', 'expected a position from 0 to 2 in the list list, got "name"'],
    ['scalar.x', 'expected an object or a list at scalar, got 3'],
    ['object[0]', 'expected a list at object'],
  ])('refuses %j', (path, message) => {
    const set = () => setByPath({ list: [1, 2], scalar: 3, object: {} }, path, 1);
    expect(set).toThrow(ConfigError);
    expect(set).toThrow(message);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });
});
