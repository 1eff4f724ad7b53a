/**
 * Polynomial and rational identities by evaluation modulo large primes, without expanding anything. Two different
 * rational functions of degree d agree at a random point modulo p with a chance of about d/p; four primes near 2^26
 * make that negligible for anything short enough to be an answer. Roots, logarithms and other functions count as
 * further unknowns, so agreement proves equality and disagreement proves nothing.
 */
import type { Budget } from './budget.ts';
import type { Expression, Of } from './expression.ts';
import { hash } from './hash.ts';
import { keyOf } from './keys.ts';
import { isInteger, type Rational } from './rational.ts';

/** The largest primes below 2^26 that are 1 modulo 4, so that -1 has a root and products fit a double. */
export const PRIMES: readonly number[] = [67108837, 67108777, 67108757, 67108753];

/** Fewest primes that must give a value. */
const MIN_PRIMES = 2;

/** `equal` and `different` are certain; `unknown` leaves it to the numeric test. */
type IdentityResult = 'equal' | 'different' | 'unknown';

interface Residues {
  readonly prime: number;
  readonly salt: number;
  readonly root: number;
  readonly budget: Budget;
  /** Becomes false when something other than names and numbers was evaluated. */
  pure: boolean;
}

/** Compares two canonical trees as rational functions of their names and other unknowns. */
export function compareIdentically(a: Expression, b: Expression, budget: Budget): IdentityResult {
  let agreements = 0;
  let pure = true;
  for (const [salt, prime] of PRIMES.entries()) {
    const residues: Residues = { prime, salt, root: rootOfMinusOne(prime), budget, pure: true };
    const left = evaluate(a, residues);
    const right = evaluate(b, residues);
    pure &&= residues.pure;
    if (Number.isNaN(left) || Number.isNaN(right)) continue;
    if (left !== right) return pure ? 'different' : 'unknown';
    agreements++;
  }
  return agreements >= MIN_PRIMES ? 'equal' : 'unknown';
}

function evaluate(node: Expression, residues: Residues): number {
  residues.budget.spend(1);
  const { prime } = residues;
  switch (node.kind) {
    case 'number':
      return residueOf(node.value, prime);
    case 'symbol':
      return unknown(`$${node.name}`, residues);
    case 'constant':
      if (node.name === 'i') return residues.root;
      residues.pure = false;
      return node.name === 'pi' || node.name === 'e'
        ? unknown(`@${node.name}`, residues)
        : Number.NaN;
    case 'sum': {
      let total = 0;
      for (const term of node.terms) total = (total + evaluate(term, residues)) % prime;
      return total;
    }
    case 'product': {
      let total = 1;
      for (const factor of node.factors) total = (total * evaluate(factor, residues)) % prime;
      return total;
    }
    case 'power':
      return evaluatePower(node, residues);
    case 'call':
    case 'apply':
    case 'bind':
    case 'digits':
      residues.pure = false;
      return unknown(keyOf(node), residues);
    default:
      residues.pure = false;
      return Number.NaN;
  }
}

function evaluatePower({ base, exponent }: Of<'power'>, residues: Residues): number {
  if (exponent.kind === 'number' && isInteger(exponent.value)) {
    return raise(evaluate(base, residues), exponent.value.top, residues.prime);
  }
  residues.pure = false;
  let total = 1;
  for (const factor of factorsOf(base)) {
    const terms = exponent.kind === 'sum' ? exponent.terms : [exponent];
    for (const term of terms) {
      total = (total * powerOfTerm(factor, term, residues)) % residues.prime;
    }
  }
  return total;
}

/** `b^(n·t/d)` is the n-th power of the unknown `b^(t/d)`; whole parts of the exponent are ordinary powers. */
function powerOfTerm(base: Expression, term: Expression, residues: Residues): number {
  const [first, ...rest] = term.kind === 'product' ? term.factors : [term];
  const coefficient = first?.kind === 'number' ? first.value : { top: 1n, bottom: 1n };
  const others = first?.kind === 'number' ? rest : [first, ...rest];
  if (others.length === 0 && isInteger(coefficient)) {
    return raise(evaluate(base, residues), coefficient.top, residues.prime);
  }
  const names = others.map((other) => (other === undefined ? '' : keyOf(other))).join(' ');
  const name = `${keyOf(base)}^(${names})/${coefficient.bottom}`;
  return raise(unknown(name, residues), coefficient.top, residues.prime);
}

/** Small prime factors of a whole number and the factors of a product, each with its own power. */
function factorsOf(base: Expression): readonly Expression[] {
  if (base.kind === 'product') return base.factors.flatMap(factorsOf);
  if (base.kind !== 'number' || base.value.bottom !== 1n || base.value.top < 2n) return [base];
  const factors: Expression[] = [];
  let rest = base.value.top;
  for (let prime = 2n; prime < 50n && prime <= rest; prime++) {
    while (rest % prime === 0n) {
      factors.push({ kind: 'number', value: { top: prime, bottom: 1n }, decimal: false });
      rest /= prime;
    }
  }
  if (rest > 1n) factors.push({ kind: 'number', value: { top: rest, bottom: 1n }, decimal: false });
  return factors;
}

function unknown(name: string, { prime, salt }: Residues): number {
  return 2 + ((hash(name, salt) * 2 + (hash(name, salt + 64) & 1)) % (prime - 2));
}

function residueOf({ top, bottom }: Rational, prime: number): number {
  const modulus = BigInt(prime);
  const numerator = Number(((top % modulus) + modulus) % modulus);
  if (bottom === 1n) return numerator;
  const denominator = Number(bottom % modulus);
  return denominator === 0 ? Number.NaN : (numerator * inverse(denominator, prime)) % prime;
}

function raise(base: number, exponent: bigint, prime: number): number {
  if (Number.isNaN(base)) return base;
  if (base === 0) return exponent > 0n ? 0 : Number.NaN;
  // Fermat: exponents count modulo p - 1, so towers cost no more than squares.
  const order = BigInt(prime - 1);
  return modularPower(base, Number(((exponent % order) + order) % order), prime);
}

function inverse(value: number, prime: number): number {
  return modularPower(value, prime - 2, prime);
}

function modularPower(base: number, exponent: number, prime: number): number {
  let result = 1;
  let square = base % prime;
  for (let rest = exponent; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result = (result * square) % prime;
    square = (square * square) % prime;
  }
  return result;
}

const ROOTS = new Map<number, number>();

/** A square root of -1: a non-residue to the power (p - 1) / 4. */
function rootOfMinusOne(prime: number): number {
  const known = ROOTS.get(prime);
  if (known !== undefined) return known;
  for (let candidate = 2; ; candidate++) {
    const root = modularPower(candidate, (prime - 1) / 4, prime);
    if ((root * root) % prime === prime - 1) {
      ROOTS.set(prime, root);
      return root;
    }
  }
}
