/**
 * Canonical sums, products and powers: numbers worked out exactly while they are small enough, like terms and like
 * factors collected, the rest sorted. Not every equal pair gets equal forms; later stages decide the others.
 */
import { type Budget, BudgetExceeded, MAX_BITS } from './budget.ts';
import { type Expression, numberNode, type Of } from './expression.ts';
import { keyOf } from './keys.ts';
import { addMatrices, matrixPower, multiplyMatrices, scaleMatrix } from './matrices.ts';
import { primitiveRoot, radical } from './radicals.ts';
import {
  add,
  isInteger,
  multiply,
  negate,
  ONE,
  type Rational,
  rational,
  power as rationalPower,
  size,
  ZERO,
} from './rational.ts';

const NUMBER_ZERO = numberNode(ZERO);
const NUMBER_ONE = numberNode(ONE);
const IMAGINARY: Expression = { kind: 'constant', name: 'i' };
const INFINITY: Expression = { kind: 'constant', name: 'infinity' };
/** The result of a division by zero and the like; equal to nothing. */
export const UNDEFINED: Expression = { kind: 'constant', name: 'undefined' };

/** A canonical sum of canonical terms. */
export function makeSum(terms: readonly Expression[], budget: Budget): Expression {
  const flat = terms.flatMap((term) => (term.kind === 'sum' ? term.terms : [term]));
  if (flat.includes(UNDEFINED)) return UNDEFINED;
  if (flat.some((term) => term.kind === 'matrix')) {
    return addMatrices(flat, (parts) => makeSum(parts, budget)) ?? UNDEFINED;
  }
  let constant = ZERO;
  const likes = new Map<string, { rest: Expression; coefficient: Rational }>();
  for (const term of flat) {
    const { coefficient, rest } = splitCoefficient(term);
    if (rest === undefined) {
      constant = bounded(add(constant, coefficient));
      continue;
    }
    const key = keyOf(rest);
    budget.spend(1 + (key.length >> 6));
    const known = likes.get(key);
    likes.set(key, {
      rest,
      coefficient: known ? add(known.coefficient, coefficient) : coefficient,
    });
  }
  const infinite = likes.get(keyOf(INFINITY));
  if (infinite !== undefined && likes.size === 1) {
    return infinite.coefficient.top === 0n
      ? UNDEFINED
      : makeProduct([numberNode(infinite.coefficient), INFINITY], budget);
  }
  const kept: Expression[] = [];
  for (const { rest, coefficient } of likes.values()) {
    if (coefficient.top !== 0n) kept.push(scale(coefficient, rest));
  }
  if (constant.top !== 0n || kept.length === 0) kept.push(numberNode(constant));
  const [only] = kept;
  if (kept.length === 1 && only !== undefined) return only;
  return { kind: 'sum', terms: sorted(kept) };
}

/** The rational factor of a canonical term and what it multiplies. */
export function splitCoefficient(node: Expression): {
  coefficient: Rational;
  rest: Expression | undefined;
} {
  if (node.kind === 'number') return { coefficient: node.value, rest: undefined };
  if (node.kind !== 'product') return { coefficient: ONE, rest: node };
  const [first, ...others] = node.factors;
  if (first?.kind !== 'number') return { coefficient: ONE, rest: node };
  const [only] = others;
  const rest: Expression =
    others.length === 1 && only !== undefined ? only : { kind: 'product', factors: others };
  return { coefficient: first.value, rest };
}

function scale(coefficient: Rational, rest: Expression): Expression {
  if (coefficient.top === 1n && coefficient.bottom === 1n) return rest;
  const factors = rest.kind === 'product' ? rest.factors : [rest];
  return { kind: 'product', factors: [numberNode(coefficient), ...factors] };
}

/** A canonical product of canonical factors; matrices keep their order. */
export function makeProduct(factors: readonly Expression[], budget: Budget): Expression {
  const flat = factors.flatMap((factor) => (factor.kind === 'product' ? factor.factors : [factor]));
  if (flat.includes(UNDEFINED)) return UNDEFINED;
  if (flat.some((factor) => factor.kind === 'matrix')) return productWithMatrices(flat, budget);
  const collected = new Factors(budget);
  for (const factor of flat) collected.take(factor);
  return collected.result();
}

function productWithMatrices(factors: readonly Expression[], budget: Budget): Expression {
  const scalars = factors.filter((factor) => factor.kind !== 'matrix');
  const matrices = factors.filter((factor) => factor.kind === 'matrix');
  let product: Expression | undefined = matrices[0];
  for (const next of matrices.slice(1)) {
    const ring = { sum: (parts: readonly Expression[]) => makeSum(parts, budget), product: times };
    product = product && multiplyMatrices(product, next, ring);
  }
  function times(parts: readonly Expression[]): Expression {
    budget.spend(1);
    return makeProduct(parts, budget);
  }
  if (product === undefined) return UNDEFINED;
  const factor = makeProduct(scalars, budget);
  return scaleMatrix(product, (cell) => makeProduct([factor, cell], budget));
}

/** Collects the factors of one product: a number, roots by degree, and powers by base. */
class Factors {
  readonly #budget: Budget;
  #coefficient = ONE;
  #undefined = false;
  #imaginary = 0;
  readonly #roots = new Map<number, bigint>();
  readonly #powers = new Map<string, { base: Expression; exponents: Expression[] }>();

  constructor(budget: Budget) {
    this.#budget = budget;
  }

  take(factor: Expression): void {
    this.#budget.spend(1);
    if (factor.kind === 'number') {
      this.#coefficient = bounded(multiply(this.#coefficient, factor.value));
    } else if (factor.kind === 'constant' && factor.name === 'i') {
      this.#imaginary++;
    } else if (factor.kind === 'constant' && factor.name === 'undefined') {
      this.#undefined = true;
    } else if (!this.#takeRoot(factor)) {
      const base = factor.kind === 'power' ? factor.base : factor;
      const exponent = factor.kind === 'power' ? factor.exponent : NUMBER_ONE;
      const key = keyOf(base);
      this.#budget.spend(key.length >> 6);
      const known = this.#powers.get(key);
      if (known === undefined) this.#powers.set(key, { base, exponents: [exponent] });
      else known.exponents.push(exponent);
    }
  }

  /** Roots of the same degree are multiplied under one sign. */
  #takeRoot(factor: Expression): boolean {
    const root = rootOf(factor);
    if (root === undefined) return false;
    const product = root.radicand * (this.#roots.get(root.degree) ?? 1n);
    const simple = radical(rational(product), rational(1n, BigInt(root.degree)));
    if (simple === undefined) return false;
    this.#coefficient = bounded(multiply(this.#coefficient, simple.coefficient));
    this.#roots.delete(root.degree);
    if (simple.radicand === 1n) return true;
    if (simple.degree === root.degree || !this.#roots.has(simple.degree)) {
      this.#roots.set(simple.degree, simple.radicand);
      return true;
    }
    return this.#takeRoot(rootNode(simple.radicand, simple.degree));
  }

  result(): Expression {
    const kept: Expression[] = [];
    for (const { base, exponents } of this.#powers.values()) {
      const node =
        exponents.length === 1 && exponents[0] === NUMBER_ONE
          ? base
          : makePower(base, makeSum(exponents, this.#budget), this.#budget);
      this.#keep(node, kept);
    }
    for (const [degree, radicand] of this.#roots) kept.push(rootNode(radicand, degree));
    const turns = this.#imaginary % 4;
    if (turns >= 2) this.#coefficient = negate(this.#coefficient);
    if (turns % 2 === 1) kept.push(IMAGINARY);
    return this.#undefined ? UNDEFINED : this.#assemble(kept);
  }

  #keep(node: Expression, kept: Expression[]): void {
    if (node === UNDEFINED) this.#undefined = true;
    else if (node.kind === 'number') {
      this.#coefficient = bounded(multiply(this.#coefficient, node.value));
    } else if (node.kind === 'product') {
      for (const factor of node.factors) this.#keep(factor, kept);
    } else kept.push(node);
  }

  #assemble(kept: Expression[]): Expression {
    const coefficient = this.#coefficient;
    if (coefficient.top === 0n) {
      return kept.some((node) => node === INFINITY || keyOf(node) === '@infinity')
        ? UNDEFINED
        : NUMBER_ZERO;
    }
    if (kept.length === 0) return numberNode(coefficient);
    const isInfinite = kept.some((node) => node.kind === 'constant' && node.name === 'infinity');
    const factor =
      isInfinite && kept.length === 1 ? rational(coefficient.top < 0n ? -1n : 1n) : coefficient;
    const order = sorted(kept);
    const [only] = order;
    if (order.length === 1 && only !== undefined) return scale(factor, only);
    return scale(factor, { kind: 'product', factors: order });
  }
}

function rootNode(radicand: bigint, degree: number): Expression {
  return {
    kind: 'power',
    base: numberNode(rational(radicand)),
    exponent: numberNode(rational(1n, BigInt(degree))),
  };
}

function rootOf(node: Expression): { radicand: bigint; degree: number } | undefined {
  if (node.kind !== 'power' || node.base.kind !== 'number' || node.exponent.kind !== 'number') {
    return undefined;
  }
  const { value } = node.exponent;
  if (value.top !== 1n || value.bottom > 12n || !isInteger(node.base.value)) return undefined;
  return node.base.value.top > 1n
    ? { radicand: node.base.value.top, degree: Number(value.bottom) }
    : undefined;
}

/** A canonical power of canonical parts. */
export function makePower(base: Expression, exponent: Expression, budget: Budget): Expression {
  budget.spend(1);
  if (base === UNDEFINED || exponent === UNDEFINED) return UNDEFINED;
  if (base.kind === 'matrix') {
    const ring = {
      sum: (parts: readonly Expression[]) => makeSum(parts, budget),
      product: (parts: readonly Expression[]) => makeProduct(parts, budget),
    };
    return matrixPower(base, exponent, ring) ?? { kind: 'power', base, exponent };
  }
  if (exponent.kind === 'number') {
    return isInteger(exponent.value)
      ? wholePower(base, exponent, budget)
      : fractionalPower(base, exponent, budget);
  }
  if (base.kind === 'number' && isInteger(base.value) && base.value.top > 0n) {
    if (base.value.top === 1n) return NUMBER_ONE;
    const { root, degree } = primitiveRoot(base.value.top);
    if (degree > 1) {
      const scaled = makeProduct([numberNode(rational(BigInt(degree))), exponent], budget);
      return makePower(numberNode(rational(root)), scaled, budget);
    }
  }
  if (base.kind === 'power' && base.base.kind === 'constant' && base.exponent.kind !== 'number') {
    // (e^x)^n is e^(nx).
    return makePower(base.base, makeProduct([base.exponent, exponent], budget), budget);
  }
  return { kind: 'power', base, exponent };
}

function wholePower(base: Expression, exponent: Of<'number'>, budget: Budget): Expression {
  const count = exponent.value.top;
  if (count === 1n) return base;
  if (count === 0n) return isZero(base) ? UNDEFINED : NUMBER_ONE;
  switch (base.kind) {
    case 'number':
      return numberPower(base.value, count, budget);
    case 'power':
      return makePower(base.base, makeProduct([base.exponent, exponent], budget), budget);
    case 'product':
      return makeProduct(
        base.factors.map((factor) => makePower(factor, exponent, budget)),
        budget,
      );
    case 'constant':
      if (base.name === 'i') return imaginaryPower(count);
      if (base.name === 'infinity') return count > 0n ? base : NUMBER_ZERO;
      return { kind: 'power', base, exponent };
    default:
      return { kind: 'power', base, exponent };
  }
}

function numberPower(base: Rational, count: bigint, budget: Budget): Expression {
  if (base.top === 0n) return count > 0n ? NUMBER_ZERO : UNDEFINED;
  const exact = rationalPower(base, count);
  if (exact !== undefined) return numberNode(exact);
  // Too large to write out: keep it as powers of primitive whole numbers.
  const sign = base.top < 0n && count % 2n !== 0n ? rational(-1n) : ONE;
  const top = base.top < 0n ? -base.top : base.top;
  const parts = [symbolicPower(top, count), symbolicPower(base.bottom, -count)];
  const kept = parts.filter((part) => part !== undefined);
  const [only] = kept;
  if (kept.length === 1 && only !== undefined && sign === ONE) return only;
  budget.spend(4);
  return scale(sign, { kind: 'product', factors: sorted(kept) });
}

function symbolicPower(base: bigint, count: bigint): Expression | undefined {
  if (base === 1n) return undefined;
  const { root, degree } = primitiveRoot(base);
  return {
    kind: 'power',
    base: numberNode(rational(root)),
    exponent: numberNode(rational(count * BigInt(degree))),
  };
}

function imaginaryPower(count: bigint): Expression {
  const turns = ((count % 4n) + 4n) % 4n;
  const sign = numberNode(rational(turns < 2n ? 1n : -1n));
  if (turns % 2n === 0n) return sign;
  return turns === 1n ? IMAGINARY : { kind: 'product', factors: [sign, IMAGINARY] };
}

function fractionalPower(base: Expression, exponent: Of<'number'>, budget: Budget): Expression {
  const { value } = exponent;
  if (base.kind === 'number') return rootOfNumber(base.value, exponent, budget);
  if (base.kind === 'power' && base.exponent.kind === 'number' && !isInteger(base.exponent.value)) {
    const inner = multiply(base.exponent.value, value);
    return makePower(base.base, numberNode(inner), budget);
  }
  const { coefficient, rest } = splitCoefficient(base);
  if (
    rest !== undefined &&
    coefficient.top > 0n &&
    !(coefficient.top === 1n && isInteger(coefficient))
  ) {
    const root = rootOfNumber(coefficient, exponent, budget);
    return makeProduct([root, makePower(rest, exponent, budget)], budget);
  }
  if (base.kind === 'constant' && base.name === 'infinity')
    return value.top > 0n ? base : NUMBER_ZERO;
  return { kind: 'power', base, exponent };
}

function rootOfNumber(base: Rational, exponent: Of<'number'>, budget: Budget): Expression {
  const { value } = exponent;
  if (base.top === 0n) return value.top > 0n ? NUMBER_ZERO : UNDEFINED;
  if (base.top < 0n) {
    // Odd roots of negative numbers are real; square roots are imaginary; others stay as they are.
    const positive = rootOfNumber(negate(base), exponent, budget);
    if (value.bottom % 2n === 1n) {
      return value.top % 2n === 0n
        ? positive
        : makeProduct([numberNode(rational(-1n)), positive], budget);
    }
    if (value.bottom === 2n) return makeProduct([imaginaryPower(value.top), positive], budget);
    return { kind: 'power', base: numberNode(base), exponent };
  }
  const simple = radical(base, value);
  if (simple === undefined) return { kind: 'power', base: numberNode(base), exponent };
  if (simple.radicand === 1n) return numberNode(simple.coefficient);
  return scale(simple.coefficient, rootNode(simple.radicand, simple.degree));
}

function isZero(node: Expression): boolean {
  return node.kind === 'number' && node.value.top === 0n;
}

/** Numbers far over the bit budget end the comparison instead of filling memory. */
function bounded(value: Rational): Rational {
  if (size(value) > 4 * MAX_BITS) {
    throw new BudgetExceeded(`verifier: expected numbers under ${4 * MAX_BITS} bits, needed more.`);
  }
  return value;
}

function sorted(nodes: readonly Expression[]): Expression[] {
  return [...nodes].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}
