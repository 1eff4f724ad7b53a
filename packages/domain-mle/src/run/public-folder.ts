import { constants } from 'node:fs';
import { access, chmod, copyFile, mkdir, readdir, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { DataError } from '@taskspace/core';
import { makeTemporary, removeTemporary } from '../sandbox/temporary.ts';

/** A folder that the sandbox can show. */
export interface PublicFolder extends AsyncDisposable {
  readonly path: string;
}

/**
 * The folder itself when every file in it is a plain one that the sandboxed user may read; else a readable copy, links
 * replaced by what they lead to. Programs run as root's `nobody` cannot read what only root may.
 *
 * @param hidden - Folders nothing shown may lie in or lead to.
 * @throws {@link DataError} when it is no folder, or something hidden is in it.
 */
export async function preparePublicFolder(
  folder: string,
  hidden: readonly string[],
): Promise<PublicFolder> {
  const path = await realpath(folder).catch((cause: unknown) => {
    throw new DataError(
      folder,
      null,
      'expected a folder of public files, found none. Check the path.',
      { cause },
    );
  });
  if (!(await stat(path)).isDirectory()) {
    throw new DataError(
      folder,
      null,
      'expected a folder of public files, got a file. Name its folder.',
    );
  }
  const secret = await Promise.all(hidden.map((each) => realpath(each).catch(() => each)));
  const plain = await check(path, path, secret);
  if (plain) return { path, [Symbol.asyncDispose]: async () => undefined };
  const copy = makeTemporary('taskspace-public-');
  await copyInto(path, copy);
  return {
    path: copy,
    [Symbol.asyncDispose]: async () => removeTemporary(copy),
  };
}

/** Whether all below can be shown as it is. */
async function check(root: string, folder: string, secret: readonly string[]): Promise<boolean> {
  let plain = await openToOthers(folder, 0o005);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    const real = await realpath(path).catch(() => null); // a link to nothing is not shown
    if (real === null) {
      plain = false;
      continue;
    }
    if (secret.some((each) => within(real, each) || within(each, real))) {
      throw new DataError(
        path,
        null,
        'expected no private files in the public folder, this is or leads to one. Move the private folder out of it.',
      );
    }
    if (entry.isDirectory()) plain = (await check(root, path, secret)) && plain;
    else if (entry.isFile()) plain = (await openToOthers(path, 0o004)) && plain;
    else plain = false;
  }
  return plain;
}

async function openToOthers(path: string, bits: number): Promise<boolean> {
  if (process.getuid?.() !== 0) return access(path, constants.R_OK).then(() => true);
  return ((await stat(path)).mode & bits) === bits;
}

async function copyInto(from: string, to: string): Promise<void> {
  for (const { name } of await readdir(from, { withFileTypes: true })) {
    const source = join(from, name);
    const found = await stat(source).catch(() => null); // a link to nothing
    if (found?.isDirectory() === true) {
      await mkdir(join(to, name), { mode: 0o755 });
      await copyInto(source, join(to, name));
    } else if (found?.isFile() === true) {
      await copyFile(source, join(to, name), constants.COPYFILE_FICLONE);
      await chmod(join(to, name), 0o444);
    }
  }
}

function within(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder + sep);
}
