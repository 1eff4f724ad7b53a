import type { Dirent } from 'node:fs';
import { readdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';

/** Folders of published data sets that are not recognised by the files in them. */
const LABEL_FOLDERS = [
  ...['sklearn/datasets/data', 'sklearn/datasets/tests', 'scipy/stats/tests/data'],
  ...['statsmodels/datasets', 'skimage/data', 'pydataset', 'nltk_data'],
];

/** A table or a saved data set, packed or not. */
const TABLE =
  /\.(?:csv|tsv|arff|dta|rda|rds|rdata|sav|sas7bdat|xpt|parquet|feather|xlsx?|dat|npz|npy|json\.gz)(?:\.(?:gz|bz2|xz|zip))?$/iu;

/**
 * Folders inside packages that hold data: published sets with their labels, test data made from them. A competition made from
 * one of them could be solved by looking the answers up. Hiding them leaves the packages themselves working.
 *
 * @param sitePackages - Folders of packages.
 */
export async function labelFolders(sitePackages: readonly string[]): Promise<readonly string[]> {
  // Some are reached by two paths, and a folder is hidden once.
  const sites = await Promise.all(sitePackages.map((site) => realpath(site).catch(() => null)));
  const found = await Promise.all(
    [...new Set(sites)].map((site) => (site === null ? [] : foldersBelow(site, ''))),
  );
  return found.flat();
}

async function foldersBelow(site: string, inner: string): Promise<string[]> {
  const folder = join(site, inner);
  const entries = await readdir(folder, { withFileTypes: true }).catch((): Dirent[] => []);
  const files = entries.filter((entry) => !entry.isDirectory()).map(({ name }) => name);
  const holdsCode = files.some((name) => /\.(?:py|so|pyx)$/u.test(name) && name !== '__init__.py');
  if (LABEL_FOLDERS.includes(inner) || (!holdsCode && files.some((name) => TABLE.test(name)))) {
    return [folder];
  }
  const below = entries.filter((entry) => entry.isDirectory() && entry.name !== '__pycache__');
  const found = await Promise.all(below.map(({ name }) => foldersBelow(site, join(inner, name))));
  return found.flat();
}
