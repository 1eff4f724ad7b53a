/** Stored numbers as float32. */
import type { SafetensorsDType } from './safetensors-header.ts';

/** Conversions to float32, for the types that have one: source bytes, target, first element of the target. */
export const WIDEN: Partial<
  Record<SafetensorsDType, (bytes: ArrayBuffer, target: Float32Array, first: number) => void>
> = {
  // The upper half of a float32, so shifting is exact.
  BF16(bytes, target, first) {
    const source = new Uint16Array(bytes);
    const bits = new Uint32Array(target.buffer, target.byteOffset, target.length);
    for (let index = 0; index < source.length; index++) bits[first + index] = source[index]! << 16;
  },
  F16(bytes, target, first) {
    const source = new Uint16Array(bytes);
    const table = halfTable();
    for (let index = 0; index < source.length; index++) {
      target[first + index] = table[source[index]!]!;
    }
  },
  I64(bytes, target, first) {
    const source = new BigInt64Array(bytes);
    for (let index = 0; index < source.length; index++) {
      target[first + index] = Number(source[index]);
    }
  },
};

let halves: Float32Array | null = null;

/** The float32 value of each of the 65,536 half-precision numbers. */
function halfTable(): Float32Array {
  if (halves !== null) return halves;
  halves = new Float32Array(2 ** 16);
  for (let bits = 0; bits < 2 ** 15; bits++) {
    const exponent = bits >> 10;
    const fraction = bits & 0x3ff;
    let value: number;
    if (exponent === 0) value = fraction * 2 ** -24;
    else if (exponent < 31) value = (1 + fraction / 1024) * 2 ** (exponent - 15);
    else value = fraction === 0 ? Number.POSITIVE_INFINITY : Number.NaN;
    halves[bits] = value;
    halves[bits | 0x8000] = -value;
  }
  return halves;
}
