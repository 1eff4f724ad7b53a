/**
 * Equality by evaluation at fixed sample points. Doubles reject first; what they cannot tell apart is evaluated again
 * at two higher precisions, and counts as equal only when the difference shrinks with the precision: below 2^-77 of
 * the size at 128 bits and below 2^-154 at 256. There is no absolute tolerance, so tiny numbers are not zero.
 *
 * Names stand for real numbers, positive and negative. A point where one side has no real value says nothing, so
 * `√(1/n)` equals `1/√n` and `√(x²)` does not equal `x`.
 */
import { bigFloats } from './big-float.ts';
import type { Budget } from './budget.ts';
import {
  type ComplexPoint,
  evaluateComplex,
  magnitudeOf,
  subtractComplex,
} from './evaluate-complex.ts';
import { evaluateReal, type RealPoint } from './evaluate-real.ts';
import { type Expression, some } from './expression.ts';
import { hash } from './hash.ts';
import { type Rational, rational } from './rational.ts';
import { DOUBLES, type RealField } from './real-field.ts';

/** Precisions of the second and third look. */
const PRECISIONS = [128, 256] as const;
/** Part of the precision in which two values must agree. */
const AGREEMENT = 0.6;
/** Part of the precision below which a value is the rounding error of what was added up. */
const CANCELLATION = 0.75;
/** Fewest points with a value on both sides, when there are names. */
const MIN_POINTS = 3;

/** Whole numbers tried, and tried for functions that step. */
const WHOLE_POINTS = 12;
const STEP_POINTS = 60;

/** Functions of whole numbers: names are sampled at whole numbers. */
const WHOLE_FUNCTIONS: ReadonlySet<string> = new Set([
  'factorial',
  'doublefactorial',
  'binomial',
  'gcd',
  'lcm',
]);

/** Names that writers use for whole numbers. */
const WHOLE_NAMES = /^[i-nI-N](?:_.*)?$/;

/** Functions that are not analytic, or have branches: no complex sample points. */
const BRANCHING: ReadonlySet<string> = new Set([
  'ln',
  'log',
  'abs',
  'norm',
  'sgn',
  'max',
  'min',
  'real',
  'imaginary',
  'arg',
  'arcsin',
  'arccos',
  'arctan',
  'arccot',
  'arcsec',
  'arccsc',
  'arsinh',
  'arcosh',
  'artanh',
]);

/** Real sample ranges, lowest and highest value in hundredths. */
const RANGES: readonly (readonly [number, number])[] = [
  [110, 310],
  [20, 95],
  [-280, -30],
  [300, 900],
  [-95, 95],
  [4, 30],
  [-700, 700],
];

type Sampler = (name: string) => Rational;

/** Whether two canonical trees have equal values; false also means "could not tell". */
export function agreeNumerically(a: Expression, b: Expression, budget: Budget): boolean {
  const imaginary = contains(a, b, (node) => node.kind === 'constant' && node.name === 'i');
  const bases = contains(
    a,
    b,
    (node) => node.kind === 'call' && node.name === 'log' && node.args.length === 1,
  )
    ? (['10', 'e'] as const)
    : (['e'] as const);
  return bases.some((base) =>
    imaginary ? agreeInComplex(a, b, base, budget) : agreeInReals(a, b, base, budget),
  );
}

function contains(a: Expression, b: Expression, test: (node: Expression) => boolean): boolean {
  return some(a, test) || some(b, test);
}

function agreeInReals(a: Expression, b: Expression, base: 'e' | '10', budget: Budget): boolean {
  const samplers = samplersFor(a, b);
  let usable = 0;
  const confirmed: Sampler[] = [];
  for (const sampleOf of samplers) {
    const verdict = compareReal(a, b, {
      field: DOUBLES,
      budget,
      sampleOf,
      logarithmBase: base,
      scale: 0,
    });
    if (verdict === 'different') return false;
    if (verdict === 'undefined') continue;
    usable++;
    confirmed.push(sampleOf);
  }
  const needed = samplers.length === 1 ? 1 : MIN_POINTS;
  if (usable < needed) return false;
  for (const bits of PRECISIONS) {
    const field = bigFloats(bits);
    let agreed = 0;
    for (const sampleOf of confirmed.slice(0, MIN_POINTS)) {
      const verdict = compareReal(a, b, {
        field,
        budget,
        sampleOf,
        logarithmBase: base,
        scale: Number.NEGATIVE_INFINITY,
      });
      if (verdict === 'different') return false;
      if (verdict === 'same') agreed++;
    }
    if (agreed < Math.min(needed, confirmed.length)) return false;
  }
  return samplers.length === 1 || !isAnalytic(a, b) || agreeOffTheRealLine(a, b, base, budget);
}

type PointVerdict = 'same' | 'different' | 'undefined';

function compareReal<T>(a: Expression, b: Expression, point: RealPoint<T>): PointVerdict {
  const { field } = point;
  point.scale = Number.NEGATIVE_INFINITY;
  const left = evaluateReal(a, point);
  const right = left === undefined ? undefined : evaluateReal(b, point);
  if (left === undefined || right === undefined) return 'undefined';
  const size = Math.max(field.magnitude(left), field.magnitude(right));
  const gap = field.magnitude(field.subtract(left, right));
  return judge(gap, size, point.scale, field);
}

/** All in powers of two: the difference, the larger value, the largest term that was added on the way. */
function judge<T>(gap: number, size: number, scale: number, field: RealField<T>): PointVerdict {
  if (gap === Number.NEGATIVE_INFINITY) return 'same';
  if (Number.isNaN(gap)) return 'undefined';
  if (field.bits <= 53) {
    // Doubles only reject, and only what cancellation cannot explain.
    return gap > Math.max(size - 26, scale - 40) ? 'different' : 'same';
  }
  if (gap <= size - field.bits * AGREEMENT) return 'same';
  return size <= scale - field.bits * CANCELLATION ? 'same' : 'different';
}

/** One complex point for analytic functions: agreement on the real line by accident does not survive it. */
function agreeOffTheRealLine(
  a: Expression,
  b: Expression,
  base: 'e' | '10',
  budget: Budget,
): boolean {
  const sampleOf = (name: string): { re: Rational; im: Rational } => ({
    re: sample(name, 90, [30, 120]),
    im: sample(name, 91, [-80, -20]),
  });
  const verdict = compareComplex(a, b, {
    field: DOUBLES,
    budget,
    sampleOf,
    logarithmBase: base,
    scale: 0,
  });
  return verdict !== 'different';
}

function agreeInComplex(a: Expression, b: Expression, base: 'e' | '10', budget: Budget): boolean {
  const samplers = samplersFor(a, b);
  const zero = rational(0n);
  const fields: readonly (() => (sampleOf: Sampler) => PointVerdict)[] = [
    () => (sampleOf) => compareAt(DOUBLES, sampleOf),
    ...PRECISIONS.map((bits) => () => (sampleOf: Sampler) => compareAt(bigFloats(bits), sampleOf)),
  ];
  function compareAt<T>(field: RealField<T>, sampleOf: Sampler): PointVerdict {
    const complexValueOf = (name: string): { re: Rational; im: Rational } => ({
      re: sampleOf(name),
      im: zero,
    });
    return compareComplex(a, b, {
      field,
      budget,
      sampleOf: complexValueOf,
      logarithmBase: base,
      scale: 0,
    });
  }
  for (const field of fields) {
    let agreed = 0;
    for (const sampleOf of samplers.slice(0, 4)) {
      const verdict = field()(sampleOf);
      if (verdict === 'different') return false;
      if (verdict === 'same') agreed++;
    }
    if (agreed < Math.min(MIN_POINTS, samplers.length)) return false;
  }
  return true;
}

function compareComplex<T>(a: Expression, b: Expression, point: ComplexPoint<T>): PointVerdict {
  const { field } = point;
  point.scale = Number.NEGATIVE_INFINITY;
  const left = evaluateComplex(a, point);
  const right = left === undefined ? undefined : evaluateComplex(b, point);
  if (left === undefined || right === undefined) return 'undefined';
  const size = Math.max(magnitudeOf(left, field), magnitudeOf(right, field));
  const gap = magnitudeOf(subtractComplex(left, right, field), field);
  return judge(gap, size, point.scale, field);
}

/** Where the names are sampled: once for constants, at whole numbers for functions of whole numbers. */
function samplersFor(a: Expression, b: Expression): readonly Sampler[] {
  const hasNames = contains(a, b, (node) => node.kind === 'symbol' || node.kind === 'apply');
  if (!hasNames) return [() => rational(0n)];
  const steps = contains(a, b, isStep);
  if (steps || contains(a, b, needsWholeNumbers)) {
    // Each name runs through the whole numbers from a start of its own; steps have a period to be caught.
    const count = steps ? STEP_POINTS : WHOLE_POINTS;
    const allWhole = contains(a, b, needsWholeNumbers);
    return Array.from({ length: count }, (_, index) => (name: string) => {
      // Steps of a real name are told apart between the whole numbers only.
      if (!allWhole && !WHOLE_NAMES.test(name)) return sample(name, index, [-700, 700]);
      const stride = 1 + (hash(name, 3) % 2);
      return rational(BigInt(1 + ((index * stride + (hash(name, 2) % 7)) % count)));
    });
  }
  return RANGES.map((range, salt) => (name: string) => sample(name, salt, range));
}

function isStep(node: Expression): boolean {
  return node.kind === 'call' && ['floor', 'ceil', 'mod'].includes(node.name);
}

function needsWholeNumbers(node: Expression): boolean {
  if (node.kind === 'call') return WHOLE_FUNCTIONS.has(node.name);
  if (node.kind === 'bind') return node.operator === 'sum' || node.operator === 'product';
  if (node.kind !== 'power' || node.base.kind !== 'number') return false;
  return node.base.value.top < 0n && node.exponent.kind !== 'number';
}

/** A value with ten binary places in the range, the same for the same name. */
function sample(name: string, salt: number, [low, high]: readonly [number, number]): Rational {
  const steps = hash(name, salt) % 1021;
  return rational(BigInt(low * 1021 + (high - low) * steps), 102_100n);
}

function isAnalytic(a: Expression, b: Expression): boolean {
  return !contains(a, b, (node) => {
    if (node.kind === 'apply' || node.kind === 'bind') return true;
    if (node.kind === 'call')
      return BRANCHING.has(node.name) || WHOLE_FUNCTIONS.has(node.name) || isStep(node);
    return (
      node.kind === 'power' &&
      (node.exponent.kind !== 'number' || node.exponent.value.bottom !== 1n) &&
      !isE(node.base)
    );
  });
}

function isE(node: Expression): boolean {
  return node.kind === 'constant' && node.name === 'e';
}
