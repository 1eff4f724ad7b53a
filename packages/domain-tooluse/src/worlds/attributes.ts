/** Reading and loading the attributes of an API class's instance. */
import { noAttribute } from '../python/errors.ts';
import { isInt, PyDict, type PyValue, typeName } from '../python/values.ts';
import type { Attributes } from './api-class.ts';

/** `self.name`. Every attribute is set when the instance is loaded. */
export function attribute(self: Attributes, name: string): PyValue {
  return self.open.get(name) ?? null;
}

/** The attributes of a fresh instance: each from the config, or its default; unknown keys of the config are left out. */
export function attributeOrDefault(
  config: PyDict,
  defaults: { readonly [name: string]: PyValue },
): PyDict {
  const attributes = new PyDict();
  for (const [name, value] of Object.entries(defaults)) {
    attributes.set(name, config.get(name) ?? (config.has(name) ? null : value));
  }
  return attributes;
}

/** Python's `value.items()`. */
export function items(value: PyValue): [PyValue, PyValue][] {
  if (value instanceof PyDict) return [...value.entries()];
  throw noAttribute(typeName(value), 'items');
}

/** The config's `random_seed`, or the class's own. */
export function seedOf(config: PyDict, fallback: number): bigint {
  const seed = config.get('random_seed');
  return seed !== undefined && isInt(seed) ? BigInt(seed) : BigInt(fallback);
}

/** The dict with its digit-string keys turned to ints, as some classes do when they load. */
export function withIntKeys(value: PyValue): PyValue {
  if (!(value instanceof PyDict)) return value;
  return PyDict.from(
    [...value.entries()].map(([key, item]): [PyValue, PyValue] => [
      typeof key === 'string' && /^\d+$/.test(key) ? Number(key) : key,
      item,
    ]),
  );
}
