import { type DiscoveredDomain, discoverDomains } from '@taskspace/core';
import Table from 'cli-table3';
import { createPluginHost } from '../run/plugin-host.ts';

/** What `taskspace domains` prints about one installed package. */
export interface DomainListing {
  readonly package: string;
  readonly version: string;
  /** The name configs use; null when the package cannot be loaded. */
  readonly name: string | null;
  /** Option names, sorted. */
  readonly options: readonly string[];
  /** Why it cannot be loaded. */
  readonly problem: string | null;
}

/** The installed domain packages seen from a folder. */
export async function listDomains(folder: string): Promise<readonly DomainListing[]> {
  return (await discoverDomains(createPluginHost(folder))).map(listing);
}

/** The listing as a table, with what to do when it is empty. */
export function renderDomains(domains: readonly DomainListing[]): string {
  if (domains.length === 0) {
    return 'No domain is installed here. Try: npm install @taskspace/domain-math';
  }
  const table = new Table({
    head: ['domain', 'package', 'options'],
    style: { head: [], border: [] },
  });
  for (const { name, package: source, version, options, problem } of domains) {
    table.push([name ?? '(broken)', `${source} ${version}`, problem ?? options.join(', ')]);
  }
  return table.toString();
}

function listing(found: DiscoveredDomain): DomainListing {
  const { name, version } = found.package;
  if (found.status === 'failed') {
    return { package: name, version, name: null, options: [], problem: found.error.message };
  }
  const { properties } = found.domain.options as { properties?: Record<string, unknown> };
  return {
    package: name,
    version,
    name: found.domain.name,
    options: Object.keys(properties ?? {}).sort(),
    problem: null,
  };
}
