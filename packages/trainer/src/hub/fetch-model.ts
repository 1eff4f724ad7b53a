/**
 * Models of the Hugging Face hub, fetched into the cache that Hugging Face tools share: the files a policy is read from, and
 * nothing else. A branch or tag is resolved to its commit, and only files of that commit are used.
 */
import { statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CheckpointError, showValue } from '@taskspace/core';
import { isJsonObject } from '../model/json-file.ts';
import { INDEX_FILE, readShardNames, SINGLE_FILE } from '../model/weights.ts';
import { downloadFile, type HubFile } from './download-file.ts';
import { HubError } from './hub-error.ts';
import { diskError, type HubScope, hubRequest } from './hub-request.ts';
import { type Environment, hubSettings } from './hub-settings.ts';
import { createModelCache, type ModelCache, sizeOf } from './model-cache.ts';
import { isCommit, type ModelId } from './model-id.ts';

/** How a model is fetched. */
export interface FetchOptions {
  readonly signal?: AbortSignal | undefined;
  /** Told what will be downloaded, before it is. */
  readonly onNotice?: ((message: string) => void) | undefined;
  /** Told how many bytes of the download are there. */
  readonly onProgress?: ((present: number, total: number) => void) | undefined;
  /** Where `HF_ENDPOINT`, `HF_HOME`, `HF_TOKEN` and kin are read; default the process's. */
  readonly environment?: Environment;
  /** Pause before the second try of a request, doubled before each further one; default 500. */
  readonly retryDelayMs?: number;
}

/** A model in the cache. */
export interface FetchedModel {
  /** Holds the files of one commit. */
  readonly folder: string;
  readonly commit: string;
}

/**
 * The folder of a hub model, after whatever is missing of it was downloaded. A commit that is wholly in the cache needs no
 * network; a branch or tag is looked up anew when there is one, and is what it was before when there is none.
 *
 * @throws {@link HubError} with what to do; the signal's reason when it fires. An interrupted download goes on the next time.
 */
export async function fetchModel(id: ModelId, options: FetchOptions = {}): Promise<FetchedModel> {
  const { environment = process.env, retryDelayMs = 500 } = options;
  const { signal = new AbortController().signal, onNotice = () => undefined } = options;
  const settings = hubSettings(environment);
  const cache = createModelCache(settings.cache, id.name);
  const known = isCommit(id.revision) ? id.revision : await cache.readRef(id.revision);
  const isWhole = known !== null && (await isComplete(cache.snapshot(known)));
  const kept = isWhole ? { folder: cache.snapshot(known), commit: known } : null;
  if (kept && (settings.offline || isCommit(id.revision))) return kept;
  if (settings.offline) {
    throw new HubError(
      id.name,
      'offline',
      `expected revision ${id.revision} in ${settings.cache}, got ${known === null ? 'nothing' : 'a part of it'}, and HF_HUB_OFFLINE forbids the network. Unset it, or give the path of a folder that holds the model.`,
    );
  }
  const scope: HubScope = { model: id.name, settings, signal, retryDelayMs };
  try {
    const listing = await listFiles(id, scope);
    await download(listing, cache, scope, { ...options, onNotice });
    if (!isCommit(id.revision)) await cache.writeRef(id.revision, listing.commit);
    return { folder: cache.snapshot(listing.commit), commit: listing.commit };
  } catch (error) {
    if (kept === null || !(error instanceof HubError && isOutage(error))) throw error;
    onNotice(
      `${error.message} Going on with ${id.revision} as it was when it was last fetched: ${kept.commit}.`,
    );
    return kept;
  }
}

/** The folder that {@link fetchModel} gives for a commit, whether it was fetched or not. */
export function modelSnapshot(
  name: string,
  commit: string,
  environment: Environment = process.env,
): string {
  return createModelCache(hubSettings(environment).cache, name).snapshot(commit);
}

/** What a model needs besides its weights, and what it may have. */
const REQUIRED = ['config.json', 'tokenizer.json', 'tokenizer_config.json'];
const OPTIONAL = ['generation_config.json', 'chat_template.jinja', 'chat_template.json'];

interface Listing {
  readonly commit: string;
  readonly files: ReadonlyMap<string, HubFile>;
}

/** What a revision is and holds. */
async function listFiles({ name, revision }: ModelId, scope: HubScope): Promise<Listing> {
  const path = `api/models/${name}/revision/${encodeURIComponent(revision)}?blobs=true`;
  const response = await hubRequest(path, `the files of revision ${revision}`, scope);
  const json: unknown = await response.json().catch(() => null); // Not JSON: refused below.
  const { sha, siblings } = isJsonObject(json) ? json : {};
  if (typeof sha !== 'string' || !isCommit(sha) || !Array.isArray(siblings)) {
    throw new HubError(
      name,
      'unsupported',
      `expected a commit and its list of files from ${scope.settings.endpoint}, got ${showValue(json)}. Check HF_ENDPOINT: is it a hub?`,
    );
  }
  const files = siblings.filter(isJsonObject).map(hubFile);
  return { commit: sha, files: new Map(files.map((file) => [file.name, file])) };
}

function hubFile({ rfilename, size, blobId, lfs }: Readonly<Record<string, unknown>>): HubFile {
  const { sha256, size: largeSize } = isJsonObject(lfs) ? lfs : {};
  const bytes = largeSize ?? size;
  return {
    name: String(rfilename),
    size: Number.isSafeInteger(bytes) ? (bytes as number) : null,
    hash: isHex(sha256, 64)
      ? { kind: 'sha256', hex: sha256 }
      : lfs === undefined && isHex(blobId, 40)
        ? { kind: 'git', hex: blobId }
        : null,
  };
}

/** Brings every file that is missing into the snapshot, weights last: with them it is complete. */
async function download(
  listing: Listing,
  cache: ModelCache,
  scope: HubScope,
  { onNotice, onProgress }: FetchOptions,
): Promise<void> {
  const { commit, files } = listing;
  const names = [...REQUIRED, ...OPTIONAL.filter((name) => files.has(name))];
  const weights = await weightNames(listing, cache, scope);
  const wanted: HubFile[] = [];
  for (const name of [...names, ...weights]) {
    const file = listed(name, listing, scope);
    if (!(await isThere(file, commit, cache))) wanted.push(file);
  }
  if (wanted.length === 0) return;
  const bytes = wanted.reduce((sum, { size }) => sum + (size ?? 0), 0);
  const target = cache.snapshot(commit);
  onNotice?.(
    `Downloading ${scope.model}, commit ${commit.slice(0, 8)}, from ${scope.settings.endpoint}: ${wanted.length} files, ${megabytes(bytes)} MB, to ${target}`,
  );
  await assertRoom(bytes, target, scope);
  let before = 0;
  for (const file of wanted) {
    await fetchInto(file, commit, cache, scope, (present) => onProgress?.(before + present, bytes));
    before += file.size ?? 0;
  }
}

/** Files of weights: the single one, or the index and those it names, for which it is fetched if need be. */
async function weightNames(
  listing: Listing,
  cache: ModelCache,
  scope: HubScope,
): Promise<readonly string[]> {
  if (listing.files.has(SINGLE_FILE)) return [SINGLE_FILE];
  const index = listed(INDEX_FILE, listing, scope);
  if (!(await isThere(index, listing.commit, cache))) {
    await fetchInto(index, listing.commit, cache, scope, () => undefined);
  }
  return [INDEX_FILE, ...(await readShardNames(join(cache.snapshot(listing.commit), INDEX_FILE)))];
}

async function fetchInto(
  file: HubFile,
  commit: string,
  cache: ModelCache,
  scope: HubScope,
  onBytes: (present: number) => void,
): Promise<void> {
  const hash = file.hash?.hex ?? `${commit}-${file.name}`;
  const present = await sizeOf(cache.blob(hash));
  if (present === null || (file.size !== null && present !== file.size)) {
    const path = `${scope.model}/resolve/${commit}/${encodeURIComponent(file.name)}`;
    await downloadFile(path, file, cache.blob(hash), scope, onBytes);
  }
  await cache.link(hash, commit, file.name).catch((cause: unknown) => {
    throw diskError(scope.model, cache.snapshot(commit), cause);
  });
}

/** A file that the model must have. */
function listed(name: string, { files }: Listing, { model }: HubScope): HubFile {
  const file = files.get(name);
  if (file !== undefined) return file;
  const others = [...files.keys()].filter((other) =>
    /\.(?:bin|pth?|gguf|json|model)$/u.test(other),
  );
  const expected = name === INDEX_FILE ? `${SINGLE_FILE} or ${INDEX_FILE}` : name;
  throw new HubError(
    model,
    'unsupported',
    `expected ${expected} among its files, got ${others.slice(0, 5).join(', ') || 'none such'}. Take a model with weights in safetensors and a tokenizer.json.`,
  );
}

async function isThere(
  { name, size }: HubFile,
  commit: string,
  cache: ModelCache,
): Promise<boolean> {
  const found = await sizeOf(join(cache.snapshot(commit), name));
  return found !== null && (size === null || found === size);
}

/** Whether a snapshot has all that is needed, as far as its own files tell. */
async function isComplete(snapshot: string): Promise<boolean> {
  const has = async (name: string): Promise<boolean> =>
    (await sizeOf(join(snapshot, name))) !== null;
  for (const name of REQUIRED) if (!(await has(name))) return false;
  if (await has(SINGLE_FILE)) return true;
  if (!(await has(INDEX_FILE))) return false;
  try {
    for (const name of await readShardNames(join(snapshot, INDEX_FILE))) {
      if (!(await has(name))) return false;
    }
    return true;
  } catch (error) {
    if (error instanceof CheckpointError) return false; // A damaged index: fetch it again.
    throw error;
  }
}

/** Refuses a download that cannot fit the disk before it begins. */
async function assertRoom(bytes: number, folder: string, { model }: HubScope): Promise<void> {
  const { free, place } = await roomAt(folder);
  if (bytes <= free) return;
  throw new HubError(
    model,
    'disk',
    `expected ${megabytes(bytes)} MB of free disk at ${place}, got ${megabytes(free)} MB. Free some space, or set HF_HOME to a folder on another disk.`,
  );
}

/** Free bytes where a folder will be: of the first folder above it that is there. */
async function roomAt(folder: string): Promise<{ readonly free: number; readonly place: string }> {
  try {
    const { bavail, bsize } = await statfs(folder);
    return { free: bavail * bsize, place: folder };
  } catch (error) {
    const above = dirname(folder);
    if (above === folder) throw error;
    return roomAt(above);
  }
}

/** What an earlier download makes up for. */
function isOutage({ problem }: HubError): boolean {
  return problem === 'unreachable' || problem === 'busy';
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0);
}

function isHex(value: unknown, length: number): value is string {
  return typeof value === 'string' && new RegExp(`^[0-9a-f]{${length}}$`, 'u').test(value);
}
