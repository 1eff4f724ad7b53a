import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { InstalledPackage, PluginHost } from '@taskspace/core';

/**
 * Finds plugins the way Node finds packages: in `node_modules` of a folder and of every folder above it, npm workspaces
 * (which are links there) included, and after that beside this package.
 *
 * @param folder - Where paths start and the search begins: the config file's folder.
 */
export function createPluginHost(folder: string): PluginHost {
  return {
    importModule: (specifier) => import(locate(specifier, folder)),
    async installed() {
      const found = new Map<string, InstalledPackage>();
      const own = dirname(fileURLToPath(import.meta.url));
      for (const start of [resolve(folder), own]) {
        for (const modules of moduleFolders(start)) {
          for (const entry of await packagesIn(modules)) {
            if (!found.has(entry.name)) found.set(entry.name, entry);
          }
        }
      }
      return [...found.values()];
    },
  };
}

/** A URL where the module can be found from `folder`, or the specifier itself for Node to resolve or refuse. */
function locate(specifier: string, folder: string): string {
  if (specifier.startsWith('file:')) return specifier;
  if (isFilePath(specifier)) return pathToFileURL(resolve(folder, specifier)).href;
  try {
    return pathToFileURL(createRequire(join(resolve(folder), 'from.js')).resolve(specifier)).href;
  } catch {
    // Not installed there, or only for `import`: the import that follows finds it or says so.
    return specifier;
  }
}

/** Whether a plugin is named by a path rather than as a package. */
export function isFilePath(specifier: string): boolean {
  return /^\.{1,2}(?:[\\/]|$)/u.test(specifier) || isAbsolute(specifier);
}

function moduleFolders(start: string): string[] {
  const parent = dirname(start);
  const here = join(start, 'node_modules');
  return parent === start ? [here] : [here, ...moduleFolders(parent)];
}

async function packagesIn(modules: string): Promise<InstalledPackage[]> {
  const names = await foldersIn(modules);
  const scoped = names
    .filter((name) => name.startsWith('@'))
    .map(async (scope) =>
      (await foldersIn(join(modules, scope))).map((name) => `${scope}/${name}`),
    );
  const all = [
    ...names.filter((name) => !name.startsWith('@') && !name.startsWith('.')),
    ...(await Promise.all(scoped)).flat(),
  ];
  const packages = await Promise.all(all.map((name) => readManifest(join(modules, name))));
  return packages.filter((found) => found !== null);
}

async function foldersIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EACCES') return [];
    throw error;
  }
}

async function readManifest(folder: string): Promise<InstalledPackage | null> {
  try {
    const manifest: unknown = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
    const { name, version, keywords } = (manifest ?? {}) as Record<string, unknown>;
    if (typeof name !== 'string') return null;
    return {
      name,
      version: typeof version === 'string' ? version : '0.0.0',
      keywords: Array.isArray(keywords) ? keywords.filter((word) => typeof word === 'string') : [],
    };
  } catch {
    // A folder without a readable manifest is not a package.
    return null;
  }
}
