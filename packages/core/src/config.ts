import type { ValidateFunction } from 'ajv';
import { type Domain, RESERVED_OPTIONS } from './domain.ts';
import { ConfigError, type ConfigProblem, PluginError } from './errors.ts';
import { createAjv, type SchemaNode } from './json-schema.ts';
import { joinPath, schemaProblems } from './schema-problems.ts';
import { showValue } from './show-value.ts';

/**
 * The schema of a whole run config: the base, and under `domains.<name>` each domain's own options beside `plugin` (where it
 * is loaded from), `weight` (its share of the draws) and `optional` (whether a run goes on without it where it cannot be set up). A domain's options refuse unknown keys unless its schema says
 * otherwise, so that a misspelt option is an error.
 *
 * @param base - Object schema of everything but `domains`; the caller's, not changed.
 * @param domains - All domains the config may name.
 */
export function composeConfigSchema(base: object, domains: readonly Domain[]): object {
  const root = base as SchemaNode;
  if (root.properties !== undefined && 'domains' in root.properties) {
    throw new PluginError(
      'TASKSPACE_ERR_PLUGIN_DEFINITION',
      'composeConfigSchema: expected a base schema without the property "domains", got one. Leave it to the domains.',
    );
  }
  return {
    ...root,
    type: 'object',
    additionalProperties: root.additionalProperties ?? false,
    required: [...new Set([...((root.required ?? []) as readonly string[]), 'domains'])],
    properties: {
      ...root.properties,
      domains: {
        type: 'object',
        additionalProperties: false,
        minProperties: 1,
        properties: Object.fromEntries(
          domains.map((domain) => [domain.name, domainSchema(domain)]),
        ),
      },
    },
  };
}

/**
 * A config checked against a schema, with defaults filled in; the value given is not changed. `null`, which YAML makes of an
 * empty value, means left out for a nullable key, and `{}` for a section.
 *
 * @param subject - What error messages call the value, for example its file name.
 * @throws {@link ConfigError} with every problem: path, expected, got, and the near miss of an unknown key or value.
 */
export function validateConfig<T = unknown>(schema: object, value: unknown, subject = 'config'): T {
  const forbidden = prototypeKeys(value, []);
  if (forbidden.length > 0) throw new ConfigError(forbidden, subject);
  const resolved = withoutNulls(structuredClone(value), schema as SchemaNode);
  const validate = validatorOf(schema);
  if (!validate(resolved)) {
    throw new ConfigError(schemaProblems(validate.errors ?? []), subject);
  }
  return resolved as T;
}

/** The options of one domain without the keys that the run config put beside them. */
export function domainOptions(section: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(section).filter(([name]) => !RESERVED_OPTIONS.includes(name)),
  );
}

/** Compiling takes far longer than checking, and the same schema is used again and again. */
const validators = new WeakMap<object, ValidateFunction>();

function validatorOf(schema: object): ValidateFunction {
  const validate = validators.get(schema) ?? createAjv().compile(schema);
  validators.set(schema, validate);
  return validate;
}

function domainSchema({ name, options }: Domain): object {
  const schema = options as SchemaNode;
  return {
    // An identifier of its own, so that references inside the domain's schema still start at that schema.
    $id: `taskspace-domain-${name}`,
    ...schema,
    additionalProperties: schema.additionalProperties ?? false,
    properties: {
      plugin: { type: 'string', minLength: 1 },
      weight: { type: 'number', minimum: 0, default: 1 },
      optional: { type: 'boolean', nullable: true },
      ...schema.properties,
    },
  };
}

/** Own keys named `__proto__`, which a parser can make and a copy can turn into a prototype. */
function prototypeKeys(value: unknown, at: readonly (string | number)[]): ConfigProblem[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const path = [...at, key];
    if (key === '__proto__') {
      return [{ path: joinPath(path), expected: 'no key named __proto__', got: showValue(inner) }];
    }
    return prototypeKeys(inner, path);
  });
}

function withoutNulls(value: unknown, schema: SchemaNode | undefined): unknown {
  if (schema === undefined || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const items = schema.items as SchemaNode | undefined;
    return value.map((item) => withoutNulls(item, items));
  }
  const entries = Object.entries(value).flatMap(([key, inner]) => {
    const property = schema.properties?.[key];
    if (inner === null && property?.nullable === true) return [];
    if (inner === null && property?.type === 'object') return [[key, {}] as const];
    return [[key, withoutNulls(inner, property)] as const];
  });
  return Object.fromEntries(entries);
}
