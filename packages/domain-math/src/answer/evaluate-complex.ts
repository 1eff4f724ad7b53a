/** The complex value of a canonical tree at one point, with principal branches, at any precision. */
import type { Budget } from './budget.ts';
import type { Expression, Of } from './expression.ts';
import { hash } from './hash.ts';
import { keyOf } from './keys.ts';
import { type Rational, rational } from './rational.ts';
import type { RealField } from './real-field.ts';

/** Largest whole power computed by squaring. */
const MAX_POWER = 4_096n;

/** A complex number over a real field. */
export interface Complex<T> {
  readonly re: T;
  readonly im: T;
}

/** Where and how a tree is evaluated; names may have imaginary parts. */
export interface ComplexPoint<T> {
  readonly field: RealField<T>;
  readonly budget: Budget;
  sampleOf(name: string): { readonly re: Rational; readonly im: Rational };
  readonly logarithmBase: 'e' | '10';
  /** Base-2 size of the largest term added so far. */
  scale: number;
}

/** Base-2 size of a complex number. */
export function magnitudeOf<T>({ re, im }: Complex<T>, field: RealField<T>): number {
  return Math.max(field.magnitude(re), field.magnitude(im));
}

/** `a - b`. */
export function subtractComplex<T>(a: Complex<T>, b: Complex<T>, field: RealField<T>): Complex<T> {
  return { re: field.subtract(a.re, b.re), im: field.subtract(a.im, b.im) };
}

/** The value at the point, or `undefined` where there is none. */
export function evaluateComplex<T>(
  node: Expression,
  point: ComplexPoint<T>,
): Complex<T> | undefined {
  const value = valueAt(node, point);
  if (value === undefined) return undefined;
  return point.field.isFinite(value.re) && point.field.isFinite(value.im) ? value : undefined;
}

function valueAt<T>(node: Expression, point: ComplexPoint<T>): Complex<T> | undefined {
  const { field } = point;
  const zero = field.fromNumber(0);
  const one = field.fromNumber(1);
  point.budget.spend(2);
  switch (node.kind) {
    case 'number':
      return { re: field.fromRational(node.value), im: zero };
    case 'symbol': {
      const { re, im } = point.sampleOf(node.name);
      return { re: field.fromRational(re), im: field.fromRational(im) };
    }
    case 'constant':
      if (node.name === 'i') return { re: zero, im: one };
      if (node.name === 'pi') return { re: field.pi(), im: zero };
      return node.name === 'e' ? { re: field.exponential(one), im: zero } : undefined;
    case 'sum': {
      let total: Complex<T> = { re: zero, im: zero };
      for (const term of node.terms) {
        const value = valueAt(term, point);
        if (value === undefined) return undefined;
        point.scale = Math.max(point.scale, magnitudeOf(value, field));
        total = add(total, value, field);
      }
      return total;
    }
    case 'product': {
      let total: Complex<T> = { re: one, im: zero };
      for (const factor of node.factors) {
        const value = valueAt(factor, point);
        if (value === undefined) return undefined;
        total = multiply(total, value, field);
      }
      return total;
    }
    case 'power':
      return powerAt(node, point);
    case 'call':
      return callAt(node, point);
    case 'apply':
      return unknownAt(node, point);
    case 'bind':
      return { re: atom(keyOf(node), field), im: zero };
    default:
      return undefined;
  }
}

function powerAt<T>(
  { base, exponent }: Of<'power'>,
  point: ComplexPoint<T>,
): Complex<T> | undefined {
  const { field } = point;
  const value = valueAt(base, point);
  if (value === undefined) return undefined;
  const isZero = field.sign(value.re) === 0 && field.sign(value.im) === 0;
  if (exponent.kind === 'number' && exponent.value.bottom === 1n) {
    const { top } = exponent.value;
    const size = top < 0n ? -top : top;
    if (isZero) return top > 0n ? value : undefined;
    if (size <= MAX_POWER) {
      const power = raise(value, Number(size), field);
      return top < 0n
        ? divide({ re: field.fromNumber(1), im: field.fromNumber(0) }, power, field)
        : power;
    }
  }
  const height = valueAt(exponent, point);
  if (height === undefined) return undefined;
  if (isZero) return field.sign(height.re) > 0 ? value : undefined;
  return exponential(multiply(height, logarithm(value, field), field), field);
}

function callAt<T>({ name, args }: Of<'call'>, point: ComplexPoint<T>): Complex<T> | undefined {
  const { field } = point;
  const [first, base] = args;
  const x = first === undefined ? undefined : evaluateComplex(first, point);
  if (x === undefined) return undefined;
  const zero = field.fromNumber(0);
  const isZero = field.sign(x.re) === 0 && field.sign(x.im) === 0;
  switch (name) {
    case 'ln':
      return isZero ? undefined : logarithm(x, field);
    case 'log': {
      if (isZero) return undefined;
      const top = logarithm(x, field);
      if (base === undefined && point.logarithmBase === 'e') return top;
      const ten = { re: field.fromNumber(10), im: zero };
      const bottom = base === undefined ? ten : evaluateComplex(base, point);
      return bottom && divide(top, logarithm(bottom, field), field);
    }
    case 'abs':
    case 'norm':
      return { re: modulus(x, field), im: zero };
    case 'real':
      return { re: x.re, im: zero };
    case 'imaginary':
      return { re: x.im, im: zero };
    case 'arg':
      return isZero ? undefined : { re: argument(x, field), im: zero };
    default:
      return args.length === 1 ? trigonometric(name, x, field) : undefined;
  }
}

/** Circular and hyperbolic functions through exponentials. */
function trigonometric<T>(
  name: string,
  x: Complex<T>,
  field: RealField<T>,
): Complex<T> | undefined {
  const hyperbolic = name.endsWith('h');
  const turned = hyperbolic
    ? x
    : multiply({ re: field.fromNumber(0), im: field.fromNumber(1) }, x, field);
  const up = exponential(turned, field);
  const down = exponential(negate(turned, field), field);
  const half = { re: field.fromNumber(0.5), im: field.fromNumber(0) };
  const even = multiply(half, add(up, down, field), field);
  const difference = multiply(half, subtractComplex(up, down, field), field);
  const minusI = { re: field.fromNumber(0), im: field.fromNumber(-1) };
  const odd = hyperbolic ? difference : multiply(minusI, difference, field);
  const one = { re: field.fromNumber(1), im: field.fromNumber(0) };
  switch (hyperbolic ? name.slice(0, -1) : name) {
    case 'sin':
      return odd;
    case 'cos':
      return even;
    case 'tan':
      return divide(odd, even, field);
    case 'cot':
      return divide(even, odd, field);
    case 'sec':
      return divide(one, even, field);
    case 'csc':
      return divide(one, odd, field);
    default:
      return undefined;
  }
}

function unknownAt<T>(node: Of<'apply'>, point: ComplexPoint<T>): Complex<T> | undefined {
  const { field } = point;
  const [first] = node.args;
  if (node.name === 'overline' && first !== undefined && node.args.length === 1) {
    const value = evaluateComplex(first, point);
    return value && { re: value.re, im: field.negate(value.im) };
  }
  return { re: atom(keyOf(node), field), im: field.fromNumber(0) };
}

function atom<T>(key: string, field: RealField<T>): T {
  return field.fromRational(rational(BigInt(hash(key, 7)), 2n ** 31n));
}

function add<T>(a: Complex<T>, b: Complex<T>, field: RealField<T>): Complex<T> {
  return { re: field.add(a.re, b.re), im: field.add(a.im, b.im) };
}

function negate<T>(a: Complex<T>, field: RealField<T>): Complex<T> {
  return { re: field.negate(a.re), im: field.negate(a.im) };
}

function multiply<T>(a: Complex<T>, b: Complex<T>, field: RealField<T>): Complex<T> {
  return {
    re: field.subtract(field.multiply(a.re, b.re), field.multiply(a.im, b.im)),
    im: field.add(field.multiply(a.re, b.im), field.multiply(a.im, b.re)),
  };
}

function divide<T>(a: Complex<T>, b: Complex<T>, field: RealField<T>): Complex<T> {
  const size = field.add(field.multiply(b.re, b.re), field.multiply(b.im, b.im));
  const top = multiply(a, { re: b.re, im: field.negate(b.im) }, field);
  return { re: field.divide(top.re, size), im: field.divide(top.im, size) };
}

function raise<T>(base: Complex<T>, exponent: number, field: RealField<T>): Complex<T> {
  let result: Complex<T> = { re: field.fromNumber(1), im: field.fromNumber(0) };
  let square = base;
  for (let rest = exponent; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result = multiply(result, square, field);
    if (rest > 1) square = multiply(square, square, field);
  }
  return result;
}

function modulus<T>({ re, im }: Complex<T>, field: RealField<T>): T {
  return field.squareRoot(field.add(field.multiply(re, re), field.multiply(im, im)));
}

/** The angle in (-pi, pi]. */
function argument<T>({ re, im }: Complex<T>, field: RealField<T>): T {
  const half = field.divide(field.pi(), field.fromNumber(2));
  if (field.sign(re) === 0) return field.sign(im) < 0 ? field.negate(half) : half;
  const angle = field.arcTangent(field.divide(im, re));
  if (field.sign(re) > 0) return angle;
  return field.sign(im) < 0 ? field.subtract(angle, field.pi()) : field.add(angle, field.pi());
}

function logarithm<T>(x: Complex<T>, field: RealField<T>): Complex<T> {
  return { re: field.logarithm(modulus(x, field)), im: argument(x, field) };
}

function exponential<T>({ re, im }: Complex<T>, field: RealField<T>): Complex<T> {
  const size = field.exponential(re);
  return { re: field.multiply(size, field.cosine(im)), im: field.multiply(size, field.sine(im)) };
}
