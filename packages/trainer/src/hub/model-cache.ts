/**
 * The cache of models that Hugging Face tools share: `models--owner--name/` with the content of every file once under
 * `blobs/`, by its hash; `snapshots/<commit>/` with links to them under the files' own names; and `refs/<revision>` with the
 * commit a branch or tag stood for. What one tool downloaded, the others find.
 */
import { mkdir, readFile, rename, rm, stat, symlink } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { writeFileAtomic } from '../run/atomic-write.ts';

/** The part of the cache that belongs to one model. */
export interface ModelCache {
  /** Folder of a commit's files, whether it is there or not. */
  snapshot(commit: string): string;
  /** Where content lies, by its hash. */
  blob(hash: string): string;
  /** The commit that a branch or tag stood for when it was last asked for; null when it never was. */
  readRef(revision: string): Promise<string | null>;
  writeRef(revision: string, commit: string): Promise<void>;
  /** Puts content into a snapshot under a file's name. */
  link(hash: string, commit: string, file: string): Promise<void>;
}

/** @param name - `owner/name`. */
export function createModelCache(cache: string, name: string): ModelCache {
  const folder = join(cache, `models--${name.replace('/', '--')}`);
  const snapshot = (commit: string): string => join(folder, 'snapshots', commit);
  const blob = (hash: string): string => join(folder, 'blobs', hash);
  const ref = (revision: string): string => join(folder, 'refs', revision);
  return {
    snapshot,
    blob,
    async readRef(revision) {
      const commit = await readFile(ref(revision), 'utf8').catch(() => ''); // Never asked for.
      return /^[0-9a-f]{40}$/u.test(commit.trim()) ? commit.trim() : null;
    },
    async writeRef(revision, commit) {
      await mkdir(dirname(ref(revision)), { recursive: true });
      await writeFileAtomic(ref(revision), commit);
    },
    async link(hash, commit, file) {
      const path = join(snapshot(commit), file);
      await mkdir(dirname(path), { recursive: true });
      await rm(path, { force: true });
      await symlink(relative(dirname(path), blob(hash)), path).catch(async () => {
        // Another process was first; or this system wants special rights for links, and then the content itself moves here.
        if ((await sizeOf(path)) === null) await rename(blob(hash), path);
      });
    },
  };
}

/** Bytes of a file; null when there is none. */
export async function sizeOf(path: string): Promise<number | null> {
  return stat(path).then(
    (found) => (found.isFile() ? found.size : null),
    () => null, // Whatever keeps it from being seen, it is not there to be used.
  );
}
