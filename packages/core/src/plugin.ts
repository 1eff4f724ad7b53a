import { CONTRACT_VERSION, checkDefinition, type Domain } from './domain.ts';
import { PluginError } from './errors.ts';
import { nearest } from './nearest.ts';
import { showValue } from './show-value.ts';

/** The keyword by which installed domain packages are found. */
export const DOMAIN_KEYWORD = 'taskspace-domain';

/** A package that the program could import. */
export interface InstalledPackage {
  readonly name: string;
  readonly version: string;
  readonly keywords: readonly string[];
}

/** What loading plugins needs of the machine; the program that runs core provides it. */
export interface PluginHost {
  /** Imports a package by name, or a file by a path relative to where the program says; rejects as `import()` does. */
  importModule(specifier: string): Promise<unknown>;
  /** The packages that are installed where the program looks for plugins. */
  installed(): Promise<readonly InstalledPackage[]>;
}

/** An installed domain package: loaded, or why it cannot be. */
export type DiscoveredDomain =
  | { readonly status: 'loaded'; readonly package: InstalledPackage; readonly domain: Domain }
  | { readonly status: 'failed'; readonly package: InstalledPackage; readonly error: PluginError };

/**
 * Loads one domain. Checked in order, each with its own error: found, importable, default export made by defineDomain,
 * contract version, well-formed, name unique.
 *
 * @param specifier - A path (`./my-domain.ts`), a package name (`@taskspace/domain-math`), or a short name (`math`): the
 * installed domain package named `@…/domain-math`, `taskspace-domain-math` or `@…/taskspace-domain-math`, or else the one
 * whose domain has that name.
 * @param loaded - Domains loaded before, whose names are taken.
 * @throws {@link PluginError}
 */
export async function loadDomain(
  specifier: string,
  host: PluginHost,
  loaded: readonly Domain[] = [],
): Promise<Domain> {
  const domain = await findDomain(specifier, host);
  if (loaded.some((other) => other.name === domain.name && other !== domain)) {
    throw new PluginError(
      'TASKSPACE_ERR_PLUGIN_DUPLICATE',
      `plugin ${specifier}: expected a domain name that is not taken, got "${domain.name}", which another plugin has. ` +
        'Use only one of the two in a config.',
    );
  }
  return domain;
}

/** Every installed package with the domain keyword, in order of package name; one that is broken does not hide the others. */
export async function discoverDomains(host: PluginHost): Promise<readonly DiscoveredDomain[]> {
  const packages = domainPackages(await host.installed());
  return Promise.all(
    packages.map(async (found): Promise<DiscoveredDomain> => {
      try {
        return { status: 'loaded', package: found, domain: await importDomain(found.name, host) };
      } catch (error) {
        if (!(error instanceof PluginError)) throw error;
        return { status: 'failed', package: found, error };
      }
    }),
  );
}

async function findDomain(specifier: string, host: PluginHost): Promise<Domain> {
  if (isPath(specifier)) return importDomain(specifier, host);
  const installed = await host.installed();
  const isShort = /^[a-z][a-z0-9-]*$/u.test(specifier);
  const exact = (isShort ? domainPackages(installed) : installed).find(
    ({ name }) => name === specifier,
  );
  if (exact !== undefined || !isShort) {
    return importDomain(specifier, host, exact !== undefined);
  }
  const named = domainPackages(installed).filter(({ name }) => isNamedFor(name, specifier));
  if (named.length > 1) throw ambiguous(specifier, named);
  const [only] = named;
  return only === undefined ? findByDomainName(specifier, host) : importDomain(only.name, host);
}

async function findByDomainName(name: string, host: PluginHost): Promise<Domain> {
  const found = await discoverDomains(host);
  const loaded = found.filter((entry) => entry.status === 'loaded');
  const matching = loaded.filter(({ domain }) => domain.name === name);
  if (matching.length > 1) {
    throw ambiguous(
      name,
      matching.map((entry) => entry.package),
    );
  }
  const [match] = matching;
  if (match !== undefined) return match.domain;
  const names = loaded.map(({ domain }) => domain.name);
  const broken = found.filter((entry) => entry.status === 'failed');
  const near = nearest(name, names);
  throw new PluginError(
    'TASKSPACE_ERR_PLUGIN_NOT_FOUND',
    `plugin ${name}: expected an installed domain of that name, found none.${
      near === undefined ? '' : ` Did you mean "${near}"?`
    } Installed: ${names.join(', ') || 'none'}.${
      broken.length === 0
        ? ''
        : ` Installed but broken: ${broken.map((entry) => entry.package.name).join(', ')}.`
    } Install its package, or give a package name or a path such as ./my-domain.ts.`,
  );
}

async function importDomain(specifier: string, host: PluginHost, known = true): Promise<Domain> {
  let module: unknown;
  try {
    module = await host.importModule(specifier);
  } catch (cause) {
    throw importError(specifier, cause, known && !isPath(specifier));
  }
  const domain = (module as { default?: unknown } | null)?.default;
  checkDomain(specifier, domain);
  return domain;
}

/** Tells a plugin that is not there from one that is there and cannot be imported. */
function importError(specifier: string, cause: unknown, installed: boolean): PluginError {
  const { code, url } = (cause ?? {}) as { code?: unknown; url?: unknown };
  // Node names the missing file in `url`; when it is another file, the plugin is there and one of its own imports is not.
  const missesItself =
    typeof url !== 'string' || url.endsWith(specifier.replace(/^(?:\.{0,2}\/)+/u, ''));
  if (code === 'ERR_MODULE_NOT_FOUND' && !installed && missesItself) {
    return new PluginError(
      'TASKSPACE_ERR_PLUGIN_NOT_FOUND',
      `plugin ${specifier}: expected ${isPath(specifier) ? 'a module at that path' : 'an installed package'}, found none. ` +
        `${isPath(specifier) ? 'Correct the path' : `Run npm install ${specifier}, or correct the name`}.`,
      { cause },
    );
  }
  return new PluginError(
    'TASKSPACE_ERR_PLUGIN_IMPORT',
    `plugin ${specifier}: expected a module that can be imported, got ${showValue(cause, 300)}. ` +
      'Try importing it with node to see the whole error; a package may need to be built or installed again.',
    { cause },
  );
}

function checkDomain(specifier: string, value: unknown): asserts value is Domain {
  const { contract } = (value ?? {}) as { contract?: unknown };
  if (typeof contract !== 'number') {
    throw new PluginError(
      'TASKSPACE_ERR_PLUGIN_EXPORT',
      `plugin ${specifier}: expected a default export made by defineDomain, got ${
        value === undefined ? 'no default export' : showValue(value)
      }. Write export default defineDomain({ … }).`,
    );
  }
  if (contract !== CONTRACT_VERSION) {
    throw new PluginError(
      'TASKSPACE_ERR_PLUGIN_CONTRACT',
      `plugin ${specifier}: expected a domain built for contract version ${CONTRACT_VERSION}, got version ${contract}. ` +
        `Update ${contract > CONTRACT_VERSION ? '@taskspace/core and the trainer' : 'the plugin'}.`,
    );
  }
  checkDefinition(value as Domain);
}

function ambiguous(specifier: string, packages: readonly InstalledPackage[]): PluginError {
  const names = packages.map(({ name }) => name).join(', ');
  return new PluginError(
    'TASKSPACE_ERR_PLUGIN_AMBIGUOUS',
    `plugin ${specifier}: expected one installed domain of that name, got ${names}. Give the package name.`,
  );
}

function domainPackages(installed: readonly InstalledPackage[]): readonly InstalledPackage[] {
  return installed
    .filter(({ keywords }) => keywords.includes(DOMAIN_KEYWORD))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function isNamedFor(packageName: string, name: string): boolean {
  const bare = packageName.replace(/^@[^/]+\//u, '');
  const scoped = bare !== packageName;
  return bare === `taskspace-domain-${name}` || (scoped && bare === `domain-${name}`);
}

function isPath(specifier: string): boolean {
  return /^(?:\.{1,2}(?:[\\/]|$)|[\\/]|[a-z]:[\\/]|file:)/iu.test(specifier);
}
