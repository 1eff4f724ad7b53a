/**
 * Files and folders that are either wholly there or not there at all: written under a temporary name beside the target,
 * flushed to the disk, then renamed. A process killed at any moment leaves the earlier version, and at worst a leftover
 * that {@link repairFolder} clears away.
 */
import { access, type FileHandle, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { CheckpointError } from '@taskspace/core';

/** What a file may be made of: text, bytes, or bytes that come in pieces. */
export type FileContent = string | Uint8Array | Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

/**
 * Writes a file so that readers see the earlier version or the new one, never a part.
 *
 * @param path - Its folder must exist.
 * @param content - Pieces are written as they come, so a file larger than memory can be streamed.
 * @throws {@link CheckpointError} when the disk is full; the earlier version is then unchanged and no leftover stays.
 */
export async function writeFileAtomic(path: string, content: FileContent): Promise<void> {
  const target = resolve(path);
  const temporary = temporaryName(target);
  try {
    const handle = await open(temporary, 'wx');
    try {
      for await (const piece of piecesOf(content)) await writeWhole(handle, piece);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, target);
    await syncFolder(dirname(target));
  } catch (error) {
    await rm(temporary, { force: true });
    throw explainFullDisk(path, error);
  }
}

/**
 * Writes a folder so that it appears under its name only when complete. An existing folder of that name is replaced. Two
 * folders cannot be swapped in one step: a kill in between leaves neither under the name until {@link repairFolder} has put
 * the earlier one back.
 *
 * @param path - Its parent must exist.
 * @param fill - Writes the content into the temporary folder it is given.
 * @throws {@link CheckpointError} when the disk is full; the earlier version is then unchanged and no leftover stays.
 */
export async function writeFolderAtomic(
  path: string,
  fill: (temporaryFolder: string) => Promise<void>,
): Promise<void> {
  const target = resolve(path);
  const temporary = temporaryName(target);
  const replaced = temporaryName(target, REPLACED);
  try {
    await mkdir(temporary);
    await fill(temporary);
    await syncTree(temporary);
    await renameIfPresent(target, replaced);
    await rename(temporary, target);
    await syncFolder(dirname(target));
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    await putBack(replaced, target);
    throw explainFullDisk(path, error);
  }
  await rm(replaced, { recursive: true, force: true });
}

/**
 * Clears a folder of what killed writers left: half-written files and folders go, and a folder that was being replaced
 * comes back when its replacement did not arrive. Call it only while no other process writes there.
 */
export async function repairFolder(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const leftover = /^\.(.+)\.\d+-\d+\.(?:unfinished|replaced)$/su.exec(name);
    if (leftover === null) continue;
    if (name.endsWith(REPLACED)) await putBack(join(folder, name), join(folder, leftover[1]!));
    await rm(join(folder, name), { recursive: true, force: true });
  }
}

const UNFINISHED = '.unfinished';
const REPLACED = '.replaced';
/** One `write` call takes less than 2 GiB. */
const MAX_WRITE_BYTES = 2 ** 30;
let written = 0;

function temporaryName(target: string, suffix = UNFINISHED): string {
  written += 1;
  return join(dirname(target), `.${basename(target)}.${process.pid}-${written}${suffix}`);
}

function piecesOf(content: FileContent): Iterable<Uint8Array> | AsyncIterable<Uint8Array> {
  if (typeof content === 'string') return [Buffer.from(content, 'utf8')];
  return content instanceof Uint8Array ? [content] : content;
}

async function writeWhole(handle: FileHandle, piece: Uint8Array): Promise<void> {
  for (let start = 0; start < piece.byteLength; ) {
    const length = Math.min(MAX_WRITE_BYTES, piece.byteLength - start);
    start += (await handle.write(piece, start, length)).bytesWritten;
  }
}

/** Flushes every file and folder below a folder, and the folder itself. */
async function syncTree(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await syncTree(path);
    else if (entry.isFile()) await sync(path, 'r+');
  }
  await syncFolder(folder);
}

/** Makes a rename survive a power cut. Windows cannot open folders and has no need to. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform !== 'win32') await sync(folder, 'r');
}

async function sync(path: string, flags: 'r' | 'r+'): Promise<void> {
  const handle = await open(path, flags);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function renameIfPresent(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
  }
}

/** Returns a folder to its name unless something is there already. */
async function putBack(replaced: string, target: string): Promise<void> {
  if (!(await exists(target))) await renameIfPresent(replaced, target);
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    // Whatever keeps it from being seen, it is not there to be used.
    return false;
  }
}

/** A full disk or quota is the user's to mend, so it says what is safe; any other error stays as it is. */
function explainFullDisk(path: string, error: unknown): unknown {
  const code = errorCode(error);
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return error;
  const limit = code === 'ENOSPC' ? 'the disk is full' : 'the disk quota is used up';
  return new CheckpointError(
    path,
    `expected room to write it, got ${code}: ${limit}. Whatever was saved before is kept unchanged, and the unfinished part was removed. ` +
      'Free some space or write to another disk, then run again.',
    { cause: error },
  );
}

function errorCode(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
