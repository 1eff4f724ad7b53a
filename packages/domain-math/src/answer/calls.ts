/** Exact values of known functions where the arguments allow one; otherwise the call stays. */
import { makeProduct, splitCoefficient, UNDEFINED } from './arithmetic.ts';
import type { Budget } from './budget.ts';
import { type Expression, numberNode, type Of } from './expression.ts';
import { binomialWithin, factorialWithin, gcd } from './integers.ts';
import { keyOf } from './keys.ts';
import { determinant, type Ring, transpose } from './matrices.ts';
import { primitiveRoot } from './radicals.ts';
import {
  compare,
  divide,
  floor,
  isInteger,
  negate,
  ONE,
  type Rational,
  rational,
  ZERO,
} from './rational.ts';

/** A canonical call of canonical arguments. */
export function makeCall(
  name: string,
  args: readonly Expression[],
  ring: Ring,
  budget: Budget,
): Expression {
  budget.spend(1);
  if (args.includes(UNDEFINED)) return UNDEFINED;
  const numbers = args.filter((arg): arg is Of<'number'> => arg.kind === 'number');
  if (numbers.length === args.length) {
    const value = exactValue(
      name,
      numbers.map((number) => number.value),
    );
    if (value !== undefined) return numberNode(value);
  }
  const [first, second] = args;
  if (first === undefined) return UNDEFINED;
  switch (name) {
    case 'det':
      return (first.kind === 'matrix' && determinant(first, ring)) || call(name, args);
    case 'transpose':
      return first.kind === 'matrix' ? transpose(first) : call(name, args);
    case 'abs':
      return absolute(first, budget);
    case 'gcd':
    case 'lcm':
      return commonFactor(name, args, budget);
    case 'max':
    case 'min':
      return call(name, distinct(args));
    case 'ln':
      return naturalLogarithm(first);
    case 'log':
      return second === undefined ? logarithm(first) : logarithmTo(first, second);
    default:
      return call(name, args);
  }
}

function call(name: string, args: readonly Expression[]): Expression {
  return { kind: 'call', name, args };
}

function exactValue(name: string, values: readonly Rational[]): Rational | undefined {
  const [a, b] = values;
  if (a === undefined) return undefined;
  switch (name) {
    case 'abs':
      return a.top < 0n ? negate(a) : a;
    case 'norm':
      return a.top < 0n ? negate(a) : a;
    case 'floor':
      return rational(floor(a));
    case 'ceil':
      return rational(-floor(negate(a)));
    case 'sgn':
      return rational(a.top < 0n ? -1n : a.top > 0n ? 1n : 0n);
    case 'real':
      return a;
    case 'imaginary':
      return ZERO;
    case 'factorial':
      return isInteger(a) ? wrap(factorialWithin(a.top)) : undefined;
    case 'doublefactorial':
      return isInteger(a) ? doubleFactorial(a.top) : undefined;
    case 'binomial':
      if (b === undefined || !isInteger(a) || !isInteger(b)) return undefined;
      return wrap(binomialWithin(a.top, b.top));
    case 'mod':
      return b === undefined ? undefined : modulo(a, b);
    case 'max':
      return values.reduce((best, value) => (compare(value, best) > 0 ? value : best));
    case 'min':
      return values.reduce((best, value) => (compare(value, best) < 0 ? value : best));
    case 'gcd':
      return values.every(isInteger) ? wrap(values.map((v) => v.top).reduce(gcd, 0n)) : undefined;
    case 'lcm':
      return values.every(isInteger) ? wrap(values.map((v) => v.top).reduce(lcm, 1n)) : undefined;
    default:
      return undefined;
  }
}

function wrap(value: bigint | undefined): Rational | undefined {
  return value === undefined ? undefined : rational(value);
}

function lcm(a: bigint, b: bigint): bigint {
  if (a === 0n || b === 0n) return 0n;
  const product = (a / gcd(a, b)) * b;
  return product < 0n ? -product : product;
}

function modulo(a: Rational, b: Rational): Rational | undefined {
  const quotient = divide(a, b);
  if (quotient === undefined) return undefined;
  const whole = rational(floor(quotient));
  return rational(a.top * b.bottom - whole.top * b.top * a.bottom, a.bottom * b.bottom);
}

function doubleFactorial(n: bigint): Rational | undefined {
  if (n < 0n || n > 2_000n) return undefined;
  let result = 1n;
  for (let factor = n; factor > 1n; factor -= 2n) result *= factor;
  return rational(result);
}

function absolute(value: Expression, budget: Budget): Expression {
  if (value.kind === 'constant' && value.name !== 'i') return value;
  const { coefficient, rest } = splitCoefficient(value);
  if (rest === undefined) return call('abs', [value]);
  const size = coefficient.top < 0n ? negate(coefficient) : coefficient;
  const inner =
    rest.kind === 'constant' &&
    (rest.name === 'infinity' || rest.name === 'pi' || rest.name === 'e')
      ? rest
      : call('abs', [rest]);
  return makeProduct([numberNode(size), inner], budget);
}

/**
 * gcd and lcm of indeterminates are those of monomials: powers of names are compared one by one, so that two different
 * names have the gcd 1 and their product as lcm.
 */
function commonFactor(
  name: 'gcd' | 'lcm',
  args: readonly Expression[],
  budget: Budget,
): Expression {
  const monomials = args.map(monomialOf);
  if (monomials.includes(undefined)) return call(name, distinct(args));
  const pick = name === 'gcd' ? gcd : lcm;
  let coefficient = name === 'gcd' ? 0n : 1n;
  const bases = new Map<string, { base: Expression; degrees: bigint[] }>();
  for (const [index, monomial] of monomials.entries()) {
    coefficient = pick(coefficient, monomial?.coefficient ?? 1n);
    for (const [key, { base, degree }] of monomial?.powers ?? []) {
      const known = bases.get(key) ?? { base, degrees: args.map(() => 0n) };
      known.degrees[index] = degree;
      bases.set(key, known);
    }
  }
  const factors: Expression[] = [numberNode(rational(coefficient))];
  for (const { base, degrees } of bases.values()) {
    const degree = degrees.reduce((best, next) => ((name === 'gcd') === next < best ? next : best));
    if (degree === 0n) continue;
    const exponent = numberNode(rational(degree));
    factors.push(degree === 1n ? base : { kind: 'power', base, exponent });
  }
  return makeProduct(factors, budget);
}

interface Monomial {
  readonly coefficient: bigint;
  readonly powers: ReadonlyMap<string, { readonly base: Expression; readonly degree: bigint }>;
}

function monomialOf(node: Expression): Monomial | undefined {
  const { coefficient, rest } = splitCoefficient(node);
  if (!isInteger(coefficient)) return undefined;
  const powers = new Map<string, { base: Expression; degree: bigint }>();
  const factors = rest === undefined ? [] : rest.kind === 'product' ? rest.factors : [rest];
  for (const factor of factors) {
    const base = factor.kind === 'power' ? factor.base : factor;
    const exponent = factor.kind === 'power' ? factor.exponent : numberNode(ONE);
    if (base.kind !== 'symbol' || exponent.kind !== 'number') return undefined;
    if (!isInteger(exponent.value) || exponent.value.top < 0n) return undefined;
    powers.set(keyOf(base), { base, degree: exponent.value.top });
  }
  return { coefficient: coefficient.top, powers };
}

function distinct(args: readonly Expression[]): Expression[] {
  const byKey = new Map(args.map((arg) => [keyOf(arg), arg]));
  return [...byKey.keys()].sort().map((key) => byKey.get(key) ?? UNDEFINED);
}

function naturalLogarithm(value: Expression): Expression {
  if (value.kind === 'number' && value.value.top === value.value.bottom) return numberNode(ZERO);
  if (value.kind === 'constant' && value.name === 'e') return numberNode(ONE);
  if (value.kind === 'power' && value.base.kind === 'constant' && value.base.name === 'e') {
    if (value.exponent.kind === 'number') return value.exponent;
  }
  return call('ln', [value]);
}

function logarithm(value: Expression): Expression {
  if (value.kind === 'number' && value.value.top === value.value.bottom) return numberNode(ZERO);
  return call('log', [value]);
}

/** Logarithms of powers of the base are exact; others become quotients of natural ones when evaluated. */
function logarithmTo(value: Expression, base: Expression): Expression {
  if (base.kind === 'constant' && base.name === 'e') return naturalLogarithm(value);
  if (keyOf(value) === keyOf(base)) return numberNode(ONE);
  if (value.kind !== 'number' || base.kind !== 'number') return call('log', [value, base]);
  if (value.value.top === value.value.bottom) return numberNode(ZERO);
  const a = primitiveOf(value.value);
  const b = primitiveOf(base.value);
  if (a === undefined || b === undefined || a.root !== b.root) return call('log', [value, base]);
  return numberNode(rational(BigInt(a.degree), BigInt(b.degree)));
}

function primitiveOf({ top, bottom }: Rational): { root: bigint; degree: number } | undefined {
  if (top > 1n && bottom === 1n) return primitiveRoot(top);
  if (top !== 1n || bottom < 2n) return undefined;
  const { root, degree } = primitiveRoot(bottom);
  return { root, degree: -degree };
}
