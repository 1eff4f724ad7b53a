/**
 * The header of a safetensors file. Nothing in it is believed before it is checked against the size of the file, so a damaged
 * or hostile file costs no more memory than its own size and always ends in a {@link CheckpointError}.
 */
import type { FileHandle } from 'node:fs/promises';
import { CheckpointError, showValue } from '@taskspace/core';
import { isJsonObject, type JsonObject } from './json-file.ts';

/** Element types that may appear in a file, as headers spell them. */
export type SafetensorsDType = keyof typeof BITS;

/** Where a tensor lies in its file. */
export interface TensorEntry {
  readonly dtype: SafetensorsDType;
  readonly shape: readonly number[];
  /** First byte, counted from the start of the file. */
  readonly start: number;
  /** One past the last byte. */
  readonly end: number;
}

/** What a file says it holds; checked against the file's size. */
export interface SafetensorsHeader {
  readonly tensors: ReadonlyMap<string, TensorEntry>;
  /** Free text the writer added. */
  readonly metadata: ReadonlyMap<string, string>;
}

/** Bits per element; float8 and the like can be skipped over but not read. */
export const BITS = {
  BOOL: 8,
  U8: 8,
  I8: 8,
  F8_E4M3: 8,
  F8_E5M2: 8,
  I16: 16,
  U16: 16,
  F16: 16,
  BF16: 16,
  I32: 32,
  U32: 32,
  F32: 32,
  F64: 64,
  I64: 64,
  U64: 64,
} as const;

/** Where a header keeps free text. */
export const METADATA_KEY = '__metadata__';
/** How many bytes the header's length takes. */
export const LENGTH_BYTES = 8;

/**
 * Reads and checks the header of an open file.
 *
 * @throws {@link CheckpointError} saying what in it cannot be.
 */
export async function readHeader(path: string, handle: FileHandle): Promise<SafetensorsHeader> {
  const { size } = await handle.stat();
  if (size < LENGTH_BYTES) {
    throw damaged(path, `a header length in its first ${LENGTH_BYTES} bytes`, `${size} bytes`);
  }
  const lengthBytes = Buffer.alloc(LENGTH_BYTES);
  await fill(path, handle, lengthBytes, 0);
  const length = lengthBytes.readBigUInt64LE();
  const room = Math.min(size - LENGTH_BYTES, MAX_HEADER_BYTES);
  if (length < 2n || length > BigInt(room)) {
    throw damaged(path, `a header of 2 to ${room} bytes`, `a header length of ${length}`);
  }
  const headerBytes = Buffer.alloc(Number(length));
  await fill(path, handle, headerBytes, LENGTH_BYTES);
  return checkHeader(path, parseHeader(path, headerBytes), LENGTH_BYTES + headerBytes.length, size);
}

/**
 * Fills an array from an open file.
 *
 * @throws {@link CheckpointError} when the file ends before.
 */
export async function fill(
  path: string,
  handle: FileHandle,
  target: Uint8Array,
  position: number,
): Promise<void> {
  for (let done = 0; done < target.byteLength; ) {
    const length = Math.min(2 ** 30, target.byteLength - done); // one read call takes less than 2 GiB
    const { bytesRead } = await handle.read(target, done, length, position + done);
    if (bytesRead === 0) {
      throw damaged(path, `${target.byteLength} bytes at byte ${position}`, `${done} bytes`);
    }
    done += bytesRead;
  }
}

/** Elements of a tensor. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** The format's own bound; also keeps a lying length from asking for memory. */
const MAX_HEADER_BYTES = 100_000_000;

function parseHeader(path: string, bytes: Uint8Array): JsonObject {
  const expected = 'a header that is a JSON object';
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw damaged(path, expected, showValue(cause, 120), cause);
  }
  if (!isJsonObject(json)) throw damaged(path, expected, showValue(json));
  return json;
}

function checkHeader(
  path: string,
  header: JsonObject,
  dataStart: number,
  size: number,
): SafetensorsHeader {
  const tensors = new Map<string, TensorEntry>();
  let metadata = new Map<string, string>();
  for (const [name, value] of Object.entries(header)) {
    if (name === METADATA_KEY) metadata = checkMetadata(path, value);
    else tensors.set(name, checkEntry(path, name, value, dataStart, size));
  }
  // Laid end to end the tensors must fill the file exactly: that rules out gaps, overlaps and bytes nobody owns.
  let next = dataStart;
  const inFileOrder = [...tensors].sort(([, a], [, b]) => a.start - b.start || a.end - b.end);
  for (const [name, { start, end }] of inFileOrder) {
    if (start !== next) {
      const came = `${start - dataStart} (${start < next ? 'an overlap' : 'a gap'})`;
      throw damaged(
        path,
        `tensor ${showValue(name)} to begin at data byte ${next - dataStart}`,
        came,
      );
    }
    next = end;
  }
  if (next !== size) {
    throw damaged(path, `${next} bytes, which its tensors fill`, `a file of ${size} bytes`);
  }
  return { tensors, metadata };
}

function checkMetadata(path: string, value: unknown): Map<string, string> {
  const entries = isJsonObject(value) ? Object.entries(value) : [];
  if (!isJsonObject(value) || entries.some(([, text]) => typeof text !== 'string')) {
    throw damaged(path, `${METADATA_KEY} to map names to text`, showValue(value));
  }
  return new Map(entries as [string, string][]);
}

function checkEntry(
  path: string,
  name: string,
  value: unknown,
  dataStart: number,
  size: number,
): TensorEntry {
  const subject = `tensor ${showValue(name)}`;
  const { dtype, shape, data_offsets: offsets } = isJsonObject(value) ? value : {};
  if (typeof dtype !== 'string' || !Object.hasOwn(BITS, dtype)) {
    throw damaged(
      path,
      `${subject}: dtype as one of ${Object.keys(BITS).join(', ')}`,
      showValue(dtype),
    );
  }
  if (!isCountList(shape)) {
    throw damaged(path, `${subject}: shape as a list of sizes`, showValue(shape));
  }
  if (!isCountList(offsets) || offsets.length !== 2) {
    throw damaged(path, `${subject}: data_offsets as [begin, end]`, showValue(offsets));
  }
  const [begin, end] = offsets as readonly [number, number];
  const room = size - dataStart;
  if (begin > end || end > room) {
    throw damaged(
      path,
      `${subject}: data_offsets within the ${room} data bytes of the file`,
      `[${begin}, ${end}]`,
    );
  }
  const bytes = (elementCount(shape) * BITS[dtype as SafetensorsDType]) / 8;
  if (bytes !== end - begin) {
    throw damaged(
      path,
      `${subject}: ${bytes} bytes for ${dtype} ${showValue(shape)}`,
      `${end - begin} bytes`,
    );
  }
  return {
    dtype: dtype as SafetensorsDType,
    shape,
    start: dataStart + begin,
    end: dataStart + end,
  };
}

function damaged(path: string, expected: string, came: string, cause?: unknown): CheckpointError {
  const options = cause === undefined ? undefined : { cause };
  return new CheckpointError(
    path,
    `expected ${expected}, got ${came}. The file is damaged or incomplete: fetch or write it again.`,
    options,
  );
}

function isCountList(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((one) => Number.isSafeInteger(one) && one >= 0);
}
