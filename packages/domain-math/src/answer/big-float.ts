/**
 * Binary floating point over big integers at a chosen precision: the second opinion when doubles cannot tell two
 * answers apart. A value is `mantissa · 2^exponent`; results are truncated, and the guard bits absorb it.
 */
import { bitLength } from './integers.ts';
import { type Rational, rational } from './rational.ts';
import type { RealField } from './real-field.ts';

/** `mantissa · 2^exponent`; not-a-number has no mantissa. */
export interface BigFloat {
  readonly mantissa: bigint | undefined;
  readonly exponent: number;
}

const GUARD = 32;
/** Magnitudes beyond `2^±MAX_EXPONENT` count as undefined. */
const MAX_EXPONENT = 1 << 20;
const NOT_A_NUMBER: BigFloat = { mantissa: undefined, exponent: 0 };
const ZERO: BigFloat = { mantissa: 0n, exponent: 0 };

const FIELDS = new Map<number, RealField<BigFloat>>();

/** The field with `bits` reliable bits. */
export function bigFloats(bits: number): RealField<BigFloat> {
  const known = FIELDS.get(bits);
  if (known !== undefined) return known;
  const field = createField(bits);
  FIELDS.set(bits, field);
  return field;
}

/** The exact value of a finite big float. */
export function toRational({ mantissa = 0n, exponent }: BigFloat): Rational {
  return exponent >= 0
    ? rational(mantissa << BigInt(exponent))
    : rational(mantissa, 1n << BigInt(-exponent));
}

function createField(bits: number): RealField<BigFloat> {
  const width = bits + GUARD;
  const one = 1n << BigInt(width);
  const make = (mantissa: bigint, exponent: number): BigFloat => round(mantissa, exponent, width);
  const constants = { pi: fixedPi(width), ln2: fixedLogarithmOfTwo(width) };

  /** The value in units of 2^-width. */
  const fixed = ({ mantissa = 0n, exponent }: BigFloat): bigint => {
    const shift = exponent + width;
    return shift >= 0 ? mantissa << BigInt(shift) : mantissa >> BigInt(-shift);
  };

  const add = (a: BigFloat, b: BigFloat): BigFloat => {
    if (a.mantissa === undefined || b.mantissa === undefined) return NOT_A_NUMBER;
    if (a.mantissa === 0n) return b;
    if (b.mantissa === 0n) return a;
    const [high, low] = a.exponent >= b.exponent ? [a, b] : [b, a];
    const gap = high.exponent - low.exponent;
    // Far apart, the smaller one is below the last bit.
    if (gap > 2 * width + 8) return high;
    return make(((high.mantissa ?? 0n) << BigInt(gap)) + (low.mantissa ?? 0n), low.exponent);
  };
  const negate = (a: BigFloat): BigFloat =>
    a.mantissa === undefined ? a : { mantissa: -a.mantissa, exponent: a.exponent };
  const multiply = (a: BigFloat, b: BigFloat): BigFloat =>
    a.mantissa === undefined || b.mantissa === undefined
      ? NOT_A_NUMBER
      : make(a.mantissa * b.mantissa, a.exponent + b.exponent);
  const divide = (a: BigFloat, b: BigFloat): BigFloat => {
    if (a.mantissa === undefined || b.mantissa === undefined || b.mantissa === 0n)
      return NOT_A_NUMBER;
    const shift = width + bitLength(b.mantissa);
    return make((a.mantissa << BigInt(shift)) / b.mantissa, a.exponent - b.exponent - shift);
  };
  const toNumber = ({ mantissa, exponent }: BigFloat): number => {
    if (mantissa === undefined) return Number.NaN;
    const excess = Math.max(0, bitLength(mantissa) - 60);
    return Number(mantissa >> BigInt(excess)) * 2 ** (exponent + excess);
  };
  const exponential = (a: BigFloat): BigFloat => {
    if (a.mantissa === undefined || magnitudeOf(a) > 20) return NOT_A_NUMBER;
    if (magnitudeOf(a) < -width) return { mantissa: one, exponent: -width };
    const x = fixed(a);
    const turns = x / constants.ln2;
    return make(fixedExponential(x - turns * constants.ln2, width), Number(turns) - width);
  };
  const logarithm = (a: BigFloat): BigFloat => {
    if (a.mantissa === undefined || a.mantissa <= 0n) return NOT_A_NUMBER;
    const length = bitLength(a.mantissa);
    const scaled: BigFloat = { mantissa: a.mantissa, exponent: -length };
    let result = make(BigInt(Math.round(Math.log(toNumber(scaled)) * 2 ** 52)), -52);
    // Halley's iteration triples the correct digits.
    for (let correct = 45; correct < width; correct *= 3) {
      const power = exponential(result);
      const step = divide(add(scaled, negate(power)), add(scaled, power));
      result = add(result, make((step.mantissa ?? 0n) * 2n, step.exponent));
    }
    const shift = BigInt(a.exponent + length) * constants.ln2;
    return add(result, make(shift, -width));
  };
  const turn = (a: BigFloat): { quadrant: number; angle: bigint } | undefined => {
    if (a.mantissa === undefined || magnitudeOf(a) > 60) return undefined;
    // Large angles need as many further bits of pi.
    const extra = Math.max(0, Math.ceil(magnitudeOf(a)));
    const halfPi = (extra === 0 ? constants.pi : fixedPi(width + extra)) >> 1n;
    const shift = a.exponent + width + extra;
    const x = shift >= 0 ? a.mantissa << BigInt(shift) : a.mantissa >> BigInt(-shift);
    let quotient = x / halfPi;
    let rest = x - quotient * halfPi;
    if (rest < 0n) {
      rest += halfPi;
      quotient -= 1n;
    }
    return { quadrant: Number(((quotient % 4n) + 4n) % 4n), angle: rest >> BigInt(extra) };
  };
  const sineOfTurn = (a: BigFloat, offset: number): BigFloat => {
    const turned = turn(a);
    if (turned === undefined) return NOT_A_NUMBER;
    const quadrant = (turned.quadrant + offset) % 4;
    const value =
      quadrant % 2 === 0 ? fixedSine(turned.angle, width) : fixedCosine(turned.angle, width);
    return make(quadrant < 2 ? value : -value, -width);
  };
  const sine = (a: BigFloat): BigFloat =>
    a.mantissa !== undefined && magnitudeOf(a) < -width ? a : sineOfTurn(a, 0);
  const cosine = (a: BigFloat): BigFloat => sineOfTurn(a, 1);
  const arcTangent = (a: BigFloat): BigFloat => {
    if (a.mantissa === undefined || magnitudeOf(a) > 900) return NOT_A_NUMBER;
    if (magnitudeOf(a) < -width / 2) return a;
    let result = make(BigInt(Math.round(Math.atan(toNumber(a)) * 2 ** 52)), -52);
    // Newton's iteration on sin y - a cos y doubles the correct digits.
    for (let correct = 45; correct < width; correct *= 2) {
      const [s, c] = [sine(result), cosine(result)];
      const slope = add(c, multiply(a, s));
      result = add(result, negate(divide(add(s, negate(multiply(a, c))), slope)));
    }
    return result;
  };

  return {
    bits,
    fromRational: (value) =>
      divide({ mantissa: value.top, exponent: 0 }, { mantissa: value.bottom, exponent: 0 }),
    fromNumber: (value) => make(BigInt(Math.round(value * 2 ** 40)), -40),
    toNumber,
    isFinite: (value) => value.mantissa !== undefined,
    sign: ({ mantissa = 0n }) => (mantissa < 0n ? -1 : mantissa > 0n ? 1 : 0),
    magnitude: magnitudeOf,
    add,
    subtract: (a, b) => add(a, negate(b)),
    multiply,
    divide,
    negate,
    squareRoot: (a) => {
      if (a.mantissa === undefined || a.mantissa < 0n) return NOT_A_NUMBER;
      if (a.mantissa === 0n) return ZERO;
      const odd = (a.exponent & 1) === 1 ? 1 : 0;
      const shift = 2 * width + odd;
      const root = integerSquareRoot(a.mantissa << BigInt(shift));
      return make(root, (a.exponent - shift) / 2);
    },
    exponential,
    logarithm,
    sine,
    cosine,
    arcTangent,
    pi: () => make(constants.pi, -width),
  };
}

function magnitudeOf({ mantissa, exponent }: BigFloat): number {
  if (mantissa === undefined) return Number.NaN;
  if (mantissa === 0n) return Number.NEGATIVE_INFINITY;
  return bitLength(mantissa) + exponent;
}

function round(mantissa: bigint, exponent: number, width: number): BigFloat {
  if (mantissa === 0n) return ZERO;
  const excess = bitLength(mantissa) - width;
  if (Math.abs(exponent) > MAX_EXPONENT) return NOT_A_NUMBER;
  if (excess <= 0) return { mantissa, exponent };
  return { mantissa: mantissa >> BigInt(excess), exponent: exponent + excess };
}

function integerSquareRoot(value: bigint): bigint {
  let root = 1n << BigInt((bitLength(value) + 1) >> 1);
  for (;;) {
    const next = (root + value / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}

/** e^x for 0 ≤ x < ln 2 or slightly outside, all in units of 2^-width. */
function fixedExponential(x: bigint, width: number): bigint {
  const halvings = 8;
  const shift = BigInt(width);
  const reduced = x >> BigInt(halvings);
  let term = 1n << shift;
  let total = term;
  for (let n = 1n; term !== 0n && term !== -1n; n++) {
    term = ((term * reduced) >> shift) / n;
    total += term;
  }
  for (let count = 0; count < halvings; count++) total = (total * total) >> shift;
  return total;
}

function fixedSine(x: bigint, width: number): bigint {
  return alternatingSeries(x, x, 2n, width);
}

function fixedCosine(x: bigint, width: number): bigint {
  return alternatingSeries(x, 1n << BigInt(width), 1n, width);
}

/** first - first·x²/(k(k+1)) + …, the tail of sine (k = 2) and cosine (k = 1). */
function alternatingSeries(x: bigint, first: bigint, k: bigint, width: number): bigint {
  const shift = BigInt(width);
  const square = (x * x) >> shift;
  let term = first;
  let total = first;
  for (let n = k; term !== 0n && term !== -1n; n += 2n) {
    term = -((term * square) >> shift) / (n * (n + 1n));
    total += term;
  }
  return total;
}

/** Machin: pi = 16 atan(1/5) - 4 atan(1/239). */
function fixedPi(width: number): bigint {
  const extra = width + 16;
  return (16n * inverseTangent(5n, extra) - 4n * inverseTangent(239n, extra)) >> 16n;
}

function inverseTangent(n: bigint, width: number): bigint {
  let power = (1n << BigInt(width)) / n;
  let total = power;
  for (let k = 3n; power !== 0n; k += 2n) {
    power = -power / (n * n);
    total += power / k;
  }
  return total;
}

/** ln 2 as the sum of 1/(k 2^k). */
function fixedLogarithmOfTwo(width: number): bigint {
  const extra = width + 16;
  let total = 0n;
  for (let k = 1; k <= extra; k++) total += (1n << BigInt(extra - k)) / BigInt(k);
  return total >> 16n;
}
