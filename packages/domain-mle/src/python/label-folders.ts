import { realpath } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Folders inside packages that hold published data sets with their labels; a competition made from one of them could be
 * solved by looking the answers up. Hiding them leaves the packages themselves working.
 */
const LABEL_FOLDERS = [
  ...['sklearn/datasets/data', 'sklearn/datasets/tests', 'statsmodels/datasets', 'skimage/data'],
  ...['palmerpenguins/data', 'pydataset', 'vega_datasets/_data', 'bokeh/sampledata'],
  ...['plotly/package_data/datasets', 'catboost/datasets', 'nltk_data'],
];

/** The label-bearing folders that exist below some package folders. */
export async function labelFolders(sitePackages: readonly string[]): Promise<readonly string[]> {
  const paths = sitePackages.flatMap((site) => LABEL_FOLDERS.map((folder) => join(site, folder)));
  // Most are not installed; some are reached by two paths, and a folder is hidden once.
  const real = await Promise.all(paths.map((path) => realpath(path).catch(() => null)));
  return [...new Set(real)].filter((path) => path !== null);
}
