/** Whole-number arithmetic with the size of the result known before the work is done. */
import { MAX_BITS } from './budget.ts';

/** Number of bits of `|value|`; 0 for 0. */
export function bitLength(value: bigint): number {
  const size = value < 0n ? -value : value;
  if (size === 0n) return 0;
  if (size < 9007199254740992n) return Math.floor(Math.log2(Number(size))) + 1;
  return size.toString(16).length * 4;
}

/** Greatest common divisor, never negative. */
export function gcd(left: bigint, right: bigint): bigint {
  let a = left < 0n ? -left : left;
  let b = right < 0n ? -right : right;
  if (a < 9007199254740992n && b < 9007199254740992n) {
    let x = Number(a);
    let y = Number(b);
    while (y !== 0) [x, y] = [y, x % y];
    return BigInt(x);
  }
  while (b !== 0n) [a, b] = [b, a % b];
  return a;
}

/** `base ** exponent`, or `undefined` when the result would exceed the bit budget. */
export function powerWithin(base: bigint, exponent: bigint): bigint | undefined {
  if (exponent < 0n) return undefined;
  if (base === 0n || base === 1n) return exponent === 0n ? 1n : base;
  if (base === -1n) return exponent % 2n === 0n ? 1n : -1n;
  if (exponent > BigInt(MAX_BITS)) return undefined;
  return bitLength(base) * Number(exponent) > MAX_BITS ? undefined : base ** exponent;
}

/** `n!`, or `undefined` when `n` is negative or the result would exceed the bit budget. */
export function factorialWithin(n: bigint): bigint | undefined {
  if (n < 0n || n > 10_000n) return undefined;
  const size = Number(n);
  if (size > 1 && size * Math.log2(size / Math.E) > MAX_BITS) return undefined;
  return productOfRange(1, size);
}

/** `n` choose `k` for whole `n >= 0`, or `undefined` when out of range or over the bit budget. */
export function binomialWithin(n: bigint, k: bigint): bigint | undefined {
  if (n < 0n) return undefined;
  if (k < 0n || k > n) return 0n;
  const smaller = k < n - k ? k : n - k;
  if (smaller > 2_000n || bitLength(n) * Number(smaller) > MAX_BITS) return undefined;
  let result = 1n;
  for (let index = 1n; index <= smaller; index++) result = (result * (n - smaller + index)) / index;
  return result;
}

/** Largest `r` with `r ** degree <= value`, for `value >= 0`. */
export function integerRoot(value: bigint, degree: number): bigint {
  if (value < 2n || degree === 1) return value;
  if (value < 4503599627370496n) {
    let guess = BigInt(Math.round(Number(value) ** (1 / degree)));
    while (guess ** BigInt(degree) > value) guess--;
    while ((guess + 1n) ** BigInt(degree) <= value) guess++;
    return guess;
  }
  const power = BigInt(degree);
  let root = 1n << BigInt(Math.ceil(bitLength(value) / degree));
  for (;;) {
    const next = ((power - 1n) * root + value / root ** (power - 1n)) / power;
    if (next >= root) return root;
    root = next;
  }
}

function productOfRange(low: number, high: number): bigint {
  if (low > high) return 1n;
  if (high - low < 8) {
    let result = BigInt(low);
    for (let factor = low + 1; factor <= high; factor++) result *= BigInt(factor);
    return result;
  }
  const middle = (low + high) >> 1;
  return productOfRange(low, middle) * productOfRange(middle + 1, high);
}
