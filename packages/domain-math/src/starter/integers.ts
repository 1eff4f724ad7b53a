/** Integer functions the families compute with; all arguments and results are exact integers. */

/** Greatest common divisor, `>= 0`. */
export function gcd(a: number, b: number): number {
  return b === 0 ? Math.abs(a) : gcd(b, a % b);
}

/** Least common multiple of positive integers. */
export function lcm(a: number, b: number): number {
  return (a / gcd(a, b)) * b;
}

/** `n choose k`; 0 outside Pascal's triangle. */
export function binomial(n: number, k: number): number {
  if (k < 0 || k > n) return 0;
  let result = 1;
  for (let index = 1; index <= k; index++) result = (result * (n - k + index)) / index;
  return result;
}

/** `n!` for `n <= 18`. */
export function factorial(n: number): number {
  return n <= 1 ? 1 : n * factorial(n - 1);
}

/** Residue in `[0, modulus)`. */
export function residue(value: number, modulus: number): number {
  return ((value % modulus) + modulus) % modulus;
}

/** `base ^ exponent` modulo `modulus`, `exponent >= 0`, `modulus < 2^26`. */
export function powerResidue(base: number, exponent: number, modulus: number): number {
  let result = 1 % modulus;
  for (
    let square = residue(base, modulus), left = exponent;
    left > 0;
    left = Math.floor(left / 2)
  ) {
    if (left % 2 === 1) result = (result * square) % modulus;
    square = (square * square) % modulus;
  }
  return result;
}

/** The digits of a natural number in a base up to ten. */
export function inBase(value: number, base: number): string {
  return value.toString(base);
}

/** The primes below 50. */
export const PRIMES: readonly number[] = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47];
