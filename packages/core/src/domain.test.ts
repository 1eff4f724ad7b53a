import type { JSONSchemaType } from 'ajv';
import { describe, expect, test } from 'vitest';
import { CONTRACT_VERSION, type DomainDefinition, defineDomain } from './domain.ts';
import { PluginError } from './errors.ts';

interface Options {
  readonly limit: number;
}

const options: JSONSchemaType<Options> = {
  type: 'object',
  additionalProperties: false,
  required: [],
  properties: { limit: { type: 'integer', default: 3 } },
};

const definition: DomainDefinition<Options> = {
  name: 'toy',
  version: '0.1.0',
  options,
  create: () => Promise.reject(new Error('never created')),
};

describe('defineDomain', () => {
  test('stamps the contract version and freezes', () => {
    const domain = defineDomain(definition);
    expect(domain.contract).toBe(CONTRACT_VERSION);
    expect(domain.name).toBe('toy');
    expect(Object.isFrozen(domain)).toBe(true);
  });

  test.each(['', 'Math', 'two words', '9lives', 'dot.ted', 'under_score', '__proto__', null])(
    'refuses the name %j',
    (name) => {
      expect(() => defineDomain({ ...definition, name: name as string })).toThrow(
        'defineDomain: expected a name of lower-case letters, digits and dashes',
      );
    },
  );

  test('refuses a missing version', () => {
    expect(() => defineDomain({ ...definition, version: '' })).toThrow(
      'domain toy: expected a version string',
    );
  });

  test.each(['plugin', 'weight', 'optional', 'curriculum', 'rollout', 'objective'])(
    'refuses an option named %s',
    (name) => {
      const schema = { type: 'object', properties: { [name]: { type: 'string' } } };
      expect(() => defineDomain({ ...definition, options: schema as never })).toThrow(
        `domain toy: expected no option named plugin, weight, optional, curriculum, rollout, objective (the run config uses them itself), got ${name}`,
      );
    },
  );

  test.each([
    [{ type: 'array', items: { type: 'string' } }, 'options to be a JSON Schema of type "object"'],
    [undefined, 'options to be a JSON Schema of type "object"'],
    [{ type: 'object', properties: { a: { type: 'strin' } } }, 'options to be a valid JSON Schema'],
    [{ type: 'object', propertees: {} }, 'options to be a valid JSON Schema'],
  ])('refuses the options schema %j', (schema, message) => {
    const define = () => defineDomain({ ...definition, options: schema as never });
    expect(define).toThrow(PluginError);
    expect(define).toThrow(message);
  });
});
