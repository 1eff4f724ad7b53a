/** `x ** y` of floats as a good C library computes it: correctly rounded, where JavaScript's own may be off by one unit. */
import { exp, ln, ln2, sinCos } from './fixed-point.ts';
import { floatRepr, parts } from './float-text.ts';
import { PyOpaque } from './values.ts';

const BITS = 200;

/** C's `pow(x, y)`; a negative x needs a whole y. */
export function floatPower(x: number, y: number): number {
  const quick = x ** y;
  // Zero, infinite, and whole or simple cases are exact in JavaScript too; 1 to anything is 1, also for NaN.
  if (x === 1 || y === 0) return 1;
  if (quick === 0 || !Number.isFinite(quick) || Math.abs(y) === 1) return quick;
  if (y === 2) return x * x;
  const log = lnOfDouble(Math.abs(x), BITS);
  const { mantissa, exponent } = parts(y);
  const product =
    exponent >= 0 ? (log * mantissa) << BigInt(exponent) : (log * mantissa) >> BigInt(-exponent);
  const result = exp(product, BITS);
  const value = toDouble(result.mantissa, result.exponent - BITS);
  return x < 0 && Math.abs(y % 2) === 1 ? -value : value;
}

/** Python's complex result of a negative base and an exponent that is not whole. */
export function complexPower(x: number, y: number): PyOpaque {
  const size = floatPower(-x, y);
  // Python multiplies the angle as doubles: pi * y is rounded before the sine is taken.
  const { sin, cos } = sinCos(scaledSigned(Math.PI * y, BITS), BITS);
  const real = size * toDouble(cos, -BITS);
  const imaginary = size * toDouble(sin, -BITS);
  return complex(real, imaginary);
}

function complex(real: number, imaginary: number): PyOpaque {
  const short = (value: number) => floatRepr(value).replace(/\.0$/, '');
  const sign = imaginary < 0 || Object.is(imaginary, -0) ? '' : '+';
  const text = Object.is(real, 0)
    ? `${short(imaginary)}j`
    : `(${short(real)}${sign}${short(imaginary)}j)`;
  return new PyOpaque('complex', text);
}

/** The natural logarithm of a positive double, as a fixed-point integer. */
export function lnOfDouble(value: number, bits: number): bigint {
  const { mantissa, exponent } = parts(value);
  return ln(mantissa << BigInt(bits), bits) + BigInt(exponent) * ln2(bits);
}

function scaled(value: number, bits: number): bigint {
  const { mantissa, exponent } = parts(value);
  const shift = exponent + bits;
  return shift >= 0 ? mantissa << BigInt(shift) : mantissa >> BigInt(-shift);
}

function scaledSigned(value: number, bits: number): bigint {
  return value < 0 ? -scaled(-value, bits) : scaled(value, bits);
}

/** `mantissa * 2^exponent` rounded to the nearest double, halves to even. */
export function toDouble(mantissa: bigint, exponent: number): number {
  if (mantissa === 0n) return 0;
  const size = mantissa < 0n ? -mantissa : mantissa;
  const length = size.toString(2).length;
  // Below 2^-1022 doubles have fewer bits.
  const keep = Math.min(53, length + exponent + 1074);
  const drop = length - keep;
  if (keep <= 0) return mantissa < 0n ? -0 : 0;
  let kept = size;
  if (drop > 0) {
    kept = size >> BigInt(drop);
    const rest = size - (kept << BigInt(drop));
    const half = 1n << BigInt(drop - 1);
    if (rest > half || (rest === half && kept % 2n === 1n)) kept += 1n;
  }
  const power = exponent + Math.max(drop, 0);
  const value =
    power < -1022 ? Number(kept) * 2 ** -1022 * 2 ** (power + 1022) : Number(kept) * 2 ** power;
  return mantissa < 0n ? -value : value;
}
