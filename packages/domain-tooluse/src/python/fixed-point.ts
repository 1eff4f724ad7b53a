/**
 * Logarithm, exponential, sine, cosine and pi on fixed-point integers, to any precision. A number `x` at precision `p` is
 * the bigint nearest below `x * 2^p`. Results are off by a few units in the last place, so callers add guard bits.
 */

const memo = new Map<number, { readonly ln2: bigint; readonly pi: bigint }>();
const MAX_MEMO = 64;

/** ln 2 at this precision. */
export function ln2(bits: number): bigint {
  return constants(bits).ln2;
}

/** Pi at this precision. */
export function pi(bits: number): bigint {
  return constants(bits).pi;
}

/** The natural logarithm of `x > 0`. */
export function ln(x: bigint, bits: number): bigint {
  // Scale to [1, 2), then ln m = 2 atanh((m - 1) / (m + 1)); square roots first bring m close to 1.
  const exponent = x.toString(2).length - 1 - bits;
  const roots = Math.max(2, Math.floor(Math.sqrt(bits) / 2));
  const inner = bits + 2 * roots + 16;
  let m =
    exponent >= 0
      ? (x << BigInt(inner - bits)) >> BigInt(exponent)
      : x << BigInt(inner - bits - exponent);
  for (let i = 0; i < roots; i++) m = squareRoot(m << BigInt(inner));
  const one = 1n << BigInt(inner);
  const z = ((m - one) << BigInt(inner)) / (m + one);
  const square = (z * z) >> BigInt(inner);
  let term = z;
  let total = 0n;
  for (let k = 1n; term !== 0n; k += 2n) {
    total += term / k;
    term = (term * square) >> BigInt(inner);
  }
  const mantissa = (total << BigInt(roots + 1)) >> BigInt(inner - bits);
  return mantissa + BigInt(exponent) * ln2(bits);
}

/** `e^x` as a mantissa at this precision times a power of two: `mantissa * 2^(exponent - bits)`. */
export function exp(
  x: bigint,
  bits: number,
): { readonly mantissa: bigint; readonly exponent: number } {
  const log = ln2(bits);
  let exponent = x / log;
  if (x < 0n) exponent -= 1n;
  const rest = x - exponent * log;
  const halvings = Math.max(4, Math.floor(Math.sqrt(bits) / 2));
  const inner = bits + 2 * halvings + 16;
  const small = (rest << BigInt(inner - bits)) >> BigInt(halvings);
  let term = 1n << BigInt(inner);
  let total = 0n;
  for (let k = 1n; term !== 0n; k++) {
    total += term;
    term = ((term * small) >> BigInt(inner)) / k;
  }
  for (let i = 0; i < halvings; i++) total = (total * total) >> BigInt(inner);
  return { mantissa: total >> BigInt(inner - bits), exponent: Number(exponent) };
}

/** Sine and cosine of `x`. */
export function sinCos(x: bigint, bits: number): { readonly sin: bigint; readonly cos: bigint } {
  const turn = 2n * pi(bits);
  let angle = x % turn;
  if (angle < 0n) angle += turn;
  let term = 1n << BigInt(bits);
  let sin = 0n;
  let cos = 0n;
  for (let k = 0n; term !== 0n; k++) {
    const sign = k % 4n < 2n ? 1n : -1n;
    if (k % 2n === 0n) cos += sign * term;
    else sin += sign * term;
    term = ((term * angle) >> BigInt(bits)) / (k + 1n);
  }
  return { sin, cos };
}

/** The integer square root. */
export function squareRoot(value: bigint): bigint {
  if (value < 2n) return value;
  let root = 1n << BigInt(Math.ceil(value.toString(2).length / 2));
  for (;;) {
    const next = (root + value / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}

function constants(bits: number): { readonly ln2: bigint; readonly pi: bigint } {
  const known = memo.get(bits);
  if (known !== undefined) return known;
  const inner = bits + 16;
  // ln 2 = 2 atanh(1/3); pi = 16 atan(1/5) - 4 atan(1/239).
  const values = {
    ln2: (2n * inverseSeries(3n, inner, 1n)) >> 16n,
    pi: (16n * inverseSeries(5n, inner, -1n) - 4n * inverseSeries(239n, inner, -1n)) >> 16n,
  };
  if (memo.size >= MAX_MEMO) memo.clear();
  memo.set(bits, values);
  return values;
}

/** atanh(1/n) for sign 1, atan(1/n) for sign -1. */
function inverseSeries(n: bigint, bits: number, sign: bigint): bigint {
  let term = (1n << BigInt(bits)) / n;
  let total = 0n;
  let flip = 1n;
  for (let k = 1n; term !== 0n; k += 2n) {
    total += (flip * term) / k;
    term /= n * n;
    flip *= sign;
  }
  return total;
}
