import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type DataSet, TaskspaceError } from '@taskspace/core';
import { constantsToJson } from './constants.ts';
import { BFCL_FILES, BFCL_REPOSITORY, type BfclFile } from './manifest.ts';

/** A file of a data set cannot be had, or is not what it must be. */
export class DownloadError extends TaskspaceError {
  static {
    DownloadError.prototype.name = 'DownloadError';
  }

  constructor(file: string, message: string, options?: ErrorOptions) {
    super('TASKSPACE_ERR_DOWNLOAD', `${file}: ${message}`, options);
  }
}

/** Where files come from, for mirrors and tests. */
export interface BfclDatasetOptions {
  /** Files are at `<baseUrl>/<repository>/<commit>/<path>`. Default: GitHub's raw files. */
  readonly baseUrl?: string;
  readonly files?: readonly BfclFile[];
}

/** The multi-turn tasks of the Berkeley Function Calling Leaderboard, from its public repository. */
export function createBfclDataset({
  baseUrl = 'https://raw.githubusercontent.com',
  files = BFCL_FILES,
}: BfclDatasetOptions = {}): DataSet {
  const megabytes = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) / 1e6;
  return {
    description:
      `Multi-turn tasks of the Berkeley Function Calling Leaderboard, v3 (all variants) and v4 (base): ${files.length} files, ` +
      `${megabytes.toFixed(1)} MB, from ${baseUrl}/${BFCL_REPOSITORY}, Apache-2.0 (Patil, Mao, Yan, Ji, Suresh, Stoica, Gonzalez). ` +
      'Files are renamed; each must have its known SHA-256.',
    async download(folder, { signal, onFile }) {
      for (const file of files) {
        signal.throwIfAborted();
        onFile(file.path);
        if (!(await isThere(folder, file))) await fetchFile(baseUrl, folder, file, signal);
      }
    },
  };
}

/** Converted files cannot be checked against the source's checksum: they are made anew. */
async function isThere(folder: string, file: BfclFile): Promise<boolean> {
  if (file.convert !== undefined) return false;
  const bytes = await readFile(join(folder, file.path)).catch(() => undefined); // Not there yet.
  return bytes !== undefined && sha256(bytes) === file.sha256;
}

async function fetchFile(
  baseUrl: string,
  folder: string,
  file: BfclFile,
  signal: AbortSignal,
): Promise<void> {
  const url = `${baseUrl}/${BFCL_REPOSITORY}/${file.commit}/${file.source}`;
  const bytes = await fetchBytes(url, file, signal);
  const got = sha256(bytes);
  if (got !== file.sha256) {
    throw new DownloadError(
      file.path,
      `expected SHA-256 ${file.sha256} from ${url}, got ${got}. Nothing was kept; try again, or another mirror.`,
    );
  }
  const target = join(folder, file.path);
  const part = `${target}.${process.pid}.part`;
  await mkdir(dirname(target), { recursive: true });
  try {
    const kept = file.convert === undefined ? bytes : constantsToJson(bytes.toString('utf8'));
    await writeFile(part, kept);
    await rename(part, target);
  } finally {
    await rm(part, { force: true });
  }
}

async function fetchBytes(url: string, file: BfclFile, signal: AbortSignal): Promise<Buffer> {
  let response: Response;
  try {
    response = await fetch(url, { signal });
    if (response.ok) return Buffer.from(await response.arrayBuffer());
  } catch (cause) {
    signal.throwIfAborted();
    throw new DownloadError(
      file.path,
      `expected ${url} to answer, it did not. Check the network, or copy the files by hand.`,
      { cause },
    );
  }
  throw new DownloadError(
    file.path,
    `expected ${url} to be there, got status ${response.status}. Check the address, or copy the files by hand.`,
  );
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
