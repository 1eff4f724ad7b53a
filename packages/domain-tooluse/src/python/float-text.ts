/** Python's text for floats, and Python's exact rounding to decimal places. */

/** Python's `repr(float)`: shortest digits, an exponent below 1e-4 and from 1e16 on, always a point or an exponent. */
export function floatRepr(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  if (Object.is(value, -0)) return '-0.0';
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e16)) {
    const [digits, exponent] = value.toExponential().split('e') as [string, string];
    const power = exponent.slice(1).padStart(2, '0');
    return `${digits}e${exponent[0]}${power}`;
  }
  const text = String(value);
  if (text.includes('e')) return plainDecimal(value);
  return text.includes('.') ? text : `${text}.0`;
}

/**
 * Python's `round(float, places)`: decided on the exact binary value, halves to even.
 *
 * @param places - Decimal places; negative ones round to tens, hundreds and so on.
 */
export function roundFloat(value: number, places: number): number {
  if (!Number.isFinite(value) || value === 0 || places > 323) return value;
  if (places < -308) return value < 0 ? -0 : 0;
  const { mantissa, exponent } = parts(value);
  // value = mantissa * 2^exponent; the quotient counts units of 10^-places.
  let numerator = mantissa < 0n ? -mantissa : mantissa;
  let denominator = 1n;
  if (exponent >= 0) numerator <<= BigInt(exponent);
  else denominator <<= BigInt(-exponent);
  if (places >= 0) numerator *= 10n ** BigInt(places);
  else denominator *= 10n ** BigInt(-places);
  let units = numerator / denominator;
  const twice = 2n * (numerator % denominator);
  if (twice > denominator || (twice === denominator && units % 2n === 1n)) units += 1n;
  const rounded = Number(`${units}e${-places}`);
  return value < 0 ? -rounded : rounded;
}

/** Python's `format(value, '.Nf')`. */
export function fixed(value: number, places: number): string {
  const rounded = roundFloat(value, places);
  // Below 2^53 units, toFixed prints the already rounded value exactly.
  return Math.abs(rounded) < 1e21
    ? rounded.toFixed(places)
    : `${BigInt(rounded)}.${'0'.repeat(places)}`;
}

/** The exact value as an integer times a power of two. */
export function parts(value: number): { readonly mantissa: bigint; readonly exponent: number } {
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, value);
  const word = bits.getBigUint64(0);
  const fraction = word & 0xfffffffffffffn;
  const power = Number((word >> 52n) & 0x7ffn);
  const mantissa = power === 0 ? fraction : fraction | 0x10000000000000n;
  return {
    mantissa: word >> 63n === 1n ? -mantissa : mantissa,
    exponent: Math.max(power, 1) - 1075,
  };
}

function plainDecimal(value: number): string {
  const [digits, exponent] = value.toExponential().split('e') as [string, string];
  const sign = digits.startsWith('-') ? '-' : '';
  const figures = digits.replace(/[-.]/g, '');
  const power = Number(exponent);
  if (power < 0) return `${sign}0.${'0'.repeat(-power - 1)}${figures}`;
  return `${sign}${figures.padEnd(power + 1, '0')}.0`;
}
