import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { ConfigError, type DataSet, nearest } from '@taskspace/core';
import { diskProblem } from '../run/disk-problem.ts';
import { EXIT, interruptSignal } from './exit.ts';
import { openDomain } from './load-domain.ts';

/** Options of `taskspace data`. */
export interface DataCommandOptions {
  readonly set: readonly string[];
  readonly out?: string;
  readonly json?: boolean;
}

/** Lists the published data a domain can use, or downloads one set of it; gives the exit code. */
export async function dataCommand(
  name: string,
  setName: string | undefined,
  { set, out, json = false }: DataCommandOptions,
): Promise<number> {
  await using domain = await openDomain(name, set);
  const sets = domain.parts.datasets ?? {};
  if (setName === undefined) {
    const listed = Object.entries(sets).map(([id, { description }]) => ({ name: id, description }));
    process.stdout.write(json ? `${JSON.stringify(listed)}\n` : describeSets(domain.name, sets));
    return EXIT.ok;
  }
  const wanted = findSet(domain.name, setName, sets);
  if (out === undefined) {
    throw new ConfigError(
      [{ path: '--out', expected: 'the folder to download into', got: 'none' }],
      'command line',
    );
  }
  const folder = resolve(out);
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    throw diskProblem(folder, error);
  }
  const signal = interruptSignal(() => undefined);
  const tell = (event: object, text: string): void => {
    process.stdout.write(json ? `${JSON.stringify(event)}\n` : `${text}\n`);
  };
  if (!json) process.stdout.write(`${wanted.description}\n`);
  try {
    await wanted.download(folder, {
      signal,
      onFile: (file) => tell({ event: 'file', file }, `  ${file}`),
    });
  } catch (error) {
    if (signal.aborted) return EXIT.interrupted;
    throw error;
  }
  tell({ event: 'end', set: setName, folder }, `Downloaded to ${folder}`);
  return EXIT.ok;
}

/** What there is to download, as a list. */
export function describeSets(name: string, sets: Readonly<Record<string, DataSet>>): string {
  const listed = Object.entries(sets).map(([id, { description }]) => `${id}\n  ${description}\n`);
  if (listed.length === 0) return `${name} has no data to download.\n`;
  return `${listed.join('')}Download one with: taskspace data ${name} <set> --out <folder>\n`;
}

function findSet(name: string, wanted: string, sets: Readonly<Record<string, DataSet>>): DataSet {
  const found = Object.hasOwn(sets, wanted) ? sets[wanted] : undefined;
  if (found) return found;
  const known = Object.keys(sets);
  const near = nearest(wanted, known);
  throw new ConfigError(
    [
      {
        path: 'set',
        expected: `a data set of ${name}${known.length > 0 ? `: ${known.join(', ')}` : ', which has none'}`,
        got: `"${wanted}"`,
        ...(near && { suggestion: `Did you mean "${near}"?` }),
      },
    ],
    'command line',
  );
}
