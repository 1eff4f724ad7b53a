/** Python's `repr`, `str` and `json.dumps` of values. */
import { type PyError, valueError } from './errors.ts';
import { floatRepr } from './float-text.ts';
import { PyDict, PyFloat, PyOpaque, PySet, PyTuple, type PyValue } from './values.ts';

/** Python refuses to print longer ints (sys.int_max_str_digits). */
const MAX_INT_DIGITS = 4300;

/** Python's `str(value)`. */
export function str(value: PyValue): string {
  return typeof value === 'string' ? value : repr(value);
}

/** Python's `repr(value)`. */
export function repr(value: PyValue): string {
  if (value === null) return 'None';
  switch (typeof value) {
    case 'string':
      return stringRepr(value);
    case 'boolean':
      return value ? 'True' : 'False';
    case 'number':
      return String(value);
    case 'bigint':
      return intText(value);
    default:
  }
  if (value instanceof PyFloat) return floatRepr(value.value);
  if (Array.isArray(value)) return `[${value.map(repr).join(', ')}]`;
  if (value instanceof PyDict) {
    return `{${Array.from(value.entries(), ([key, item]) => `${repr(key)}: ${repr(item)}`).join(', ')}}`;
  }
  if (value instanceof PySet) {
    return value.size === 0 ? 'set()' : `{${value.values().map(repr).join(', ')}}`;
  }
  if (value instanceof PyTuple) {
    return `(${value.items.map(repr).join(', ')}${value.items.length === 1 ? ',' : ''})`;
  }
  return value.repr;
}

/** What Python's `str(exception)` gives. */
export function errorText(error: PyError): string {
  return error.args.length > 0 ? repr(error.args[0]!) : error.message;
}

/**
 * Python's `json.dumps(value)` with its defaults, or undefined when Python would raise because the value holds something
 * that JSON has no form for.
 */
export function jsonDumps(value: PyValue): string | undefined {
  try {
    return dump(value);
  } catch (error) {
    if (error === NOT_SERIALISABLE) return undefined;
    throw error;
  }
}

/** A JSON string with everything but printable ASCII escaped, as Python writes it. */
export function jsonString(text: string): string {
  // JSON.stringify escapes what must be; the rest of the non-ASCII follows unit by unit.
  const quoted = JSON.stringify(text);
  return /^[ -~]*$/.test(quoted)
    ? quoted
    : quoted.replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

const NOT_SERIALISABLE = new Error('not serialisable');

function dump(value: PyValue): string {
  if (value === null) return 'null';
  if (typeof value === 'string') return jsonString(value);
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  if (typeof value === 'number') return String(value);
  if (typeof value === 'bigint') return intText(value);
  if (value instanceof PyFloat) return jsonFloat(value.value);
  if (Array.isArray(value)) return `[${value.map(dump).join(', ')}]`;
  if (value instanceof PyTuple) return `[${value.items.map(dump).join(', ')}]`;
  if (value instanceof PyDict) {
    return `{${Array.from(value.entries(), ([key, item]) => `${dumpKey(key)}: ${dump(item)}`).join(', ')}}`;
  }
  throw NOT_SERIALISABLE;
}

function dumpKey(key: PyValue): string {
  if (typeof key === 'string') return jsonString(key);
  if (key instanceof PyTuple || key instanceof PyOpaque) throw NOT_SERIALISABLE;
  return `"${dump(key)}"`;
}

function jsonFloat(value: number): string {
  if (Number.isFinite(value)) return floatRepr(value);
  return Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity';
}

function intText(value: bigint): string {
  const text = value.toString();
  if (text.length - (value < 0n ? 1 : 0) > MAX_INT_DIGITS) {
    throw valueError(
      `Exceeds the limit (${MAX_INT_DIGITS} digits) for integer string conversion; use sys.set_int_max_str_digits() to increase the limit`,
    );
  }
  return text;
}

function stringRepr(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  let out = quote;
  for (const character of text) out += escaped(character, quote);
  return out + quote;
}

function escaped(character: string, quote: string): string {
  if (character === quote || character === '\\') return `\\${character}`;
  if (character >= ' ' && character <= '~') return character;
  if (character === '\n') return '\\n';
  if (character === '\r') return '\\r';
  if (character === '\t') return '\\t';
  if (PRINTABLE.test(character)) return character;
  const code = character.codePointAt(0)!;
  if (code < 0x100) return `\\x${code.toString(16).padStart(2, '0')}`;
  if (code < 0x10000) return `\\u${code.toString(16).padStart(4, '0')}`;
  return `\\U${code.toString(16).padStart(8, '0')}`;
}

/** Python's str.isprintable for what is not ASCII: no separators, controls, surrogates, private or unassigned ones. */
const PRINTABLE = /^[^\p{Z}\p{C}]$/u;
