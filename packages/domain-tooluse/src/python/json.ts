/**
 * JSON that keeps Python's number types apart: `1` is an int, `1.0` and `1e3` are floats, ints have any size, and the
 * tags of the recordings (`{"$dict": …}`, `{"$set": …}`, …) stand for what JSON has no form for.
 *
 * In plain JavaScript data, an integral number is an int, any other number a float, and a float of integral value is a
 * {@link PyFloat}, which `JSON.stringify` prints as `1.0`.
 */
import { compareStrings } from './strings.ts';
import { jsonDumps, str } from './text.ts';
import { float, int, PyDict, PyFloat, PyOpaque, PySet, PyTuple, type PyValue } from './values.ts';

/** Deeper or larger data is refused, so that no input can exhaust the stack or the memory. */
export interface JsonLimits {
  readonly depth: number;
  readonly nodes: number;
  readonly characters: number;
}

/** Room for any real task, and for nothing that would slow a world down. */
export const DEFAULT_LIMITS: JsonLimits = { depth: 100, nodes: 200_000, characters: 4_000_000 };

/** Data over a limit, cyclic, or not data at all. */
export class UnfitDataError extends Error {
  static {
    UnfitDataError.prototype.name = 'UnfitDataError';
  }
}

/**
 * Parses JSON text without losing `1.0`: like `JSON.parse`, but floats of integral value come as {@link PyFloat} and ints
 * beyond 2^53 as bigint. Like any JavaScript object, the result lists keys such as "12" first; use
 * {@link parsePython} where the order of such keys matters.
 *
 * @throws SyntaxError when the text is not JSON.
 */
export function parseJson(text: string): unknown {
  return toPlain(new JsonReader(text).read());
}

/**
 * Parses JSON text to Python values.
 *
 * @param options - `tags: false` leaves the recordings' tags as the dicts they are written as.
 * @throws SyntaxError when the text is not JSON.
 */
export function parsePython(
  text: string,
  { tags = true }: { readonly tags?: boolean } = {},
): PyValue {
  const value = new JsonReader(text).read();
  return tags ? untagged(value) : value;
}

/**
 * Prints data as Python's `json.dumps` would: `", "` and `": "`, non-ASCII escaped, `1.0` with its point.
 *
 * @param value - Plain data, {@link PyFloat}s and bigints included.
 * @param options - `sortKeys` sorts every object by its keys, as `sort_keys=True` does.
 */
export function formatJson(value: unknown, options: { readonly sortKeys?: boolean } = {}): string {
  const data = fromPlain(value, { depth: 1000, nodes: Infinity, characters: Infinity }, false);
  return jsonDumps(options.sortKeys === true ? sorted(data) : data) ?? 'null';
}

/**
 * Turns plain data into Python values. Accepted for numbers besides JavaScript's own: bigint, {@link PyFloat}, `Number`
 * objects and numbers of lossless parsers (`{ isLosslessNumber, value }`), `JSON.rawJSON` and the recordings' tags.
 *
 * @throws {@link UnfitDataError} for cyclic, too deep or too large data.
 */
export function fromPlain(
  value: unknown,
  limits: JsonLimits = DEFAULT_LIMITS,
  readTags = true,
): PyValue {
  let { nodes, characters } = limits;
  const spend = (text: string) => {
    characters -= text.length;
    if (characters < 0) throw new UnfitDataError(`data: more than ${limits.characters} characters`);
    return text;
  };
  const convert = (item: unknown, depth: number): PyValue => {
    nodes -= 1;
    if (nodes < 0) throw new UnfitDataError(`data: more than ${limits.nodes} values`);
    if (depth > limits.depth)
      throw new UnfitDataError(`data: deeper than ${limits.depth} levels, or cyclic`);
    if (item === null || item === undefined) return null;
    if (typeof item === 'string') return spend(item);
    if (typeof item === 'boolean') return item;
    if (typeof item === 'number') return fromNumber(item);
    if (typeof item === 'bigint') return int(item);
    if (typeof item !== 'object')
      throw new UnfitDataError(`data: a ${typeof item} has no JSON form`);
    if (item instanceof PyFloat || item instanceof PyOpaque) return item;
    if (item instanceof Number) return float(item.valueOf());
    if (Array.isArray(item)) return item.map((member) => convert(member, depth + 1));
    const numeral = losslessNumeral(item);
    if (numeral !== undefined) return fromNumeral(numeral);
    const dict = new PyDict();
    for (const [key, member] of membersOf(item)) {
      dict.set(
        typeof key === 'string' ? spend(key) : convert(key, depth + 1),
        convert(member, depth + 1),
      );
    }
    return readTags ? untag(dict) : dict;
  };
  return convert(value, 0);
}

/**
 * Turns Python values into plain data in the recordings' encoding: a dict with other keys than strings as
 * `{ $dict: [[key, value], …] }`, a set as `{ $set: […] }` in order, a big int as `{ $int: "…" }`.
 */
export function encode(value: PyValue): unknown {
  return toPlain(tagged(value));
}

/** The recordings' encoding as Python values of JSON's own types. */
export function tagged(value: PyValue): PyValue {
  if (Array.isArray(value)) return value.map(tagged);
  if (value instanceof PyDict) {
    const pairs = [...value.entries()];
    if (pairs.some(([key]) => typeof key !== 'string')) {
      return PyDict.of({ $dict: pairs.map(([key, item]) => [tagged(key), tagged(item)]) });
    }
    return PyDict.from(pairs.map(([key, item]): [PyValue, PyValue] => [key, tagged(item)]));
  }
  if (value instanceof PySet) return PyDict.of({ $set: value.values().map(tagged).sort(order) });
  if (value instanceof PyTuple) return PyDict.of({ $tuple: value.items.map(tagged) });
  if (typeof value === 'bigint') return PyDict.of({ $int: str(value) });
  if (value instanceof PyFloat && !Number.isFinite(value.value))
    return PyDict.of({ $float: str(value) });
  if (value instanceof PyOpaque) return PyDict.of({ [TAG_OF[value.type]]: value.tagged });
  return value;
}

const TAG_OF = {
  Decimal: '$decimal',
  mpf: '$mpf',
  mpc: '$mpf',
  complex: '$complex',
  ellipsis: '$repr',
} as const;

function toPlain(value: PyValue): unknown {
  if (value instanceof PyFloat) {
    const number = value.value;
    // A float that no one can take for an int needs no wrapper.
    return Number.isInteger(number) || !Number.isFinite(number) ? value : number;
  }
  if (Array.isArray(value)) return value.map(toPlain);
  if (value instanceof PyDict) {
    const object: Record<string, unknown> = {};
    for (const [key, item] of value.entries()) {
      if (key === '__proto__') {
        Object.defineProperty(object, key, {
          value: toPlain(item),
          enumerable: true,
          configurable: true,
          writable: true,
        });
      } else object[key as string] = toPlain(item);
    }
    return object;
  }
  return value;
}

function untagged(value: PyValue): PyValue {
  if (Array.isArray(value)) return value.map(untagged);
  if (!(value instanceof PyDict)) return value;
  return untag(
    PyDict.from(
      [...value.entries()].map(([key, item]): [PyValue, PyValue] => [key, untagged(item)]),
    ),
  );
}

function untag(dict: PyDict): PyValue {
  if (dict.size !== 1) return dict;
  const [[tag, content]] = [...dict.entries()] as [[PyValue, PyValue]];
  if (typeof tag !== 'string' || !tag.startsWith('$')) return dict;
  if (
    tag === '$dict' &&
    Array.isArray(content) &&
    content.every((pair) => Array.isArray(pair) && pair.length === 2)
  ) {
    return PyDict.from(content as [PyValue, PyValue][]);
  }
  if (tag === '$set' && Array.isArray(content)) return new PySet(content);
  if (tag === '$tuple' && Array.isArray(content)) return new PyTuple(content);
  if (typeof content !== 'string') return dict;
  if (tag === '$int' && /^-?\d+$/.test(content)) return int(BigInt(content));
  if (tag === '$float') return float(numeralValue(content));
  if (tag === '$repr' && content === 'Ellipsis') return new PyOpaque('ellipsis', 'Ellipsis');
  return dict;
}

function numeralValue(text: string): number {
  if (text === 'inf') return Infinity;
  if (text === '-inf') return -Infinity;
  return Number(text);
}

function fromNumber(value: number): PyValue {
  // An integral number beyond 2^53 has lost its digits, so it can only have been a float.
  return Number.isSafeInteger(value) && !Object.is(value, -0) ? value : float(value);
}

function fromNumeral(text: string): PyValue {
  return /^-?\d+$/.test(text) ? int(BigInt(text)) : float(Number(text));
}

function losslessNumeral(item: object): string | undefined {
  if ('isLosslessNumber' in item && 'value' in item) return String(item.value);
  if (
    'rawJSON' in item &&
    typeof item.rawJSON === 'string' &&
    Object.getPrototypeOf(item) === null
  ) {
    return item.rawJSON;
  }
  return undefined;
}

function membersOf(item: object): Iterable<[unknown, unknown]> {
  return item instanceof Map || item instanceof PyDict
    ? (item.entries() as Iterable<[unknown, unknown]>)
    : Object.entries(item);
}

function sorted(value: PyValue): PyValue {
  if (Array.isArray(value)) return value.map(sorted);
  if (!(value instanceof PyDict)) return value;
  const pairs = [...value.entries()].map(([key, item]): [PyValue, PyValue] => [key, sorted(item)]);
  return PyDict.from(
    pairs.sort(([left], [right]) => compareStrings(left as string, right as string)),
  );
}

function order(left: PyValue, right: PyValue): number {
  if (typeof left === 'number' && typeof right === 'number') return left - right;
  return compareStrings(str(left), str(right));
}

const NUMERAL = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON strings must not hold them
const PLAIN_TEXT = /[^"\\\u0000-\u001f]*/y;
const BLANK = /[ \t\r\n]*/y;

/** A strict JSON parser that keeps the order of keys and the type of numbers. */
class JsonReader {
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  read(): PyValue {
    const value = this.#value();
    this.#skip(BLANK);
    if (this.#at < this.#text.length) throw this.#unexpected();
    return value;
  }

  #value(): PyValue {
    this.#skip(BLANK);
    switch (this.#text[this.#at]) {
      case '{':
        return this.#nested(() => this.#object());
      case '[':
        return this.#nested(() => this.#array());
      case '"':
        return this.#string();
      default:
    }
    for (const [word, value] of WORDS) {
      if (this.#text.startsWith(word, this.#at)) {
        this.#at += word.length;
        return value;
      }
    }
    const numeral = this.#skip(NUMERAL);
    if (numeral === '') throw this.#unexpected();
    return fromNumeral(numeral);
  }

  #nested<Value>(read: () => Value): Value {
    this.#depth += 1;
    if (this.#depth > 500) throw new SyntaxError('JSON text: more than 500 levels deep');
    this.#at += 1;
    const value = read();
    this.#depth -= 1;
    return value;
  }

  #object(): PyDict {
    const dict = new PyDict();
    this.#skip(BLANK);
    if (this.#taken('}')) return dict;
    do {
      this.#skip(BLANK);
      const key = this.#string();
      this.#skip(BLANK);
      if (!this.#taken(':')) throw this.#unexpected();
      dict.set(key, this.#value());
      this.#skip(BLANK);
    } while (this.#taken(','));
    if (!this.#taken('}')) throw this.#unexpected();
    return dict;
  }

  #array(): PyValue[] {
    const list: PyValue[] = [];
    this.#skip(BLANK);
    if (this.#taken(']')) return list;
    do {
      list.push(this.#value());
      this.#skip(BLANK);
    } while (this.#taken(','));
    if (!this.#taken(']')) throw this.#unexpected();
    return list;
  }

  #string(): string {
    if (!this.#taken('"')) throw this.#unexpected();
    const start = this.#at;
    for (;;) {
      this.#skip(PLAIN_TEXT);
      if (this.#taken('"')) break;
      if (this.#text[this.#at] !== '\\') throw this.#unexpected();
      this.#at += 2;
    }
    const raw = this.#text.slice(start, this.#at - 1);
    return raw.includes('\\') ? (JSON.parse(`"${raw}"`) as string) : raw;
  }

  #taken(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }

  #skip(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0] ?? '';
    this.#at += found.length;
    return found;
  }

  #unexpected(): SyntaxError {
    const found = this.#at < this.#text.length ? `"${this.#text[this.#at]}"` : 'the end';
    return new SyntaxError(`JSON text: unexpected ${found} at position ${this.#at}`);
  }
}

const WORDS: readonly (readonly [string, PyValue])[] = [
  ['true', true],
  ['false', false],
  ['null', null],
  ['NaN', float(Number.NaN)],
  ['Infinity', float(Infinity)],
  ['-Infinity', float(-Infinity)],
];
