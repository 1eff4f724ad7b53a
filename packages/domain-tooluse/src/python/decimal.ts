/** The square root of Python's `decimal` module: exact decimal digits, rounded half to even. */
import { PyError, typeError, valueError } from './errors.ts';
import { squareRoot } from './fixed-point.ts';
import { parts } from './float-text.ts';
import { isInt, PyFloat, PyOpaque, type PyValue, typeName } from './values.ts';

/** More digits are refused: a call must stay cheap. Python itself would go on. */
const MAX_DIGITS = 10_000;

/** `getcontext().prec = precision; Decimal(value).sqrt()` for a number that is not negative. */
export function decimalSquareRoot(
  value: number | bigint | boolean | PyFloat,
  precision: PyValue,
): PyOpaque {
  const digits = checkedPrecision(precision);
  const { coefficient, exponent } = decimalOf(value);
  const ideal = Math.floor(exponent / 2);
  if (coefficient === 0n) return decimal(0n, ideal);
  const even = exponent % 2 === 0 ? coefficient : coefficient * 10n;
  // Twice the digits under the root, and two to spare, so that the first ones come out right.
  const extra = Math.max(0, digits + 2 - Math.floor(even.toString().length / 2));
  const radicand = even * 10n ** BigInt(2 * extra);
  const root = squareRoot(radicand);
  if (root * root === radicand) {
    return rounded(root / 10n ** BigInt(extra), ideal, digits, false);
  }
  return rounded(root, ideal - extra, digits, true);
}

function checkedPrecision(precision: PyValue): number {
  if (!isInt(precision)) {
    throw typeError(`'${typeName(precision)}' object cannot be interpreted as an integer`);
  }
  const digits = Number(precision);
  if (digits < 1 || digits >= 1e18) {
    throw valueError('valid range for prec is [1, MAX_PREC]');
  }
  if (digits > MAX_DIGITS) {
    throw new PyError('OverflowError', `precision ${digits} is above the limit of ${MAX_DIGITS}`);
  }
  return digits;
}

function decimalOf(value: number | bigint | boolean | PyFloat): {
  readonly coefficient: bigint;
  readonly exponent: number;
} {
  if (!(value instanceof PyFloat)) return { coefficient: BigInt(value), exponent: 0 };
  const { mantissa, exponent } = parts(value.value);
  if (exponent >= 0) return { coefficient: mantissa << BigInt(exponent), exponent: 0 };
  // mantissa / 2^n = mantissa * 5^n / 10^n, with the fewest places that hold it.
  let places = -exponent;
  let odd = mantissa;
  while (places > 0 && odd % 2n === 0n) {
    odd /= 2n;
    places -= 1;
  }
  return { coefficient: odd * 5n ** BigInt(places), exponent: -places };
}

function rounded(
  coefficient: bigint,
  exponent: number,
  digits: number,
  inexact: boolean,
): PyOpaque {
  const drop = coefficient.toString().length - digits;
  if (drop <= 0) return decimal(coefficient, exponent);
  const unit = 10n ** BigInt(drop);
  let kept = coefficient / unit;
  const twice = 2n * (coefficient % unit);
  if (twice > unit || (twice === unit && (inexact || kept % 2n === 1n))) kept += 1n;
  if (kept.toString().length > digits) return decimal(kept / 10n, exponent + drop + 1);
  return decimal(kept, exponent + drop);
}

function decimal(coefficient: bigint, exponent: number): PyOpaque {
  const text = decimalText(coefficient.toString(), exponent);
  return new PyOpaque('Decimal', `Decimal('${text}')`, text);
}

function decimalText(digits: string, exponent: number): string {
  const adjusted = exponent + digits.length - 1;
  if (exponent <= 0 && adjusted >= -6) {
    if (exponent === 0) return digits;
    const padded = digits.padStart(1 - exponent, '0');
    return `${padded.slice(0, exponent)}.${padded.slice(exponent)}`;
  }
  const fraction = digits.length > 1 ? `.${digits.slice(1)}` : '';
  return `${digits[0]}${fraction}E${adjusted < 0 ? '-' : '+'}${Math.abs(adjusted)}`;
}
