/**
 * The safetensors file format: eight bytes of header length, a JSON header, then the tensors' bytes without gaps.
 *
 * @see https://github.com/huggingface/safetensors#format
 */
import { type FileHandle, open } from 'node:fs/promises';
import { CheckpointError, showValue } from '@taskspace/core';
import { writeFileAtomic } from '../run/atomic-write.ts';
import { assertRegularFile } from './json-file.ts';
import {
  BITS,
  elementCount,
  fill,
  LENGTH_BYTES,
  METADATA_KEY,
  readHeader,
  type SafetensorsDType,
  type SafetensorsHeader,
  type TensorEntry,
} from './safetensors-header.ts';
import { WIDEN } from './widen.ts';

/** One tensor, its elements widened to float32. */
export interface StoredTensor {
  /** How the file stores it. */
  readonly dtype: SafetensorsDType;
  readonly shape: readonly number[];
  /** Row-major, one entry per element. */
  readonly data: Float32Array;
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

/** How much is converted at a time. */
const CHUNK_BYTES = 2 ** 23;

async function withFile<T>(path: string, use: (handle: FileHandle) => Promise<T>): Promise<T> {
  let handle: FileHandle;
  try {
    await assertRegularFile(path);
    handle = await open(path, 'r');
  } catch (cause) {
    throw cause instanceof CheckpointError ? cause : unreadable(path, cause);
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

async function readTensor(
  path: string,
  handle: FileHandle,
  name: string,
  { dtype, shape, start, end }: TensorEntry,
): Promise<Float32Array> {
  const widen = WIDEN[dtype];
  if (dtype !== 'F32' && widen === undefined) {
    throw new CheckpointError(
      path,
      `tensor ${showValue(name)}: expected F32, F16 or BF16, got ${dtype}. Convert the file to one of these types.`,
    );
  }
  const data = new Float32Array(elementCount(shape));
  if (widen === undefined) {
    await fill(path, handle, new Uint8Array(data.buffer), start);
    return data;
  }
  const elementBytes = BITS[dtype] / 8;
  for (let position = start; position < end; position += CHUNK_BYTES) {
    const bytes = new Uint8Array(Math.min(CHUNK_BYTES, end - position));
    await fill(path, handle, bytes, position);
    widen(bytes.buffer, data, (position - start) / elementBytes);
  }
  return data;
}

function* piecesOf(head: Uint8Array, tensors: Iterable<TensorToWrite>): Generator<Uint8Array> {
  yield head;
  for (const { data } of tensors) {
    yield new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  }
}
