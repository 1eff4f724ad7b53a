/**
 * The safetensors file format: eight bytes of header length, a JSON header, then the tensors' bytes without gaps.
 *
 * Nothing in a header is believed before it is checked against the size of the file, so a damaged or hostile file costs no
 * more memory than its own size and always ends in a {@link CheckpointError}.
 *
 * @see https://github.com/huggingface/safetensors#format
 */
import { type FileHandle, open } from 'node:fs/promises';
import { CheckpointError, showValue } from '@taskspace/core';
import { writeFileAtomic } from '../run/atomic-write.ts';

/** Element types that may appear in a file, as headers spell them. */
export type SafetensorsDType = keyof typeof BITS;

/** One tensor, its elements widened to float32. */
export interface StoredTensor {
  /** How the file stores it. */
  readonly dtype: SafetensorsDType;
  readonly shape: readonly number[];
  /** Row-major, one entry per element. */
  readonly data: Float32Array;
}

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

/** A tensor to be written as float32. */
export interface TensorToWrite {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/**
 * Reads a file's tensors: F32, F16 and BF16 exactly, I64 (counters and position buffers) rounded to float32.
 *
 * @param wanted - Which tensors to read; the others are checked but cost no memory.
 * @throws {@link CheckpointError} naming the file when it is missing, damaged, or stores a wanted tensor in another type.
 */
export async function readSafetensors(
  path: string,
  wanted: (name: string) => boolean = () => true,
): Promise<Map<string, StoredTensor>> {
  return await withFile(path, async (handle) => {
    const { tensors } = await readHeader(path, handle);
    const result = new Map<string, StoredTensor>();
    for (const [name, entry] of tensors) {
      if (!wanted(name)) continue;
      const { dtype, shape } = entry;
      result.set(name, { dtype, shape, data: await readTensor(path, handle, name, entry) });
    }
    return result;
  });
}

/**
 * Reads and checks a file's header alone.
 *
 * @throws {@link CheckpointError} as {@link readSafetensors} does.
 */
export async function readSafetensorsHeader(path: string): Promise<SafetensorsHeader> {
  return await withFile(path, (handle) => readHeader(path, handle));
}

/**
 * Reads the free text a writer put into a file.
 *
 * @throws {@link CheckpointError} as {@link readSafetensors} does.
 */
export async function readMetadata(path: string): Promise<ReadonlyMap<string, string>> {
  return (await readSafetensorsHeader(path)).metadata;
}

/**
 * Writes tensors as float32, in the order given; whole or not at all, and without a second copy of them in memory.
 *
 * @param metadata - Free text to keep beside the tensors; Hugging Face tools want `format: 'pt'`.
 * @throws {@link CheckpointError} when the disk is full or a tensor's shape does not fit its data.
 */
export async function writeSafetensors(
  path: string,
  tensors: ReadonlyMap<string, TensorToWrite>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  const header: Record<string, unknown> = Object.create(null);
  if (Object.keys(metadata).length > 0) header[METADATA_KEY] = metadata;
  let offset = 0;
  for (const [name, { shape, data }] of tensors) {
    if (name === METADATA_KEY || elementCount(shape) !== data.length) {
      throw new CheckpointError(
        path,
        `tensor ${showValue(name)}: expected ${data.length} elements, got shape ${showValue(shape)}. Give every tensor its own name and the shape of its data.`,
      );
    }
    header[name] = {
      dtype: 'F32',
      shape,
      data_offsets: [offset, offset + data.byteLength],
    };
    offset += data.byteLength;
  }
  const json = Buffer.from(JSON.stringify(header), 'utf8');
  // Spaces up to a multiple of eight: readers that map the file into memory then find every float aligned.
  const length = Math.ceil(json.length / 8) * 8;
  const head = Buffer.alloc(LENGTH_BYTES + length, ' ');
  head.writeBigUInt64LE(BigInt(length));
  json.copy(head, LENGTH_BYTES);
  await writeFileAtomic(path, piecesOf(head, tensors.values()));
}

/** Bits per element; float8 and the like can be skipped over but not read. */
const BITS = {
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

const METADATA_KEY = '__metadata__';
const LENGTH_BYTES = 8;
/** The format's own bound; also keeps a lying length from asking for memory. */
const MAX_HEADER_BYTES = 100_000_000;
/** How much is converted at a time. */
const CHUNK_BYTES = 2 ** 23;
const ADVICE = 'The file is damaged or incomplete: fetch or write it again.';

function* piecesOf(head: Uint8Array, tensors: Iterable<TensorToWrite>): Generator<Uint8Array> {
  yield head;
  for (const { data } of tensors) {
    yield new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  }
}

async function withFile<T>(path: string, use: (handle: FileHandle) => Promise<T>): Promise<T> {
  let handle: FileHandle;
  try {
    handle = await open(path, 'r');
  } catch (cause) {
    throw unreadable(path, cause);
  }
  try {
    return await use(handle);
  } catch (error) {
    throw error instanceof CheckpointError ? error : unreadable(path, error);
  } finally {
    await handle.close();
  }
}

function unreadable(path: string, cause: unknown): CheckpointError {
  const came = cause instanceof Error ? cause.message : String(cause);
  return new CheckpointError(
    path,
    `expected a readable safetensors file, got ${came}. Check the path and its permissions.`,
    { cause },
  );
}

async function readHeader(path: string, handle: FileHandle): Promise<SafetensorsHeader> {
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

function parseHeader(path: string, bytes: Uint8Array): Readonly<Record<string, unknown>> {
  const expected = 'a header that is a JSON object';
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw damaged(path, expected, showValue(cause, 120), cause);
  }
  if (!isRecord(json)) throw damaged(path, expected, showValue(json));
  return json;
}

function checkHeader(
  path: string,
  header: Readonly<Record<string, unknown>>,
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
  const entries = isRecord(value) ? Object.entries(value) : [];
  if (!isRecord(value) || entries.some(([, text]) => typeof text !== 'string')) {
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
  const { dtype, shape, data_offsets: offsets } = isRecord(value) ? value : {};
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

async function readTensor(
  path: string,
  handle: FileHandle,
  name: string,
  { dtype, shape, start, end }: TensorEntry,
): Promise<Float32Array> {
  const data = new Float32Array(elementCount(shape));
  if (dtype === 'F32') {
    await fill(path, handle, new Uint8Array(data.buffer), start);
    return data;
  }
  const widen = WIDEN[dtype];
  if (widen === undefined) {
    throw new CheckpointError(
      path,
      `tensor ${showValue(name)}: expected F32, F16 or BF16, got ${dtype}. Convert the file to one of these types.`,
    );
  }
  const elementBytes = BITS[dtype] / 8;
  for (let position = start; position < end; position += CHUNK_BYTES) {
    const bytes = new Uint8Array(Math.min(CHUNK_BYTES, end - position));
    await fill(path, handle, bytes, position);
    widen(bytes.buffer, data, (position - start) / elementBytes);
  }
  return data;
}

/** Conversions to float32: source bytes, target, first element of the target. */
const WIDEN: Partial<
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

async function fill(
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

function damaged(path: string, expected: string, came: string, cause?: unknown): CheckpointError {
  const options = cause === undefined ? undefined : { cause };
  return new CheckpointError(path, `expected ${expected}, got ${came}. ${ADVICE}`, options);
}

function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

function isCountList(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((one) => Number.isSafeInteger(one) && one >= 0);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
