import { readFile, stat } from 'node:fs/promises';
import { CheckpointError, showValue } from '@taskspace/core';

/** An object read from JSON. */
export type JsonObject = Readonly<Record<string, unknown>>;

/**
 * Reads a JSON file of a model folder.
 *
 * @throws {@link CheckpointError} naming the file when it is missing, or is not a JSON object.
 */
export async function readJsonObject(path: string): Promise<JsonObject> {
  const json = await readJsonObjectIfPresent(path);
  if (json !== null) return json;
  throw new CheckpointError(
    path,
    'expected a file, got none. Give a model folder as Hugging Face tools write it.',
  );
}

/**
 * Reads a JSON file that a model folder may lack.
 *
 * @returns null when there is no such file.
 * @throws {@link CheckpointError} naming the file when it is not a JSON object.
 */
export async function readJsonObjectIfPresent(path: string): Promise<JsonObject | null> {
  const bytes = await readBytesIfPresent(path);
  if (bytes === null) return null;
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw notAnObject(path, showValue(cause, 120), cause);
  }
  if (!isJsonObject(json)) throw notAnObject(path, showValue(json));
  return json;
}

/**
 * Reads a file that a model folder may lack.
 *
 * @returns null when there is no such file.
 * @throws {@link CheckpointError} when it is there but cannot be read, or is far larger than such files are.
 */
export async function readBytesIfPresent(path: string): Promise<Uint8Array | null> {
  try {
    await assertRegularFile(path, MOST_BYTES);
    return await readFile(path);
  } catch (cause) {
    if (cause instanceof CheckpointError) throw cause;
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return null;
    throw new CheckpointError(
      path,
      `expected a readable file, got ${showValue(cause, 120)}. Check the path and its permissions.`,
      { cause },
    );
  }
}

/**
 * Sees to it that reading a path comes to an end: a pipe would be waited for, a device never ends.
 *
 * @param mostBytes - A larger file is refused.
 * @throws {@link CheckpointError}; the system's error when there is nothing at the path.
 */
export async function assertRegularFile(path: string, mostBytes = Infinity): Promise<void> {
  const found = await stat(path);
  if (!found.isFile()) {
    const got = found.isDirectory() ? 'a folder (EISDIR)' : 'a pipe or a device';
    throw new CheckpointError(path, `expected a readable file, got ${got}. Put the file there.`);
  }
  if (found.size > mostBytes) {
    throw new CheckpointError(
      path,
      `expected a file of at most ${mostBytes} bytes, got ${found.size}. Use the file as the model's makers published it.`,
    );
  }
}

/** The largest tokenizers have some ten million bytes. */
const MOST_BYTES = 200_000_000;

/** Whether a value is a JSON object, not a list and not null. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function notAnObject(path: string, came: string, cause?: unknown): CheckpointError {
  return new CheckpointError(
    path,
    `expected a JSON object, got ${came}. The file is damaged or incomplete: fetch or write it again.`,
    cause === undefined ? undefined : { cause },
  );
}
