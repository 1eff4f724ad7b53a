import {
  composeConfigSchema,
  type DomainParts,
  domainOptions,
  loadDomain,
  Scope,
  validateConfig,
} from '@taskspace/core';
import { createPluginHost } from '../run/plugin-host.ts';
import { configSource } from './options.ts';

/** A domain by itself, outside any run; disposing it lets the domain tidy up. */
export interface LoadedDomain extends AsyncDisposable {
  readonly name: string;
  readonly parts: DomainParts;
}

/**
 * Loads a domain with the options given on a command line.
 *
 * @param name - Name, package or path.
 * @param set - `option=value`, of the domain's own options.
 * @throws {@link PluginError} or {@link ConfigError}
 */
export async function openDomain(name: string, set: readonly string[]): Promise<LoadedDomain> {
  const domain = await loadDomain(name, createPluginHost(process.cwd()));
  const settings = configSource(undefined, { set }).set ?? [];
  const section = Object.fromEntries(settings.map(({ path, value }) => [path, value]));
  const schema = composeConfigSchema({ type: 'object', properties: {} }, [domain]);
  const { domains } = validateConfig<{ domains: Record<string, Record<string, unknown>> }>(
    schema,
    { domains: { [domain.name]: section } },
    'command line',
  );
  const scope = new Scope();
  try {
    const parts = await domain.create(domainOptions(domains[domain.name]!), scope);
    return {
      name: domain.name,
      parts,
      async [Symbol.asyncDispose]() {
        await parts.dispose?.();
        await scope[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await scope[Symbol.asyncDispose]();
    throw error;
  }
}
