/** Exact fractions over big integers, always in lowest terms with a positive denominator. */
import { bitLength, gcd, powerWithin } from './integers.ts';

/** A fraction in lowest terms, `bottom > 0`. */
export interface Rational {
  readonly top: bigint;
  readonly bottom: bigint;
}

/** 0. */
export const ZERO: Rational = { top: 0n, bottom: 1n };
/** 1. */
export const ONE: Rational = { top: 1n, bottom: 1n };
/** -1. */
export const MINUS_ONE: Rational = { top: -1n, bottom: 1n };
const HALF: Rational = { top: 1n, bottom: 2n };

/** The fraction `top / bottom`; `bottom` must not be 0. */
export function rational(top: bigint, bottom = 1n): Rational {
  if (bottom === 1n) return { top, bottom };
  const shared = gcd(top, bottom);
  const sign = bottom < 0n ? -1n : 1n;
  return { top: (sign * top) / shared, bottom: (sign * bottom) / shared };
}

/** `a + b`. */
export function add(a: Rational, b: Rational): Rational {
  if (a.bottom === 1n && b.bottom === 1n) return { top: a.top + b.top, bottom: 1n };
  return rational(a.top * b.bottom + b.top * a.bottom, a.bottom * b.bottom);
}

/** `a · b`. */
export function multiply(a: Rational, b: Rational): Rational {
  if (a.bottom === 1n && b.bottom === 1n) return { top: a.top * b.top, bottom: 1n };
  return rational(a.top * b.top, a.bottom * b.bottom);
}

/** `a / b`, or `undefined` when `b` is 0. */
export function divide(a: Rational, b: Rational): Rational | undefined {
  return b.top === 0n ? undefined : rational(a.top * b.bottom, a.bottom * b.top);
}

/** `-a`. */
export function negate(a: Rational): Rational {
  return { top: -a.top, bottom: a.bottom };
}

/** Negative, zero or positive as `a` is below, equal to or above `b`. */
export function compare(a: Rational, b: Rational): number {
  const left = a.top * b.bottom;
  const right = b.top * a.bottom;
  return left < right ? -1 : left > right ? 1 : 0;
}

/** Whether both are the same number. */
export function equal(a: Rational, b: Rational): boolean {
  return a.top === b.top && a.bottom === b.bottom;
}

/** Whether the number is whole. */
export function isInteger(a: Rational): boolean {
  return a.bottom === 1n;
}

/** Largest integer not above `a`. */
export function floor(a: Rational): bigint {
  const quotient = a.top / a.bottom;
  return a.top < 0n && quotient * a.bottom !== a.top ? quotient - 1n : quotient;
}

/** `a` to a whole power, or `undefined` for 0 to a negative power or a result over the bit budget. */
export function power(a: Rational, exponent: bigint): Rational | undefined {
  const size = exponent < 0n ? -exponent : exponent;
  const top = powerWithin(a.top, size);
  const bottom = powerWithin(a.bottom, size);
  if (top === undefined || bottom === undefined) return undefined;
  if (exponent >= 0n) return { top, bottom };
  if (top === 0n) return undefined;
  return top < 0n ? { top: -bottom, bottom: -top } : { top: bottom, bottom: top };
}

/** Bits of numerator and denominator together: what arithmetic with it costs. */
export function size(a: Rational): number {
  return bitLength(a.top) + bitLength(a.bottom);
}

/** Nearest double; infinite when it is out of range. */
export function toNumber(a: Rational): number {
  const top = bitLength(a.top);
  const bottom = bitLength(a.bottom);
  if (top < 1000 && bottom < 1000) return Number(a.top) / Number(a.bottom);
  // Scale so that the quotient has 64 significant bits.
  const shift = 64 - (top - bottom);
  const scaled =
    shift >= 0 ? (a.top << BigInt(shift)) / a.bottom : a.top / (a.bottom << BigInt(-shift));
  const mantissa = Number(scaled);
  return shift > 1000 ? mantissa * 2 ** -1000 * 2 ** (1000 - shift) : mantissa * 2 ** -shift;
}

/** `a` rounded half up to `places` decimals, times `10 ** places`. */
export function roundedTo(a: Rational, places: number): bigint {
  const scaled = multiply(a, { top: 10n ** BigInt(places), bottom: 1n });
  return floor(add(scaled, HALF));
}

/** A decimal or whole number from its digits, as in `-12`, `.5`, `3.` and `1.2`. */
export function fromDecimal(whole: string, fraction: string): Rational {
  const digits = BigInt(`${whole}${fraction}` || '0');
  return fraction === ''
    ? { top: digits, bottom: 1n }
    : rational(digits, 10n ** BigInt(fraction.length));
}

/** `3`, `-5/2`. */
export function print(a: Rational): string {
  return a.bottom === 1n ? a.top.toString() : `${a.top}/${a.bottom}`;
}
