import { mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { ConfigError, type DataSet, discoverDomains, nearest } from '@taskspace/core';
import { diskProblem } from '../run/disk-problem.ts';
import { createPluginHost } from '../run/plugin-host.ts';
import { EXIT, interruptSignal } from './exit.ts';
import { openDomain } from './load-domain.ts';

/** Options of `taskspace data`. */
export interface DataCommandOptions {
  /** Name, package or path of the one domain to ask; left out, all installed ones. */
  readonly domain?: string;
  readonly out?: string;
  readonly json?: boolean;
}

/** Published data under the name it is asked for by. */
export interface OfferedSet extends Pick<DataSet, 'description' | 'download'> {
  readonly domain: string;
  readonly name: string;
}

/** Lists the published data that domains can use, or downloads one set of it; gives the exit code. */
export async function dataCommand(
  wanted: string | undefined,
  { domain, out, json = false }: DataCommandOptions,
): Promise<number> {
  const sets = await offeredSets(domain);
  if (wanted === undefined) {
    const listed = sets.map(({ download: _download, ...set }) => set);
    process.stdout.write(json ? `${JSON.stringify(listed)}\n` : describeSets(sets));
    return EXIT.ok;
  }
  const { name, description, download } = findSet(wanted, sets);
  const folder = resolve(out ?? join(cacheFolder(), name));
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    throw diskProblem(folder, error);
  }
  const signal = interruptSignal(() => undefined);
  const tell = (event: object, text: string): void => {
    process.stdout.write(json ? `${JSON.stringify(event)}\n` : `${text}\n`);
  };
  if (!json) process.stdout.write(`${description}\n`);
  try {
    const onFile = (file: string): void => tell({ event: 'file', file }, `  ${file}`);
    await download(folder, { signal, onFile });
  } catch (error) {
    if (signal.aborted) return EXIT.interrupted;
    throw error;
  }
  tell({ event: 'end', set: name, folder }, `Downloaded to ${folder}`);
  return EXIT.ok;
}

/** What there is to download, as a list. */
export function describeSets(sets: readonly OfferedSet[]): string {
  if (sets.length === 0) return 'No domain here has data to download.\n';
  const listed = sets.map(
    ({ domain, name, description }) => `${name} (for ${domain})\n  ${description}\n`,
  );
  return `${listed.join('')}Download one with: taskspace data <set> [--out <folder>]\n`;
}

async function offeredSets(domain: string | undefined): Promise<OfferedSet[]> {
  const sets: OfferedSet[] = [];
  for (const each of domain === undefined ? await soundDomains() : [domain]) {
    await using opened = await openDomain(each, []);
    for (const [name, set] of Object.entries(opened.parts.datasets ?? {})) {
      const download: DataSet['download'] = (folder, options) => set.download(folder, options);
      sets.push({ domain: opened.name, name, description: set.description, download });
    }
  }
  return sets;
}

/** The packages of the domains that load; `taskspace domains` says what is wrong with the others. */
async function soundDomains(): Promise<readonly string[]> {
  const found = await discoverDomains(createPluginHost(process.cwd()));
  return found.filter(({ status }) => status !== 'failed').map((each) => each.package.name);
}

function findSet(wanted: string, sets: readonly OfferedSet[]): OfferedSet {
  const found = sets.find(({ name }) => name === wanted);
  if (found) return found;
  const known = sets.map(({ name }) => name);
  const near = nearest(wanted, known);
  throw new ConfigError(
    [
      {
        path: 'set',
        expected: known.length > 0 ? `one of ${known.join(', ')}` : 'nothing: no domain has data',
        got: `"${wanted}"`,
        ...(near && { suggestion: `Did you mean "${near}"?` }),
      },
    ],
    'command line',
  );
}

function cacheFolder(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'taskspace', 'data');
}
