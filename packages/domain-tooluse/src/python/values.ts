/**
 * The Python values the worlds compute with, and Python's rules for their type names, truth, hashing and equality.
 *
 * `int` is a JavaScript integer (a bigint beyond 2^53), `float` is {@link PyFloat}, `str` a string, `bool` a boolean,
 * `None` is null, `list` an array; `dict`, `set` and `tuple` are the classes below. Every float is wrapped, also 0.5, so
 * that no arithmetic can confuse the two number types.
 */
import { PyError, typeError } from './errors.ts';
import { floatRepr } from './float-text.ts';

/** A value of one of the Python types the worlds know. */
export type PyValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | PyFloat
  | PyValue[]
  | PyDict
  | PySet
  | PyTuple
  | PyOpaque;

/** What a Python dict tells keys apart by: `1`, `1.0` and `True` are one key, `'1'` is another. */
type HashKey = string | number | bigint | null | symbol;

const rawJson: ((text: string) => unknown) | undefined = (
  JSON as unknown as { rawJSON?: (text: string) => unknown }
).rawJSON;

/** A Python float. `JSON.stringify` prints it as Python does: `1.0`, not `1`. */
export class PyFloat {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
  valueOf(): number {
    return this.value;
  }
  toString(): string {
    return floatRepr(this.value);
  }
  toJSON(): unknown {
    if (!Number.isFinite(this.value)) return { $float: floatRepr(this.value) };
    return rawJson === undefined ? this.value : rawJson(floatRepr(this.value));
  }
}

/** A Python dict: insertion order, keys by Python equality, and no prototype that a key could reach. */
export class PyDict {
  readonly #entries = new Map<HashKey, [PyValue, PyValue]>();

  /** A dict with these string keys, in this order. */
  static of(members: { readonly [key: string]: PyValue }): PyDict {
    const dict = new PyDict();
    for (const key of Object.keys(members)) dict.#entries.set(key, [key, members[key]!]);
    return dict;
  }
  static from(pairs: Iterable<readonly [PyValue, PyValue]>): PyDict {
    const dict = new PyDict();
    for (const [key, value] of pairs) dict.set(key, value);
    return dict;
  }
  get size(): number {
    return this.#entries.size;
  }
  /** The value under the key, or undefined. Throws Python's TypeError when the key cannot be hashed. */
  get(key: PyValue): PyValue | undefined {
    return this.#entries.get(hashKey(key))?.[1];
  }
  has(key: PyValue): boolean {
    return this.#entries.has(hashKey(key));
  }
  /** Python's `dict[key]`: KeyError when missing. */
  item(key: PyValue): PyValue {
    const entry = this.#entries.get(hashKey(key));
    if (entry === undefined) throw new PyError('KeyError', '', [key]);
    return entry[1];
  }
  set(key: PyValue, value: PyValue): void {
    const hash = hashKey(key);
    const entry = this.#entries.get(hash);
    if (entry === undefined) this.#entries.set(hash, [key, value]);
    else entry[1] = value;
  }
  delete(key: PyValue): boolean {
    return this.#entries.delete(hashKey(key));
  }
  /** Removes and returns the value, or undefined when the key is not there. */
  pop(key: PyValue): PyValue | undefined {
    const value = this.get(key);
    if (value !== undefined) this.delete(key);
    return value;
  }
  keys(): PyValue[] {
    return Array.from(this.#entries.values(), ([key]) => key);
  }
  values(): PyValue[] {
    return Array.from(this.#entries.values(), ([, value]) => value);
  }
  entries(): IterableIterator<[PyValue, PyValue]> {
    return this.#entries.values();
  }
}

/** A Python set; iteration is in insertion order, which Python does not promise either. */
export class PySet {
  readonly #members = new Map<HashKey, PyValue>();
  constructor(members: Iterable<PyValue> = []) {
    for (const member of members) this.add(member);
  }
  get size(): number {
    return this.#members.size;
  }
  has(member: PyValue): boolean {
    return this.#members.has(hashKey(member));
  }
  add(member: PyValue): void {
    const hash = hashKey(member);
    if (!this.#members.has(hash)) this.#members.set(hash, member);
  }
  values(): PyValue[] {
    return [...this.#members.values()];
  }
}

/** A Python tuple. */
export class PyTuple {
  readonly items: readonly PyValue[];
  constructor(items: readonly PyValue[]) {
    this.items = items;
  }
}

/** A value that is only ever printed: `Decimal`, `mpf`, `mpc`, `complex`, `Ellipsis`. */
export class PyOpaque {
  readonly type: 'Decimal' | 'mpf' | 'mpc' | 'complex' | 'ellipsis';
  readonly repr: string;
  /** The recordings' text for it: `repr` without the constructor's name. */
  readonly tagged: string;
  constructor(type: PyOpaque['type'], repr: string, tagged: string = repr) {
    this.type = type;
    this.repr = repr;
    this.tagged = tagged;
  }
}

/** Wraps a float. */
export function float(value: number): PyFloat {
  return new PyFloat(value);
}

/** An int of any size in its one form: a number where that is exact, a bigint beyond. */
export function int(value: bigint): number | bigint {
  return value >= -MAX_SAFE && value <= MAX_SAFE ? Number(value) : value;
}

const MAX_SAFE = BigInt(Number.MAX_SAFE_INTEGER);

/** Python's name for the value's type, as error messages print it. */
export function typeName(value: PyValue): string {
  if (value === null) return 'NoneType';
  switch (typeof value) {
    case 'boolean':
      return 'bool';
    case 'number':
    case 'bigint':
      return 'int';
    case 'string':
      return 'str';
    default:
  }
  if (value instanceof PyFloat) return 'float';
  if (Array.isArray(value)) return 'list';
  if (value instanceof PyDict) return 'dict';
  if (value instanceof PySet) return 'set';
  if (value instanceof PyTuple) return 'tuple';
  return value.type;
}

/** Python's `isinstance(value, int)`, which holds for bool as well. */
export function isInt(value: PyValue): value is number | bigint | boolean {
  return typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean';
}

/** Python's `isinstance(value, (int, float))`. */
export function isNumber(value: PyValue): value is number | bigint | boolean | PyFloat {
  return isInt(value) || value instanceof PyFloat;
}

/** Python's `bool(value)`. */
export function truthy(value: PyValue): boolean {
  if (value instanceof PyFloat) return value.value !== 0;
  if (Array.isArray(value)) return value.length > 0;
  if (value instanceof PyDict || value instanceof PySet) return value.size > 0;
  if (value instanceof PyTuple) return value.items.length > 0;
  if (typeof value === 'bigint') return value !== 0n;
  return Boolean(value);
}

/** Python's `left == right`: by value, numbers across types, dicts without order, lists with. */
export function equals(left: PyValue, right: PyValue): boolean {
  if (left === right) return true;
  if (isNumber(left)) return isNumber(right) && sameNumber(left, right);
  if (Array.isArray(left)) return Array.isArray(right) && sameItems(left, right);
  if (left instanceof PyDict) return right instanceof PyDict && sameDicts(left, right);
  if (left instanceof PySet) {
    return (
      right instanceof PySet && left.size === right.size && left.values().every((m) => right.has(m))
    );
  }
  if (left instanceof PyTuple)
    return right instanceof PyTuple && sameItems(left.items, right.items);
  if (left instanceof PyOpaque) return right instanceof PyOpaque && left.repr === right.repr;
  return false;
}

/** The value of a number as JavaScript compares it: exact across bigint and number. */
export function plainNumber(value: number | bigint | boolean | PyFloat): number | bigint {
  if (value instanceof PyFloat) return value.value;
  return typeof value === 'boolean' ? Number(value) : value;
}

/** Throws Python's TypeError unless the value can be a dict key. */
export function hashKey(value: PyValue): HashKey {
  switch (typeof value) {
    case 'string':
    case 'number':
      return value;
    case 'boolean':
      return Number(value);
    case 'bigint':
      return value;
    default:
  }
  if (value === null) return null;
  if (value instanceof PyFloat) return hashOfFloat(value.value);
  if (value instanceof PyTuple) {
    return Symbol.for(JSON.stringify(value.items.map((item) => String(hashKey(item)))));
  }
  if (value instanceof PyOpaque) return Symbol.for(value.repr);
  throw typeError(`unhashable type: '${typeName(value)}'`);
}

function hashOfFloat(value: number): HashKey {
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) return BigInt(value);
  return value === 0 ? 0 : value;
}

function sameNumber(
  left: number | bigint | boolean | PyFloat,
  right: number | bigint | boolean | PyFloat,
): boolean {
  // Loose equality is exact between a bigint and a number, which is what Python's == is too.
  // biome-ignore lint/suspicious/noDoubleEquals: see the line above
  return plainNumber(left) == plainNumber(right);
}

function sameItems(left: readonly PyValue[], right: readonly PyValue[]): boolean {
  return left.length === right.length && left.every((item, index) => equals(item, right[index]!));
}

function sameDicts(left: PyDict, right: PyDict): boolean {
  if (left.size !== right.size) return false;
  for (const [key, value] of left.entries()) {
    const other = right.get(key);
    if (other === undefined || !equals(value, other)) return false;
  }
  return true;
}
