import { createHash, randomUUID } from 'node:crypto';
import { access, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { defaultCacheFolder } from '../cache-folder.ts';
import type { CompetitionSource } from '../competitions/competition.ts';
import type { PreparedCompetition } from './prepare.ts';

/** Where made competitions are kept when no folder is named. */
export function defaultCompetitionsFolder(): string {
  return join(defaultCacheFolder(), 'mle');
}

/**
 * Writes a competition's public and private folders below a cache folder, unless they are there already. The folder's name
 * holds a hash of the files, so another version never meets an old folder.
 */
export async function writeCompetition(
  { manifest, files }: PreparedCompetition,
  cacheFolder: string,
): Promise<CompetitionSource> {
  const hash = createHash('sha256').update(JSON.stringify(files)).digest('hex').slice(0, 12);
  const target = join(cacheFolder, `${manifest.id}-${hash}`);
  if (!(await exists(target))) await writeWhole(target, files);
  return { publicDir: join(target, 'public'), privateDir: join(target, 'private'), manifest };
}

/** All files or none: another process may be writing the same folder. */
async function writeWhole(target: string, files: PreparedCompetition['files']): Promise<void> {
  const draft = `${target}.${randomUUID()}`;
  for (const [name, text] of Object.entries(files)) {
    const path = join(draft, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }
  try {
    await rename(draft, target);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    if (!(await exists(target))) throw error;
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false, // absent is the other answer
  );
}
