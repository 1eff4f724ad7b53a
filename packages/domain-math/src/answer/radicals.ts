/** Roots of rationals with everything taken out that can be: `√12 = 2√3`, `1/√6 = √6/6`. */
import { integerRoot } from './integers.ts';
import { multiply, power, type Rational, rational } from './rational.ts';

/** Trial divisors; what they leave is only tested for being a perfect power. */
const PRIMES = primesBelow(200);
/** Larger radicands stay as they are; the numeric test still compares them. */
const MAX_RADICAND = 10n ** 40n;

/** `coefficient · radicand ** (1 / degree)` with a whole radicand; `radicand` 1 means no root is left. */
export interface Radical {
  readonly coefficient: Rational;
  readonly radicand: bigint;
  readonly degree: number;
}

/**
 * `base ** exponent` for a positive base and a fractional exponent.
 *
 * @returns `undefined` when the numbers are too large to be worth it.
 */
export function radical(base: Rational, exponent: Rational): Radical | undefined {
  if (base.top <= 0n || exponent.bottom > 12n) return undefined;
  const degree = Number(exponent.bottom);
  const raised = power(base, exponent.top);
  if (raised === undefined) return undefined;
  // a/b under the root is a·b^(degree-1) over b.
  const inner = raised.top * raised.bottom ** BigInt(degree - 1);
  if (inner > MAX_RADICAND) return undefined;
  const { root, rest } = takeRoots(inner, degree);
  return reduceDegree(multiply(rational(root), rational(1n, raised.bottom)), rest, degree);
}

function takeRoots(value: bigint, degree: number): { root: bigint; rest: bigint } {
  const whole = integerRoot(value, degree);
  if (whole ** BigInt(degree) === value) return { root: whole, rest: 1n };
  let root = 1n;
  let rest = value;
  for (const prime of PRIMES) {
    const full = prime ** BigInt(degree);
    if (full > rest) break;
    while (rest % full === 0n) {
      rest /= full;
      root *= prime;
    }
  }
  return { root, rest: withoutLargeRoot(rest, degree, (found) => (root *= found)) };
}

/** Takes out a root whose prime is above the trial divisors, when it is all that is left beside small primes. */
function withoutLargeRoot(value: bigint, degree: number, take: (root: bigint) => void): bigint {
  let small = 1n;
  let large = value;
  for (const prime of PRIMES) {
    while (large % prime === 0n) {
      large /= prime;
      small *= prime;
    }
  }
  const root = integerRoot(large, degree);
  if (root < 2n || root ** BigInt(degree) !== large) return value;
  take(root);
  return small;
}

/** `4^(1/4)` is `2^(1/2)`. */
function reduceDegree(coefficient: Rational, radicand: bigint, degree: number): Radical {
  if (radicand === 1n) return { coefficient, radicand, degree: 1 };
  for (let divisor = degree; divisor > 1; divisor--) {
    if (degree % divisor !== 0) continue;
    const root = integerRoot(radicand, divisor);
    if (root ** BigInt(divisor) === radicand)
      return { coefficient, radicand: root, degree: degree / divisor };
  }
  return { coefficient, radicand, degree };
}

/** The smallest whole number some power of which is `value`, and that power: 64 is 2 to the 6th. */
export function primitiveRoot(value: bigint): { root: bigint; degree: number } {
  let root = value;
  let degree = 1;
  for (const prime of [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31]) {
    for (;;) {
      const next = integerRoot(root, prime);
      if (next < 2n || next ** BigInt(prime) !== root) break;
      root = next;
      degree *= prime;
    }
  }
  return { root, degree };
}

function primesBelow(limit: number): readonly bigint[] {
  const primes: bigint[] = [];
  for (let candidate = 2; candidate < limit; candidate++) {
    if (primes.every((prime) => candidate % Number(prime) !== 0)) primes.push(BigInt(candidate));
  }
  return primes;
}
