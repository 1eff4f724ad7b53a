/**
 * The real value of a canonical tree at one point, at any precision. Outside its real domain (the root of a negative
 * number, the logarithm of zero) a tree has no value there.
 */
import type { Budget } from './budget.ts';
import type { Expression, Of } from './expression.ts';
import { hash } from './hash.ts';
import { keyOf } from './keys.ts';
import { type Rational, rational } from './rational.ts';
import type { RealField } from './real-field.ts';

/** Longest sum or product with a variable bound that is added up at a point. */
const MAX_TERMS = 200;
/** Largest whole power computed by squaring. */
const MAX_POWER = 4_096n;

/** Where and how a tree is evaluated. */
export interface RealPoint<T> {
  readonly field: RealField<T>;
  readonly budget: Budget;
  /** The value of each name at this point. */
  sampleOf(name: string): Rational;
  /** Base of a logarithm written without one. */
  readonly logarithmBase: 'e' | '10';
  /** Base-2 size of the largest term added so far: what cancellation is measured against. */
  scale: number;
}

/** The value at the point, or `undefined` where there is none. */
export function evaluateReal<T>(node: Expression, point: RealPoint<T>): T | undefined {
  const value = valueAt(node, point);
  return value !== undefined && point.field.isFinite(value) ? value : undefined;
}

function valueAt<T>(node: Expression, point: RealPoint<T>): T | undefined {
  const { field } = point;
  point.budget.spend(1);
  switch (node.kind) {
    case 'number':
      return field.fromRational(node.value);
    case 'symbol':
      return field.fromRational(point.sampleOf(node.name));
    case 'constant':
      if (node.name === 'pi') return field.pi();
      return node.name === 'e' ? field.exponential(field.fromNumber(1)) : undefined;
    case 'sum': {
      let total = field.fromNumber(0);
      for (const term of node.terms) {
        const value = valueAt(term, point);
        if (value === undefined) return undefined;
        point.scale = Math.max(point.scale, field.magnitude(value));
        total = field.add(total, value);
      }
      return total;
    }
    case 'product': {
      let total = field.fromNumber(1);
      for (const factor of node.factors) {
        const value = valueAt(factor, point);
        if (value === undefined) return undefined;
        total = field.multiply(total, value);
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
      return boundAt(node, point);
    default:
      return undefined;
  }
}

function powerAt<T>({ base, exponent }: Of<'power'>, point: RealPoint<T>): T | undefined {
  const { field } = point;
  const value = valueAt(base, point);
  if (value === undefined || !field.isFinite(value)) return undefined;
  const sign = field.sign(value);
  if (exponent.kind === 'number') {
    const { top, bottom } = exponent.value;
    if (sign === 0) return top > 0n ? value : undefined;
    const size = top < 0n ? -top : top;
    if (bottom === 1n && size <= MAX_POWER) {
      const power = raise(value, Number(size), field);
      return top < 0n ? field.divide(field.fromNumber(1), power) : power;
    }
    if (sign < 0 && bottom % 2n === 0n) return undefined;
    const positive = sign < 0 ? field.negate(value) : value;
    const isOdd = top % 2n !== 0n;
    const power =
      bottom === 2n && size <= MAX_POWER
        ? halfPower(positive, Number(top), field)
        : exponentialPower(positive, field.fromRational(exponent.value), field);
    return sign < 0 && isOdd ? field.negate(power) : power;
  }
  const height = valueAt(exponent, point);
  if (height === undefined || !field.isFinite(height)) return undefined;
  if (sign > 0) return exponentialPower(value, height, field);
  const whole = wholeNumber(height, field);
  if (sign === 0) return field.sign(height) > 0 ? value : undefined;
  // A negative base has whole powers only.
  if (whole === undefined || Math.abs(whole) > Number(MAX_POWER)) return undefined;
  const power = raise(value, Math.abs(whole), field);
  return whole < 0 ? field.divide(field.fromNumber(1), power) : power;
}

function raise<T>(base: T, exponent: number, field: RealField<T>): T {
  let result = field.fromNumber(1);
  let square = base;
  for (let rest = exponent; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result = field.multiply(result, square);
    if (rest > 1) square = field.multiply(square, square);
  }
  return result;
}

function halfPower<T>(base: T, top: number, field: RealField<T>): T {
  const power = raise(field.squareRoot(base), Math.abs(top), field);
  return top < 0 ? field.divide(field.fromNumber(1), power) : power;
}

function exponentialPower<T>(base: T, exponent: T, field: RealField<T>): T {
  return field.exponential(field.multiply(exponent, field.logarithm(base)));
}

/** The whole number a value is, as far as its precision tells. */
function wholeNumber<T>(value: T, field: RealField<T>): number | undefined {
  const near = Math.round(field.toNumber(value));
  if (!Number.isSafeInteger(near)) return undefined;
  const gap = field.subtract(value, field.fromRational(rational(BigInt(near))));
  return field.magnitude(gap) < -field.bits / 2 ? near : undefined;
}

function callAt<T>({ name, args }: Of<'call'>, point: RealPoint<T>): T | undefined {
  const { field } = point;
  const values: T[] = [];
  for (const arg of args) {
    const value = evaluateReal(arg, point);
    if (value === undefined) return undefined;
    values.push(value);
  }
  const [x, second] = values;
  if (x === undefined) return undefined;
  const one = field.fromNumber(1);
  switch (name) {
    case 'sin':
      return field.sine(x);
    case 'cos':
      return field.cosine(x);
    case 'tan':
      return field.divide(field.sine(x), field.cosine(x));
    case 'cot':
      return field.divide(field.cosine(x), field.sine(x));
    case 'sec':
      return field.divide(one, field.cosine(x));
    case 'csc':
      return field.divide(one, field.sine(x));
    case 'ln':
      return field.sign(x) > 0 ? field.logarithm(x) : undefined;
    case 'log':
      return logarithmAt(x, second, point);
    case 'abs':
    case 'norm':
      return field.sign(x) < 0 ? field.negate(x) : x;
    case 'sgn':
      return field.fromNumber(field.sign(x));
    case 'real':
      return x;
    case 'imaginary':
      return field.fromNumber(0);
    case 'max':
      return values.reduce((a, b) => (field.sign(field.subtract(a, b)) < 0 ? b : a));
    case 'min':
      return values.reduce((a, b) => (field.sign(field.subtract(a, b)) > 0 ? b : a));
    default:
      return (
        inverseAt(name, x, field) ?? hyperbolicAt(name, x, field) ?? wholeAt(name, values, field)
      );
  }
}

function logarithmAt<T>(x: T, base: T | undefined, point: RealPoint<T>): T | undefined {
  const { field } = point;
  if (field.sign(x) <= 0 || (base !== undefined && field.sign(base) <= 0)) return undefined;
  const top = field.logarithm(x);
  if (base === undefined && point.logarithmBase === 'e') return top;
  return field.divide(top, field.logarithm(base ?? field.fromNumber(10)));
}

function inverseAt<T>(name: string, x: T, field: RealField<T>): T | undefined {
  const one = field.fromNumber(1);
  const half = (value: T): T => field.divide(value, field.fromNumber(2));
  const arcSine = (value: T): T | undefined => {
    const rest = field.subtract(one, field.multiply(value, value));
    if (field.sign(rest) < 0) return undefined;
    if (field.sign(rest) === 0)
      return field.sign(value) < 0 ? field.negate(half(field.pi())) : half(field.pi());
    return field.arcTangent(field.divide(value, field.squareRoot(rest)));
  };
  const arcCosine = (value: T): T | undefined => {
    const sine = arcSine(value);
    return sine === undefined ? undefined : field.subtract(half(field.pi()), sine);
  };
  switch (name) {
    case 'arcsin':
      return arcSine(x);
    case 'arccos':
      return arcCosine(x);
    case 'arctan':
      return field.arcTangent(x);
    case 'arccot':
      return field.subtract(half(field.pi()), field.arcTangent(x));
    case 'arcsec':
      return field.sign(x) === 0 ? undefined : arcCosine(field.divide(one, x));
    case 'arccsc':
      return field.sign(x) === 0 ? undefined : arcSine(field.divide(one, x));
    default:
      return undefined;
  }
}

function hyperbolicAt<T>(name: string, x: T, field: RealField<T>): T | undefined {
  const one = field.fromNumber(1);
  const half = field.fromNumber(0.5);
  const square = field.multiply(x, x);
  const up = (): T => field.exponential(x);
  const down = (): T => field.exponential(field.negate(x));
  const sinh = (): T => field.multiply(half, field.subtract(up(), down()));
  const cosh = (): T => field.multiply(half, field.add(up(), down()));
  switch (name) {
    case 'sinh':
      return sinh();
    case 'cosh':
      return cosh();
    case 'tanh':
      return field.divide(sinh(), cosh());
    case 'coth':
      return field.divide(cosh(), sinh());
    case 'sech':
      return field.divide(one, cosh());
    case 'csch':
      return field.divide(one, sinh());
    case 'arsinh':
      return field.logarithm(field.add(x, field.squareRoot(field.add(square, one))));
    case 'arcosh':
      if (field.sign(field.subtract(x, one)) < 0) return undefined;
      return field.logarithm(field.add(x, field.squareRoot(field.subtract(square, one))));
    case 'artanh':
      if (field.sign(field.subtract(one, square)) <= 0) return undefined;
      return field.multiply(
        half,
        field.logarithm(field.divide(field.add(one, x), field.subtract(one, x))),
      );
    default:
      return undefined;
  }
}

/** Functions that step: of whole numbers, and rounding. */
function wholeAt<T>(name: string, values: readonly T[], field: RealField<T>): T | undefined {
  const [x, second] = values;
  if (x === undefined) return undefined;
  if (name === 'floor' || name === 'ceil') return roundedAt(name, x, field);
  if (name === 'mod') {
    if (second === undefined || field.sign(second) === 0) return undefined;
    const turns = roundedAt('floor', field.divide(x, second), field);
    return turns && field.subtract(x, field.multiply(turns, second));
  }
  const whole = values.map((value) => wholeNumber(value, field));
  const [n, k] = whole;
  if (n === undefined || whole.includes(undefined) || Math.abs(n) > 60) return undefined;
  switch (name) {
    case 'factorial':
      return n < 0 ? undefined : rangeProduct(1, n, 1, field);
    case 'doublefactorial':
      return n < 0 ? undefined : rangeProduct(n % 2 === 0 ? 2 : 1, n, 2, field);
    case 'binomial': {
      if (k === undefined || n < 0) return undefined;
      if (k < 0 || k > n) return field.fromNumber(0);
      return field.divide(rangeProduct(n - k + 1, n, 1, field), rangeProduct(1, k, 1, field));
    }
    case 'gcd':
      return field.fromNumber(whole.reduce<number>((a, b) => greatestCommon(a, b ?? 0), 0));
    case 'lcm':
      return field.fromNumber(whole.reduce<number>((a, b) => leastCommon(a, b ?? 0), 1));
    default:
      return undefined;
  }
}

function roundedAt<T>(name: string, x: T, field: RealField<T>): T | undefined {
  const whole = wholeNumber(x, field);
  if (whole !== undefined) return field.fromRational(rational(BigInt(whole)));
  const near = field.toNumber(x);
  if (Math.abs(near) > 1e15) return undefined;
  return field.fromRational(
    rational(BigInt(name === 'floor' ? Math.floor(near) : Math.ceil(near))),
  );
}

function rangeProduct<T>(low: number, high: number, step: number, field: RealField<T>): T {
  let result = field.fromNumber(1);
  for (let factor = low; factor <= high; factor += step) {
    result = field.multiply(result, field.fromNumber(factor));
  }
  return result;
}

function greatestCommon(a: number, b: number): number {
  let [x, y] = [Math.abs(a), Math.abs(b)];
  while (y !== 0) [x, y] = [y, x % y];
  return x;
}

function leastCommon(a: number, b: number): number {
  return a === 0 || b === 0 ? 0 : Math.abs(a * b) / greatestCommon(a, b);
}

/** A function nobody defined is some fixed smooth function of its arguments, another one for each name. */
function unknownAt<T>(node: Of<'apply'>, point: RealPoint<T>): T | undefined {
  const { field } = point;
  let mixture = field.fromNumber(0.5 + (hash(node.name, 11) % 1024) / 1024);
  for (const [index, arg] of node.args.entries()) {
    const weight = field.fromNumber(0.25 + (hash(node.name, 20 + index) % 1024) / 1024);
    const value =
      arg.kind === 'text' || arg.kind === 'list'
        ? atomValue(keyOf(arg), field)
        : evaluateReal(arg, point);
    if (value === undefined) return undefined;
    mixture = field.add(mixture, field.multiply(weight, value));
  }
  return field.add(field.sine(mixture), field.multiply(mixture, field.fromNumber(0.375)));
}

function atomValue<T>(key: string, field: RealField<T>): T {
  return field.fromRational(rational(BigInt(hash(key, 7)), 2n ** 31n));
}

/** Adds up a sum whose bounds are whole at this point; other bound operators are unknown constants. */
function boundAt<T>(node: Of<'bind'>, point: RealPoint<T>): T | undefined {
  const { field } = point;
  const isSum = node.operator === 'sum';
  if (!isSum && node.operator !== 'product') return atomValue(keyOf(node), field);
  if (node.lower === undefined || node.upper === undefined) return atomValue(keyOf(node), field);
  const first = evaluateReal(node.lower, point);
  const last = evaluateReal(node.upper, point);
  if (first === undefined || last === undefined) return atomValue(keyOf(node), field);
  const low = wholeNumber(first, field);
  const high = wholeNumber(last, field);
  if (low === undefined || high === undefined || high - low > MAX_TERMS) return undefined;
  let total = field.fromNumber(isSum ? 0 : 1);
  for (let index = low; index <= high; index++) {
    const inner: RealPoint<T> = {
      ...point,
      sampleOf: (name) => (name === node.variable ? rational(BigInt(index)) : point.sampleOf(name)),
    };
    const value = evaluateReal(node.body, inner);
    if (value === undefined) return undefined;
    total = isSum ? field.add(total, value) : field.multiply(total, value);
  }
  return total;
}
