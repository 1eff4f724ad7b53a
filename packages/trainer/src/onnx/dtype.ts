import { TaskspaceError } from '@taskspace/core';

/** Element types our graphs use. */
export type DType = 'float32' | 'float16' | 'int64' | 'int32' | 'bool';

/** Arrays whose elements can fill a tensor; a `Uint16Array` holds float16 bit patterns. */
export type TensorData =
  | readonly number[]
  | readonly bigint[]
  | Float32Array
  | Float64Array
  | Int32Array
  | BigInt64Array
  | Uint8Array
  | Uint16Array;

/** `TensorProto.DataType` of each element type. */
export const DATA_TYPE_CODES: Readonly<Record<DType, number>> = {
  float32: 1,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
};

/** Bytes of one element. */
export const ELEMENT_BYTES: Readonly<Record<DType, number>> = {
  float32: 4,
  float16: 2,
  int64: 8,
  int32: 4,
  bool: 1,
};

/** Whether values of the type have gradients. */
export function isFloat(dtype: DType): boolean {
  return dtype === 'float32' || dtype === 'float16';
}

/**
 * The little-endian bytes of a tensor, as ONNX `raw_data` wants them.
 *
 * @throws {TaskspaceError} when an integer type is given a fraction or an element it cannot hold.
 */
export function tensorBytes(data: TensorData, dtype: DType): Uint8Array {
  const bytes = new Uint8Array(data.length * ELEMENT_BYTES[dtype]);
  const view = new DataView(bytes.buffer);
  const keepsBits = dtype === 'float16' && data instanceof Uint16Array;
  for (let index = 0; index < data.length; index += 1) {
    const element = data[index] ?? 0;
    if (keepsBits) view.setUint16(index * 2, Number(element), true);
    else writeElement(view, index, element, dtype);
  }
  return bytes;
}

/** The bit pattern of the float16 nearest to a number; ties go to the even one. */
export function float16Bits(x: number): number {
  const sign = x < 0 || Object.is(x, -0) ? 0x8000 : 0;
  const size = Math.abs(x);
  if (Number.isNaN(x)) return 0x7e00;
  if (size >= 65520) return sign | 0x7c00;
  // A float16 is a whole number of units; below 2^-14 the unit stays 2^-24 (subnormal numbers).
  const exponent = Math.max(-14, Math.floor(Math.log2(Math.max(size, 2 ** -24))));
  const units = roundHalfEven(size / 2 ** (exponent - 10));
  // A carry into the next power of two flows into the exponent bits by addition.
  return sign | (units < 1024 ? units : ((exponent + 14) << 10) + units);
}

function roundHalfEven(x: number): number {
  const down = Math.floor(x);
  const rest = x - down;
  if (rest !== 0.5) return rest < 0.5 ? down : down + 1;
  return down % 2 === 0 ? down : down + 1;
}

function writeElement(view: DataView, index: number, element: number | bigint, dtype: DType): void {
  if (dtype === 'float32') view.setFloat32(index * 4, Number(element), true);
  if (dtype === 'float16') view.setUint16(index * 2, float16Bits(Number(element)), true);
  if (dtype === 'int64') view.setBigInt64(index * 8, BigInt(whole(element, dtype)), true);
  if (dtype === 'int32') view.setInt32(index * 4, Number(whole(element, dtype)), true);
  if (dtype === 'bool') view.setUint8(index, Number(element) === 0 ? 0 : 1);
}

function whole(element: number | bigint, dtype: DType): number | bigint {
  const fits =
    typeof element === 'bigint' ||
    (Number.isSafeInteger(element) && (dtype === 'int64' || Math.trunc(element) === (element | 0)));
  if (fits) return element;
  throw new TaskspaceError(
    'TASKSPACE_ERR_GRAPH',
    `constant: expected ${dtype} elements, got ${element}. Round it, or choose another element type.`,
  );
}
