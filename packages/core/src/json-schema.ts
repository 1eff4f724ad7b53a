import { Ajv } from 'ajv';

/** The one way this package compiles JSON Schemas: every problem at once, defaults filled in, unknown keywords refused. */
export function createAjv(): Ajv {
  return new Ajv({
    allErrors: true,
    useDefaults: true,
    strict: true,
    // Off, so that branches of anyOf and if/then may name properties that stand beside them.
    strictRequired: false,
    allowUnionTypes: true,
    discriminator: true,
    verbose: true,
  });
}

/** A JSON Schema as this package reads it, whatever its type parameter was. */
export interface SchemaNode {
  readonly [keyword: string]: unknown;
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, SchemaNode>>;
}

/**
 * What a schema accepts, in words: `an integer from 1 to 5`, `one of "a", "b"`.
 *
 * @param schema - Any JSON Schema; what has no short form in words is described by its type.
 */
export function describeSchema(schema: SchemaNode): string {
  if ('const' in schema) return JSON.stringify(schema.const);
  if (Array.isArray(schema.enum)) return `one of ${listValues(schema.enum)}`;
  const branches = (schema.anyOf ?? schema.oneOf) as readonly SchemaNode[] | undefined;
  if (branches !== undefined) return [...new Set(branches.map(describeSchema))].join(' or ');
  const types = typeof schema.type === 'string' ? [schema.type] : (schema.type ?? ['value']);
  return types.map((type) => describeType(type, schema)).join(' or ');
}

/** Values as a list for an error message, shortened after a dozen. */
export function listValues(values: readonly unknown[], most = 12): string {
  const shown = values.slice(0, most).map((value) => JSON.stringify(value));
  return values.length > most
    ? `${shown.join(', ')} and ${values.length - most} more`
    : shown.join(', ');
}

function describeType(type: string, schema: SchemaNode): string {
  switch (type) {
    case 'integer':
      return `an integer${describeRange(schema)}`;
    case 'number':
      return `a number${describeRange(schema)}`;
    case 'string':
      return `a string${describeLength(schema, 'minLength', 'maxLength', 'character')}${describePattern(schema)}`;
    case 'array':
      return `a list${describeItems(schema)}${describeLength(schema, 'minItems', 'maxItems', 'item')}${
        schema.uniqueItems === true ? ' without repeats' : ''
      }`;
    case 'object':
      return `an object${describeLength(schema, 'minProperties', 'maxProperties', 'key')}`;
    case 'boolean':
      return 'true or false';
    default:
      return type === 'null' ? 'null' : `a ${type}`;
  }
}

function describeRange(schema: SchemaNode): string {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema;
  const step = multipleOf === undefined ? '' : `, a multiple of ${multipleOf}`;
  if (minimum !== undefined && maximum !== undefined)
    return ` from ${minimum} to ${maximum}${step}`;
  const bounds = [
    minimum === undefined ? [] : `of at least ${minimum}`,
    exclusiveMinimum === undefined ? [] : `above ${exclusiveMinimum}`,
    maximum === undefined ? [] : `of at most ${maximum}`,
    exclusiveMaximum === undefined ? [] : `below ${exclusiveMaximum}`,
  ].flat();
  return `${bounds.length === 0 ? '' : ` ${bounds.join(' and ')}`}${step}`;
}

function describeLength(schema: SchemaNode, least: string, most: string, unit: string): string {
  const [min, max] = [schema[least] as number | undefined, schema[most] as number | undefined];
  const units = (count: number) => `${count} ${unit}${count === 1 ? '' : 's'}`;
  if (min !== undefined && max !== undefined) return ` of ${min} to ${units(max)}`;
  if (min !== undefined) return ` of at least ${units(min)}`;
  return max === undefined ? '' : ` of at most ${units(max)}`;
}

function describePattern(schema: SchemaNode): string {
  if (schema.pattern !== undefined) return ` that matches ${schema.pattern}`;
  return schema.format === undefined ? '' : ` in the format "${schema.format}"`;
}

function describeItems(schema: SchemaNode): string {
  const items = schema.items as SchemaNode | undefined;
  if (items === undefined || Array.isArray(items)) return '';
  const each = describeSchema(items);
  return each === 'a value' ? '' : `, each ${each},`;
}
