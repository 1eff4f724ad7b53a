import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { HubError } from './hub-error.ts';
import { diskError, type HubScope, hubRequest, pauseAfter, TRIES } from './hub-request.ts';
import { sizeOf } from './model-cache.ts';

/** A file of a model, as the hub lists it. */
export interface HubFile {
  /** Its name in the model. */
  readonly name: string;
  /** Null when the hub does not say. */
  readonly size: number | null;
  /** SHA-256 of the content of large files, Git's SHA-1 of small ones; null when the hub does not say. */
  readonly hash: { readonly kind: 'sha256' | 'git'; readonly hex: string } | null;
}

/**
 * Downloads a file, from where an earlier download stopped, and checks its size and hash before it gets its name.
 *
 * What has come lies beside the target, in a name of its own. Processes that fetch the same file at once write the same
 * bytes to the same places, so they need no lock: whoever ends first gives the file its name.
 *
 * @param path - Below the endpoint.
 * @param onBytes - Told how much of the file is there, each time more is.
 * @throws {@link HubError}; the signal's reason when it fires. What has come is kept, unless its hash is wrong.
 */
export async function downloadFile(
  path: string,
  file: HubFile,
  target: string,
  scope: HubScope,
  onBytes: (present: number) => void,
): Promise<void> {
  const partial = `${target}.incomplete`;
  await mkdir(dirname(target), { recursive: true }).catch((cause: unknown) => {
    throw diskError(scope.model, target, cause);
  });
  for (let pass = 1; ; pass++) {
    await fetchRest(path, file, partial, scope, onBytes);
    const problem = await damage(partial, file);
    if (problem === null) break;
    // A leftover may be another file's, or have a hole since a power cut: one more try without it.
    await rm(partial, { force: true });
    if (pass === 2) {
      throw new HubError(
        scope.model,
        'damaged',
        `expected ${file.name} ${problem}, twice. Nothing of it was kept; try again later, or from another mirror (HF_ENDPOINT).`,
      );
    }
  }
  await rename(partial, target).catch(async (cause: unknown) => {
    // Another process has just given it its name.
    if ((await sizeOf(target)) === null) throw diskError(scope.model, target, cause);
  });
}

/** Fetches what is missing; a connection that breaks is taken up again as long as some of them bring something. */
async function fetchRest(
  path: string,
  { name, size }: HubFile,
  partial: string,
  scope: HubScope,
  onBytes: (present: number) => void,
): Promise<void> {
  let tries = 0;
  for (;;) {
    const present = (await sizeOf(partial)) ?? 0;
    if (size !== null && present >= size) return;
    const range = present > 0 ? { range: `bytes=${present}-` } : undefined;
    const response = await hubRequest(path, `file ${name}`, scope, range).catch(
      (error: unknown) => {
        // There is nothing behind what is here: all of it has come, or it is no part of this file, which its hash tells.
        if (present > 0 && size === null && isRangeRefusal(error)) return null;
        throw error;
      },
    );
    if (response === null) return;
    const cut = await writeBody(response, present, partial, size, scope, onBytes);
    if (cut === null) return;
    tries = ((await sizeOf(partial)) ?? 0) > present ? 1 : tries + 1;
    if (tries >= TRIES) {
      throw new HubError(
        scope.model,
        'unreachable',
        `expected ${name} whole, got a connection that breaks off (${cut.message}). Check the network and run again: it goes on from there.`,
        { cause: cut },
      );
    }
    const { signal } = scope;
    await sleep(pauseAfter(cut, tries, scope), undefined, { signal }).catch(() =>
      signal.throwIfAborted(),
    );
  }
}

/** Writes a response where it belongs; gives what broke it off, or null when it is whole. */
async function writeBody(
  response: Response,
  present: number,
  partial: string,
  size: number | null,
  { model, signal }: HubScope,
  onBytes: (present: number) => void,
): Promise<Error | null> {
  // A server that knows no ranges begins anew.
  const part = /^bytes (\d+)-/u.exec(response.headers.get('content-range') ?? '');
  let position = response.status === 206 ? Number(part?.[1] ?? present) : 0;
  const announced = response.headers.get('content-length');
  const end = announced === null ? null : position + Number(announced);
  const handle = await openToWrite(partial).catch((cause: unknown) => {
    throw diskError(model, partial, cause);
  });
  try {
    if (response.body === null) return new Error('an empty answer');
    const pieces = response.body[Symbol.asyncIterator]();
    for (;;) {
      const next = await pieces.next().catch((error: unknown) => {
        signal.throwIfAborted();
        return error as Error;
      });
      if (next instanceof Error) return next;
      if (next.done) break;
      if (size !== null && position + next.value.byteLength > size) {
        return new Error(`more than ${size} bytes`);
      }
      await writeWhole(handle, next.value, position).catch((cause: unknown) => {
        throw diskError(model, partial, cause);
      });
      position += next.value.byteLength;
      onBytes(position);
    }
    await handle.sync();
    return end === null || position === end ? null : new Error(`${position} of ${end} bytes`);
  } finally {
    await handle.close();
  }
}

/** Opens a file to write at any place of it, and makes it when there is none. */
async function openToWrite(path: string): Promise<FileHandle> {
  return open(path, 'r+').catch(() => open(path, 'w'));
}

async function writeWhole(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.byteLength; ) {
    const { bytesWritten } = await handle.write(
      bytes,
      done,
      bytes.byteLength - done,
      position + done,
    );
    done += bytesWritten;
  }
}

/** What is wrong with a file that should be whole, in words; null when nothing is. */
async function damage(path: string, { size, hash }: HubFile): Promise<string | null> {
  const got = (await sizeOf(path)) ?? 0;
  if (size !== null && got !== size) return `of ${size} bytes, got ${got}`;
  if (hash === null) return null;
  const sum = createHash(hash.kind === 'git' ? 'sha1' : 'sha256');
  if (hash.kind === 'git') sum.update(`blob ${got}\0`);
  for await (const piece of createReadStream(path, { highWaterMark: 2 ** 20 })) sum.update(piece);
  const found = sum.digest('hex');
  return found === hash.hex ? null : `with ${hash.kind} hash ${hash.hex}, got ${found}`;
}

function isRangeRefusal(error: unknown): boolean {
  return error instanceof HubError && error.problem === 'unsupported';
}
