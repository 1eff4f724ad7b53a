/** Python's operators on values, keeping int and float apart and raising Python's errors. */
import { PyError, typeError, valueError } from './errors.ts';
import { roundFloat } from './float-text.ts';
import { complexPower, floatPower } from './power.ts';
import { compareStrings } from './strings.ts';
import {
  equals,
  float,
  int,
  isInt,
  isNumber,
  PyFloat,
  PyTuple,
  type PyValue,
  plainNumber,
  typeName,
} from './values.ts';

type Numeric = number | bigint | boolean | PyFloat;

/** Results of more bits than this are refused: Python would compute them, but could not print them. */
const MAX_POWER_BITS = 100_000;
/** Repeating a sequence beyond this many items is refused. */
const MAX_REPEAT = 1_000_000;

/** `left + right`; `operator` is what error messages print (`+` or `+=`). */
export function add(left: PyValue, right: PyValue, operator = '+'): PyValue {
  if (isNumber(left) && isNumber(right))
    return arithmetic(
      left,
      right,
      (a, b) => a + b,
      (a, b) => a + b,
    );
  if (typeof left === 'string' && typeof right === 'string') return left + right;
  if (Array.isArray(left) && Array.isArray(right)) return [...left, ...right];
  if (typeof left === 'string') {
    throw typeError(`can only concatenate str (not "${typeName(right)}") to str`);
  }
  if (Array.isArray(left)) {
    throw typeError(`can only concatenate list (not "${typeName(right)}") to list`);
  }
  throw unsupported(operator, left, right);
}

/** `left - right`. */
export function subtract(left: PyValue, right: PyValue, operator = '-'): PyValue {
  if (!isNumber(left) || !isNumber(right)) throw unsupported(operator, left, right);
  return arithmetic(
    left,
    right,
    (a, b) => a - b,
    (a, b) => a - b,
  );
}

/** `left * right`. */
export function multiply(left: PyValue, right: PyValue): PyValue {
  if (isNumber(left) && isNumber(right))
    return arithmetic(
      left,
      right,
      (a, b) => a * b,
      (a, b) => a * b,
    );
  if (isSequence(left)) return repeated(left, right);
  if (isSequence(right)) return repeated(right, left);
  throw unsupported('*', left, right);
}

/** `left / right`, always a float. */
export function divide(left: PyValue, right: PyValue): PyFloat {
  if (!isNumber(left) || !isNumber(right)) throw unsupported('/', left, right);
  if (Number(plainNumber(right)) === 0) {
    const message = isInt(left) && isInt(right) ? 'division by zero' : 'float division by zero';
    throw new PyError('ZeroDivisionError', message);
  }
  return float(toDouble(left) / toDouble(right));
}

/** `base ** exponent`: an int, a float or, for a negative base and a broken exponent, a complex number. */
export function power(base: PyValue, exponent: PyValue): PyValue {
  if (!isNumber(base) || !isNumber(exponent)) throw unsupported('** or pow()', base, exponent);
  if (isInt(base) && isInt(exponent) && plainNumber(exponent) >= 0) {
    return intPower(BigInt(base), BigInt(exponent));
  }
  const x = toDouble(base);
  const y = toDouble(exponent);
  if (x === 0 && y < 0) {
    throw new PyError('ZeroDivisionError', '0.0 cannot be raised to a negative power');
  }
  if (x < 0 && Number.isFinite(x) && Number.isFinite(y) && !Number.isInteger(y)) {
    return complexPower(x, y);
  }
  const result = floatPower(x, y);
  if (!Number.isFinite(result) && Number.isFinite(x) && Number.isFinite(y)) {
    throw new PyError('OverflowError', "(34, 'Numerical result out of range')");
  }
  return float(result);
}

/** `left < right` and its three relatives. */
export function compare(left: PyValue, operator: '<' | '<=' | '>' | '>=', right: PyValue): boolean {
  if (isNumber(left) && isNumber(right)) {
    const a = plainNumber(left);
    const b = plainNumber(right);
    return operator === '<'
      ? a < b
      : operator === '<='
        ? a <= b
        : operator === '>'
          ? a > b
          : a >= b;
  }
  if (typeof left === 'string' && typeof right === 'string') {
    return ordered(compareStrings(left, right), operator);
  }
  const items = itemsOfSame(left, right);
  if (items !== undefined) return compareItems(items.left, operator, items.right);
  throw typeError(
    `'${operator}' not supported between instances of '${typeName(left)}' and '${typeName(right)}'`,
  );
}

/** `abs(value)`. */
export function absolute(value: PyValue): PyValue {
  if (value instanceof PyFloat) return float(Math.abs(value.value));
  if (typeof value === 'bigint') return value < 0n ? -value : value;
  if (isInt(value)) return Math.abs(Number(value));
  throw typeError(`bad operand type for abs(): '${typeName(value)}'`);
}

/** `round(value, places)`; `places` may be None. */
export function round(value: PyValue, places: PyValue): PyValue {
  if (!isNumber(value)) {
    throw typeError(`type ${typeName(value)} doesn't define __round__ method`);
  }
  if (places !== null && !isInt(places)) {
    throw typeError(`'${typeName(places)}' object cannot be interpreted as an integer`);
  }
  if (value instanceof PyFloat) {
    if (places !== null) return float(roundFloat(value.value, Number(places)));
    return int(BigInt(wholeOf(value.value)));
  }
  const digits = Number(places ?? 0);
  return digits >= 0 ? int(BigInt(value)) : roundInt(BigInt(value), -digits);
}

/** `sum(values)` as CPython 3.11 adds: from the left, without compensation, ints exact until a float comes. */
export function sum(values: readonly PyValue[]): PyValue {
  let total: PyValue = 0;
  for (const value of values) total = add(total, value);
  return total;
}

/** `max(values)` or `min(values)`: the first of equals. */
export function extreme(values: readonly PyValue[], operator: '>' | '<'): PyValue {
  if (values.length === 0)
    throw valueError(`${operator === '>' ? 'max' : 'min'}() arg is an empty sequence`);
  return values.reduce((best, value) => (compare(value, operator, best) ? value : best));
}

/** A number as C's double; an int too large for one is Python's OverflowError. */
export function toDouble(value: Numeric): number {
  const double = Number(plainNumber(value));
  if (!Number.isFinite(double) && !(value instanceof PyFloat)) {
    throw new PyError('OverflowError', 'int too large to convert to float');
  }
  return double;
}

function arithmetic(
  left: Numeric,
  right: Numeric,
  floats: (a: number, b: number) => number,
  ints: (a: bigint, b: bigint) => bigint,
): PyValue {
  if (left instanceof PyFloat || right instanceof PyFloat) {
    return float(floats(toDouble(left), toDouble(right)));
  }
  if (typeof left !== 'bigint' && typeof right !== 'bigint') {
    const quick = floats(Number(left), Number(right));
    // A result within 2^53 is exact; adding zero turns the -0 of a product of ints into 0.
    if (Number.isSafeInteger(quick)) return quick + 0;
  }
  return int(ints(BigInt(left), BigInt(right)));
}

function intPower(base: bigint, exponent: bigint): PyValue {
  const size = base < 0n ? -base : base;
  const bits = BigInt(size.toString(2).length) * exponent;
  if (size > 1n && bits > MAX_POWER_BITS) {
    throw valueError(
      'Exceeds the limit (4300 digits) for integer string conversion; use sys.set_int_max_str_digits() to increase the limit',
    );
  }
  return size <= 1n
    ? int(base ** (exponent === 0n ? 0n : 2n - (exponent % 2n)))
    : int(base ** exponent);
}

function repeated(sequence: string | PyValue[] | PyTuple, times: PyValue): PyValue {
  if (!isInt(times)) {
    throw typeError(`can't multiply sequence by non-int of type '${typeName(times)}'`);
  }
  const count = Math.max(0, Number(times));
  const items = sequence instanceof PyTuple ? sequence.items : sequence;
  if (items.length * count > MAX_REPEAT) {
    throw new PyError('OverflowError', "cannot fit 'int' into an index-sized integer");
  }
  if (typeof items === 'string') return items.repeat(count);
  const all: PyValue[] = [];
  for (let time = 0; time < count; time++) all.push(...items);
  return sequence instanceof PyTuple ? new PyTuple(all) : all;
}

function isSequence(value: PyValue): value is string | PyValue[] | PyTuple {
  return typeof value === 'string' || Array.isArray(value) || value instanceof PyTuple;
}

function itemsOfSame(
  left: PyValue,
  right: PyValue,
): { readonly left: readonly PyValue[]; readonly right: readonly PyValue[] } | undefined {
  if (Array.isArray(left) && Array.isArray(right)) return { left, right };
  if (left instanceof PyTuple && right instanceof PyTuple) {
    return { left: left.items, right: right.items };
  }
  return undefined;
}

function compareItems(
  left: readonly PyValue[],
  operator: '<' | '<=' | '>' | '>=',
  right: readonly PyValue[],
): boolean {
  for (let index = 0; index < left.length && index < right.length; index++) {
    if (!equals(left[index]!, right[index]!)) return compare(left[index]!, operator, right[index]!);
  }
  return ordered(left.length - right.length, operator);
}

function ordered(difference: number, operator: '<' | '<=' | '>' | '>='): boolean {
  if (operator === '<') return difference < 0;
  if (operator === '<=') return difference <= 0;
  return operator === '>' ? difference > 0 : difference >= 0;
}

function roundInt(value: bigint, zeros: number): PyValue {
  // Beyond the number's own length everything rounds to zero.
  if (zeros > value.toString().length) return 0;
  const unit = 10n ** BigInt(zeros);
  const size = value < 0n ? -value : value;
  let units = size / unit;
  const twice = 2n * (size % unit);
  if (twice > unit || (twice === unit && units % 2n === 1n)) units += 1n;
  return int(value < 0n ? -(units * unit) : units * unit);
}

function wholeOf(value: number): number {
  if (Number.isNaN(value)) throw valueError('cannot convert float NaN to integer');
  if (!Number.isFinite(value)) {
    throw new PyError('OverflowError', 'cannot convert float infinity to integer');
  }
  return roundFloat(value, 0);
}

function unsupported(operator: string, left: PyValue, right: PyValue): PyError {
  return typeError(
    `unsupported operand type(s) for ${operator}: '${typeName(left)}' and '${typeName(right)}'`,
  );
}
