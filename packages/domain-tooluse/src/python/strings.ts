/** Python's string methods, where JavaScript's differ: they work on code points and know other white space. */
import { noAttribute, typeError, valueError } from './errors.ts';
import { repr } from './text.ts';
import {
  equals,
  isInt,
  PyDict,
  PyFloat,
  PySet,
  PyTuple,
  type PyValue,
  typeName,
} from './values.ts';

// biome-ignore lint/suspicious/noControlCharactersInRegex: Python ends lines at these
const LINE_END = /\r\n|[\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029]/g;
/** Python's str.isspace. */
const SPACE =
  '\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';
const LEADING_SPACE = new RegExp(`^[${SPACE}]+`);
const TRAILING_SPACE = new RegExp(`[${SPACE}]+$`);
const SPACES = new RegExp(`[${SPACE}]+`);

/** Python's `text.splitlines()`. */
export function splitLines(text: string): string[] {
  const lines: string[] = [];
  let start = 0;
  for (const end of text.matchAll(LINE_END)) {
    lines.push(text.slice(start, end.index));
    start = end.index + end[0].length;
  }
  if (start < text.length) lines.push(text.slice(start));
  return lines;
}

/** Python's `text.split()`. */
export function splitWords(text: string): string[] {
  return text.split(SPACES).filter((word) => word !== '');
}

/** Python's `text.strip()`. */
export function strip(text: string): string {
  return text.replace(LEADING_SPACE, '').replace(TRAILING_SPACE, '');
}

/** Python's `len(text)`: code points. */
export function length(text: string): number {
  let units = text.length;
  for (let index = 0; index < text.length - 1; index++) {
    const unit = text.charCodeAt(index);
    if (unit < 0xd800 || unit > 0xdbff) continue;
    const next = text.charCodeAt(index + 1);
    if (next < 0xdc00 || next > 0xdfff) continue;
    units -= 1;
    index += 1;
  }
  return units;
}

/** Python's order of strings: by code point, where JavaScript's is by UTF-16 unit. */
export function compareStrings(left: string, right: string): number {
  const size = Math.min(left.length, right.length);
  for (let index = 0; index < size; index++) {
    const a = left.charCodeAt(index);
    const b = right.charCodeAt(index);
    if (a !== b) return rank(a) - rank(b);
  }
  return left.length - right.length;
}

/** The value as a string that has this method, or Python's AttributeError. */
export function stringWith(method: string, value: PyValue): string {
  if (typeof value === 'string') return value;
  throw noAttribute(typeName(value), method);
}

/** Python's `needle in container`, for every kind of container and with Python's errors for the rest. */
export function contains(container: PyValue, needle: PyValue): boolean {
  if (typeof container === 'string') {
    if (typeof needle === 'string') return container.includes(needle);
    throw typeError(`'in <string>' requires string as left operand, not ${typeName(needle)}`);
  }
  if (Array.isArray(container)) return container.some((item) => equals(item, needle));
  if (container instanceof PyTuple) return container.items.some((item) => equals(item, needle));
  if (container instanceof PyDict || container instanceof PySet) return container.has(needle);
  throw typeError(`argument of type '${typeName(container)}' is not iterable`);
}

/** Python's `iter(value)` as an array: a string's characters, a dict's keys. */
export function iterate(value: PyValue): PyValue[] {
  if (typeof value === 'string') return [...value];
  if (Array.isArray(value)) return [...value];
  if (value instanceof PyDict) return value.keys();
  if (value instanceof PySet) return value.values();
  if (value instanceof PyTuple) return [...value.items];
  throw typeError(`'${typeName(value)}' object is not iterable`);
}

/** Python's `len(value)`. */
export function lengthOf(value: PyValue): number {
  if (typeof value === 'string') return length(value);
  if (Array.isArray(value)) return value.length;
  if (value instanceof PyDict || value instanceof PySet) return value.size;
  if (value instanceof PyTuple) return value.items.length;
  throw typeError(`object of type '${typeName(value)}' has no len()`);
}

/** Python's `separator.join(items)`. */
export function join(separator: string, items: readonly PyValue[]): string {
  return items
    .map((item, index) => {
      if (typeof item === 'string') return item;
      throw typeError(`sequence item ${index}: expected str instance, ${typeName(item)} found`);
    })
    .join(separator);
}

/** Python's `float(value)` of a number or a numeral. */
export function toFloat(value: PyValue): number {
  if (value instanceof PyFloat) return value.value;
  if (isInt(value)) return Number(value);
  if (typeof value === 'string') {
    const text = strip(value).replace(/(?<=\d)_(?=\d)/g, '');
    if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) return Number(text);
    const special = /^([+-]?)(inf|infinity|nan)$/i.exec(text);
    if (special?.[2]?.toLowerCase() === 'nan') return Number.NaN;
    if (special !== null) return special[1] === '-' ? -Infinity : Infinity;
    throw valueError(`could not convert string to float: ${repr(value)}`);
  }
  throw typeError(`float() argument must be a string or a real number, not '${typeName(value)}'`);
}

function rank(unit: number): number {
  // Surrogates stand for code points above all others.
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}
