/**
 * The logarithm as the mpmath library gives it at a chosen number of digits: binary rounding of both logarithms and of
 * their quotient, and mpmath's text for the result.
 */
import { PyError, typeError, valueError } from './errors.ts';
import { ln, ln2, pi } from './fixed-point.ts';
import { parts } from './float-text.ts';
import { toFloat } from './strings.ts';
import { repr } from './text.ts';
import { isInt, isNumber, PyFloat, PyOpaque, type PyValue, typeName } from './values.ts';

/** A binary float of any size: `mantissa * 2^exponent`, or an infinity. */
type Big = { readonly mantissa: bigint; readonly exponent: number } | 'inf' | '-inf';
type Finite = { readonly mantissa: bigint; readonly exponent: number };

const BITS_PER_DIGIT = 3.3219280948873626;
/** More digits are refused: a call must stay cheap. mpmath itself would go on. */
const MAX_DIGITS = 5_000;
/** Bits under the point beyond the asked ones, so that a logarithm close to zero keeps enough. */
const GUARD = 120;

/** `mp.dps = precision; log(value) / log(base)`. */
export function mpLogarithm(value: PyValue, base: PyValue, precision: PyValue): PyOpaque {
  const digits = wholePrecision(precision);
  const bits = Math.max(1, roundHalfEven((digits + 1) * BITS_PER_DIGIT));
  const shown = Math.max(1, roundHalfEven(bits / BITS_PER_DIGIT - 1));
  const places = shown === 15 ? 17 : shown + 3;
  const above = complexLn(bigOf(value), bits);
  const below = complexLn(bigOf(base), bits);
  if (isZero(below.real) && below.imaginary === undefined)
    throw new PyError('ZeroDivisionError', '');
  if (above.imaginary === undefined && below.imaginary === undefined) {
    return mpf(quotient(above.real, below.real, bits), places);
  }
  const { real, imaginary } = complexQuotient(above, below, bits);
  const text = `mpc(real='${bigText(real, places)}', imag='${bigText(imaginary, places)}')`;
  return new PyOpaque('mpc', text);
}

function wholePrecision(precision: PyValue): number {
  let digits: number;
  if (typeof precision === 'string') {
    if (!/^\s*[+-]?\d+(_\d+)*\s*$/.test(precision)) {
      throw valueError(`invalid literal for int() with base 10: ${repr(precision)}`);
    }
    digits = Number(precision.replaceAll('_', ''));
  } else if (isNumber(precision)) {
    digits = Math.trunc(Number(precision instanceof PyFloat ? precision.value : precision));
  } else {
    throw typeError(
      `int() argument must be a string, a bytes-like object or a real number, not '${typeName(precision)}'`,
    );
  }
  if (digits > MAX_DIGITS) {
    throw new PyError('OverflowError', `precision ${digits} is above the limit of ${MAX_DIGITS}`);
  }
  return digits;
}

function bigOf(value: PyValue): Finite {
  if (isInt(value)) return { mantissa: BigInt(value), exponent: 0 };
  if (value instanceof PyFloat) return parts(value.value);
  if (typeof value === 'string') {
    const number = toFloat(value);
    if (Number.isFinite(number)) return parts(number);
  }
  throw typeError(`cannot create mpf from ${repr(value)}`);
}

interface ComplexBig {
  readonly real: Big;
  readonly imaginary: Big | undefined;
}

function complexLn({ mantissa, exponent }: Finite, bits: number): ComplexBig {
  if (mantissa === 0n) return { real: '-inf', imaginary: undefined };
  const wide = bits + GUARD;
  const size = mantissa < 0n ? -mantissa : mantissa;
  const log = ln(size << BigInt(wide), wide) + BigInt(exponent) * ln2(wide);
  return {
    real: roundTo({ mantissa: isPowerOfOne(size, exponent) ? 0n : log, exponent: -wide }, bits),
    imaginary: mantissa < 0n ? roundTo({ mantissa: pi(wide), exponent: -wide }, bits) : undefined,
  };
}

function isPowerOfOne(size: bigint, exponent: number): boolean {
  return exponent <= 0 ? size === 1n << BigInt(-exponent) : false;
}

function quotient(above: Big, below: Big, bits: number): Big {
  if (above === '-inf' || above === 'inf') {
    if (below === '-inf' || below === 'inf') return 'inf';
    return (above === 'inf') === below.mantissa > 0n ? 'inf' : '-inf';
  }
  if (below === '-inf' || below === 'inf') return { mantissa: 0n, exponent: 0 };
  const shift = bits + 64 + bitLength(below.mantissa);
  const mantissa = (above.mantissa << BigInt(shift)) / below.mantissa;
  // A sticky bit keeps the discarded rest from looking like a tie.
  const sticky = mantissa * below.mantissa === above.mantissa << BigInt(shift) ? 0n : 1n;
  return roundTo(
    {
      mantissa: (mantissa << 1n) + (mantissa < 0n ? -sticky : sticky),
      exponent: above.exponent - below.exponent - shift - 1,
    },
    bits,
  );
}

function complexQuotient(
  above: ComplexBig,
  below: ComplexBig,
  bits: number,
): { readonly real: Big; readonly imaginary: Big } {
  const zero: Finite = { mantissa: 0n, exponent: 0 };
  if (below.imaginary === undefined) {
    return {
      real: quotient(above.real, below.real, bits),
      imaginary: quotient(above.imaginary ?? zero, below.real, bits),
    };
  }
  const [a, b, c, d] = [above.real, above.imaginary ?? zero, below.real, below.imaginary];
  if (
    typeof a === 'string' ||
    typeof b === 'string' ||
    typeof c === 'string' ||
    typeof d === 'string'
  ) {
    return { real: zero, imaginary: zero };
  }
  const size = plus(times(c, c), times(d, d));
  return {
    real: quotient(plus(times(a, c), times(b, d)), size, bits),
    imaginary: quotient(plus(times(b, c), times({ ...a, mantissa: -a.mantissa }, d)), size, bits),
  };
}

function times(left: Finite, right: Finite): Finite {
  return { mantissa: left.mantissa * right.mantissa, exponent: left.exponent + right.exponent };
}

function plus(left: Finite, right: Finite): Finite {
  const exponent = Math.min(left.exponent, right.exponent);
  return {
    mantissa:
      (left.mantissa << BigInt(left.exponent - exponent)) +
      (right.mantissa << BigInt(right.exponent - exponent)),
    exponent,
  };
}

function roundTo({ mantissa, exponent }: Finite, bits: number): Finite {
  const size = mantissa < 0n ? -mantissa : mantissa;
  const drop = bitLength(size) - bits;
  if (drop <= 0) return { mantissa, exponent };
  let kept = size >> BigInt(drop);
  const rest = size - (kept << BigInt(drop));
  const half = 1n << BigInt(drop - 1);
  if (rest > half || (rest === half && kept % 2n === 1n)) kept += 1n;
  return { mantissa: mantissa < 0n ? -kept : kept, exponent: exponent + drop };
}

function isZero(value: Big): boolean {
  return typeof value !== 'string' && value.mantissa === 0n;
}

function bitLength(value: bigint): number {
  if (value === 0n) return 0;
  return (value < 0n ? -value : value).toString(2).length;
}

function mpf(value: Big, places: number): PyOpaque {
  const text = `mpf('${bigText(value, places)}')`;
  return new PyOpaque('mpf', text);
}

/** mpmath's text: `places` digits rounded half up, plain near one and with an exponent elsewhere. */
function bigText(value: Big, places: number): string {
  if (typeof value === 'string') return value === 'inf' ? '+inf' : '-inf';
  if (value.mantissa === 0n) return '0.0';
  const { digits: exact, exponent: top } = decimalDigits(value, places + 3);
  let digits = exact.slice(0, places);
  let exponent = top;
  if (exact.length > places && exact[places]! >= '5') {
    const up = String(BigInt(digits) + 1n);
    if (up.length > digits.length) exponent += 1;
    digits = up.slice(0, places);
  }
  const sign = value.mantissa < 0n ? '-' : '';
  let split = 1;
  let suffix = '';
  if (exponent > Math.min(-Math.floor(places / 3), -5) && exponent < places) {
    if (exponent < 0) digits = '0'.repeat(-exponent) + digits;
    else split = exponent + 1;
    digits = digits.padEnd(split, '0');
  } else {
    suffix = exponent >= 0 ? `e+${exponent}` : `e${exponent}`;
  }
  const fraction = digits.slice(split).replace(/0+$/, '') || '0';
  return `${sign}${digits.slice(0, split)}.${fraction}${suffix}`;
}

/** The first digits, cut off, and the power of ten of the first one. */
function decimalDigits(
  { mantissa, exponent }: Finite,
  count: number,
): { readonly digits: string; readonly exponent: number } {
  const size = mantissa < 0n ? -mantissa : mantissa;
  let power = Math.floor((bitLength(size) + exponent - 1) / BITS_PER_DIGIT);
  for (;;) {
    const shift = count - 1 - power;
    let numerator = size;
    let denominator = 1n;
    if (exponent >= 0) numerator <<= BigInt(exponent);
    else denominator <<= BigInt(-exponent);
    if (shift >= 0) numerator *= 10n ** BigInt(shift);
    else denominator *= 10n ** BigInt(-shift);
    const digits = String(numerator / denominator);
    if (digits.length === count) return { digits, exponent: power };
    power += digits.length > count ? 1 : -1;
  }
}

function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest > 0.5 || (rest === 0.5 && floor % 2 !== 0)) return floor + 1;
  return floor;
}
