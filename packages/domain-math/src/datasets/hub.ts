import { createWriteStream } from 'node:fs';
import { access, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { DataError, TaskspaceError } from '@taskspace/core';

/** A data set on the Hugging Face hub, and how to reach it. */
export interface HubDataset {
  /** `owner/name`. */
  readonly dataset: string;
  /** Branch, tag or commit; default `main`. */
  readonly revision?: string;
  /** Folder for downloads; default `$HF_HOME/taskspace`, or `~/.cache/huggingface/taskspace`. */
  readonly cache?: string;
  /** Where `HF_ENDPOINT`, `HF_HOME`, `HF_TOKEN` and `HF_HUB_OFFLINE` are read; default the process's. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal;
  /** Pause before the second try, doubled before each further one; default 500. */
  readonly retryDelayMs?: number;
}

/** The hub cannot be reached, or refuses. */
export class HubError extends TaskspaceError {
  static {
    HubError.prototype.name = 'HubError';
  }

  constructor(dataset: string, message: string, options?: ErrorOptions) {
    super('TASKSPACE_ERR_HUB', `hub data set ${dataset}: ${message}`, options);
  }
}

const TRIES = 4;

/**
 * Path of a hub file on this disk, downloaded when it is in neither the Hugging Face cache nor ours. A download goes to a
 * temporary name and is renamed when it is whole, so that a killed one leaves nothing that looks complete.
 *
 * @param file - Path inside the data set's repository.
 * @throws {@link HubError} with what to do when the network, the hub or the name fails.
 */
export async function hubFile(file: string, source: HubDataset): Promise<string> {
  checkNames(file, source);
  const cached = await findCached(file, source);
  if (cached !== undefined) return cached;
  const target = cachePath(file, source);
  const { revision = 'main', dataset } = source;
  const path = `datasets/${dataset}/resolve/${encodeURIComponent(revision)}/${encodePath(file)}`;
  const response = await request(path, source, `file ${file} of revision ${revision}`);
  await save(response, target, source);
  return target;
}

/**
 * Names of the files in a hub data set, from the hub's own listing.
 *
 * @throws {@link HubError}
 */
export async function listHubFiles(source: HubDataset): Promise<readonly string[]> {
  checkNames('', source);
  const { revision = 'main', dataset } = source;
  const path = `api/datasets/${dataset}/tree/${encodeURIComponent(revision)}?recursive=true`;
  const response = await request(path, source, `the list of files of revision ${revision}`);
  const entries: unknown = await response.json();
  if (!Array.isArray(entries)) {
    throw new HubError(
      dataset,
      'expected a list of files, got something else. Name them: data.files.',
    );
  }
  return entries
    .filter((entry: { type?: unknown }) => entry.type === 'file')
    .map((entry: { path?: unknown }) => String(entry.path));
}

function environmentOf({ environment = process.env }: HubDataset) {
  const home = environment.HF_HOME ?? join(homedir(), '.cache', 'huggingface');
  return {
    home,
    hub: environment.HF_HUB_CACHE ?? join(home, 'hub'),
    endpoint: (environment.HF_ENDPOINT || 'https://huggingface.co').replace(/\/+$/, ''),
    token: environment.HF_TOKEN,
    offline: ['1', 'true', 'yes', 'on'].includes((environment.HF_HUB_OFFLINE ?? '').toLowerCase()),
  };
}

function cachePath(file: string, source: HubDataset): string {
  const root = source.cache ?? join(environmentOf(source).home, 'taskspace');
  return join(root, ...source.dataset.split('/'), source.revision ?? 'main', ...file.split('/'));
}

async function findCached(file: string, source: HubDataset): Promise<string | undefined> {
  const { dataset, revision = 'main' } = source;
  const { hub } = environmentOf(source);
  const repository = join(hub, `datasets--${dataset.replace('/', '--')}`);
  const commit = await readFile(join(repository, 'refs', revision), 'utf8').then(
    (text) => text.trim(),
    () => revision, // No such ref: the revision may be a commit itself.
  );
  const shared = join(repository, 'snapshots', commit, ...file.split('/'));
  for (const path of [cachePath(file, source), shared]) {
    if (await exists(path)) return path;
  }
  return undefined;
}

async function request(path: string, source: HubDataset, what: string): Promise<Response> {
  const { endpoint, token, offline } = environmentOf(source);
  const { dataset, signal, retryDelayMs = 500 } = source;
  const url = `${endpoint}/${path}`;
  if (offline) {
    throw new HubError(
      dataset,
      `expected ${what} in the cache, got nothing, and HF_HUB_OFFLINE forbids the network. ${byHand(source)}`,
    );
  }
  const headers: Record<string, string> = { 'accept-encoding': 'identity' };
  if (token) headers.authorization = `Bearer ${token}`;
  for (let attempt = 1; ; attempt++) {
    const outcome = await fetch(url, { headers, ...(signal ? { signal } : {}) }).then(
      (response) => ({ response }),
      (error: unknown) => ({ error }),
    );
    signal?.throwIfAborted();
    if ('response' in outcome && outcome.response.ok) return outcome.response;
    const transient =
      'error' in outcome || outcome.response.status === 429 || outcome.response.status >= 500;
    if (!transient || attempt === TRIES) throw refused(outcome, url, what, source);
    await sleep(retryDelayMs * 2 ** (attempt - 1), undefined, signal ? { signal } : {});
  }
}

function refused(
  outcome: { readonly response: Response } | { readonly error: unknown },
  url: string,
  what: string,
  source: HubDataset,
): HubError {
  const { dataset } = source;
  if ('error' in outcome) {
    const cause = outcome.error as Error & { cause?: { code?: string } };
    const reason = cause.cause?.code ?? cause.message;
    return new HubError(
      dataset,
      `expected ${what} from ${url}, got no connection (${reason}). Check the network, or set HF_ENDPOINT to a mirror. ${byHand(source)}`,
      { cause },
    );
  }
  const { status } = outcome.response;
  const advice =
    status === 404
      ? 'Check the data set name, the revision and the file name.'
      : status === 401 || status === 403
        ? 'The data set needs an access token: accept its terms on the hub and set HF_TOKEN.'
        : 'Try again later, or set HF_ENDPOINT to a mirror.';
  return new HubError(
    dataset,
    `expected ${what} from ${url}, got HTTP ${status}. ${advice} ${byHand(source)}`,
  );
}

function byHand({ dataset }: HubDataset): string {
  return `Or download the files of ${dataset} by hand and set data.path to their folder.`;
}

async function save(response: Response, target: string, source: HubDataset): Promise<void> {
  const partial = `${target}.${process.pid}.part`;
  await mkdir(dirname(target), { recursive: true });
  try {
    if (response.body === null) throw new Error('an empty body');
    const write = createWriteStream(partial, { flush: true });
    await pipeline(
      Readable.fromWeb(response.body),
      write,
      source.signal ? { signal: source.signal } : {},
    );
    await checkLength(partial, response);
    await rename(partial, target);
  } catch (cause) {
    await rm(partial, { force: true });
    source.signal?.throwIfAborted();
    const reason = (cause as NodeJS.ErrnoException).code ?? (cause as Error).message;
    throw new HubError(
      source.dataset,
      `expected to save ${response.url} as ${target}, got ${reason}. Check disk space and network, and run again.`,
      { cause },
    );
  }
}

async function checkLength(file: string, response: Response): Promise<void> {
  const announced = response.headers.get('content-length');
  if (announced === null || response.headers.get('content-encoding') !== null) return;
  const handle = await open(file);
  const { size } = await handle.stat().finally(() => handle.close());
  if (size !== Number(announced)) throw new Error(`${size} of ${announced} bytes`);
}

function checkNames(file: string, { dataset, revision = 'main' }: HubDataset): void {
  if (
    !/^[\w.-]+\/[\w.-]+$/.test(dataset) ||
    dataset.split('/').some((part) => /^\.+$/.test(part))
  ) {
    throw new HubError(dataset, 'expected a name such as owner/name, got this. Correct data.hub.');
  }
  for (const name of [file, revision]) {
    if (name.startsWith('/') || name.includes('\\') || name.split('/').includes('..')) {
      throw new DataError(
        name,
        null,
        'expected a path inside the data set, got one that leaves it.',
      );
    }
  }
}

function encodePath(file: string): string {
  return file.split('/').map(encodeURIComponent).join('/');
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
