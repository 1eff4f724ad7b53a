import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CompetitionSource } from './competition.ts';
import { CompetitionError } from './competition-error.ts';
import type { CompetitionManifest } from './manifest.ts';

/**
 * Your own competition: a folder with `manifest.json`, `public/` and `private/`.
 *
 * @throws {@link CompetitionError} when there is no such file, or it is not JSON.
 */
export async function ownCompetition(folder: string): Promise<CompetitionSource> {
  const path = join(folder, 'manifest.json');
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new CompetitionError(
      folder,
      'expected manifest.json, public/ and private/ in it, found no manifest.json. Write one as docs/domain-mle.md shows.',
      { cause },
    );
  });
  try {
    const manifest = JSON.parse(text) as CompetitionManifest;
    return { publicDir: join(folder, 'public'), privateDir: join(folder, 'private'), manifest };
  } catch (cause) {
    throw new CompetitionError(path, `expected JSON, got what is not: ${String(cause)}.`, {
      cause,
    });
  }
}

/** All competitions of a folder that holds one folder for each. */
export async function ownCompetitions(folder: string): Promise<readonly CompetitionSource[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause: unknown) => {
    throw new CompetitionError(folder, 'expected a folder of competitions, found none.', { cause });
  });
  if (entries.some(({ name }) => name === 'manifest.json')) return [await ownCompetition(folder)];
  const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  if (names.length === 0) {
    throw new CompetitionError(
      folder,
      'expected one folder for each competition, each with a manifest.json, found none.',
    );
  }
  return Promise.all(names.sort().map((name) => ownCompetition(join(folder, name))));
}
