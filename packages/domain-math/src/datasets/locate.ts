import { readdir, stat } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { DataError, type Split } from '@taskspace/core';
import { hubFile, listHubFiles } from './hub.ts';
import { DATA_EXTENSIONS } from './read-rows.ts';

/** Files by split; those under `any` are divided by a hash of their content. */
export type FilesBySplit = Readonly<Partial<Record<Split | 'any', readonly string[]>>>;

/** Where a data set is: on this disk, or on the hub. */
export interface Location {
  /** A file or a folder; wins over `hub`. */
  readonly path?: string;
  /** `owner/name` on the Hugging Face hub. */
  readonly hub?: string;
  readonly revision?: string;
  /** Files of each split inside the folder or the hub repository; default: those with train, valid, dev or test in their names. */
  readonly files?: Readonly<Partial<Record<Split, readonly string[]>>>;
  /** Folder for downloads. */
  readonly cache?: string;
}

/** A file that may have to be fetched first. */
export type LocateFile = () => Promise<string>;

/**
 * The files of a data set by split, without fetching any yet.
 *
 * @throws {@link DataError} when a local path is not there or holds no data files.
 */
export async function locate(
  location: Location,
): Promise<Partial<Record<Split | 'any', readonly LocateFile[]>>> {
  const { path, hub } = location;
  if (path !== undefined) return toLocators(await localFiles(path, location.files));
  if (hub === undefined)
    throw new DataError('data', null, 'expected a path or a hub id, got neither.');
  const { revision, cache } = location;
  const source = {
    dataset: hub,
    ...(revision === undefined ? {} : { revision }),
    ...(cache === undefined ? {} : { cache }),
  };
  const files = location.files ?? bySplit(`hub data set ${hub}`, await listHubFiles(source));
  return mapFiles(files, (file) => () => hubFile(file, source));
}

async function localFiles(path: string, files: Location['files']): Promise<FilesBySplit> {
  const found = await stat(path).catch((cause: NodeJS.ErrnoException) => {
    throw new DataError(
      path,
      null,
      `expected a file or folder, got ${cause.code}. Check the path; relative paths start at ${process.cwd()}.`,
      { cause },
    );
  });
  if (found.isFile()) {
    const splits = Object.keys(files ?? {}) as Split[];
    if (splits.length > 1) {
      throw new DataError(
        path,
        null,
        `expected a folder with files for ${splits.join(' and ')}, got one file. Give their folder, or name the files: data.files.`,
      );
    }
    return { [splits[0] ?? 'any']: [path] };
  }
  const inside = await readdir(path, { recursive: true });
  if (files === undefined) return mapFiles(bySplit(path, inside), (file) => join(path, file));
  return mapFiles(files, (file) => {
    const name = [file, basename(file)].find((candidate) => inside.includes(candidate));
    if (name !== undefined) return join(path, name);
    throw new DataError(
      path,
      null,
      `expected a file ${file}, got ${inside.slice(0, 20).join(', ') || 'an empty folder'}. Name the files: data.files.`,
    );
  });
}

function bySplit(subject: string, names: readonly string[]): FilesBySplit {
  const data = names.filter((name) => DATA_EXTENSIONS.includes(extname(name).toLowerCase())).sort();
  if (data.length === 0) {
    throw new DataError(
      subject,
      null,
      `expected files ending in ${DATA_EXTENSIONS.join(', ')}, got ${names.length} others. Name them: data.files.`,
    );
  }
  const holding = (word: RegExp) => data.filter((name) => word.test(name.toLowerCase()));
  const splits = {
    train: holding(/(^|[^a-z])train/),
    validation: holding(/(^|[^a-z])(valid|dev(?![a-z]))/),
    test: holding(/(^|[^a-z])test/),
  };
  const named = Object.entries(splits).filter(([, files]) => files.length > 0);
  return named.length === 0 ? { any: data } : Object.fromEntries(named);
}

function toLocators(files: FilesBySplit) {
  return mapFiles(files, (file) => async () => file);
}

function mapFiles<T>(files: FilesBySplit, change: (file: string) => T) {
  return Object.fromEntries(
    Object.entries(files).map(([split, names]) => [split, names.map(change)]),
  ) as Partial<Record<Split | 'any', T[]>>;
}
