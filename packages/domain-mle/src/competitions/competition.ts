import { access, chmod, mkdtemp, readFile, realpath, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, resolve, sep } from 'node:path';
import { InvalidTable } from '../csv/invalid-table.ts';
import { parseTable, type Table } from '../csv/parse-table.ts';
import { type Answers, readAnswers } from './answers.ts';
import { CompetitionError } from './competition-error.ts';
import { copyWithoutColumns } from './drop-columns.ts';
import { type Leaderboard, readLeaderboard } from './leaderboard.ts';
import { type CheckedManifest, type CompetitionManifest, checkManifest } from './manifest.ts';

/** A competition as data, ready to grade submissions. */
export interface Competition {
  readonly id: string;
  readonly title: string;
  /** What is to be predicted from what. */
  readonly description: string;
  /** What a solution may read. A copy when columns were dropped. */
  readonly publicDir: string;
  readonly privateDir: string;
  /** File in `publicDir`; null when there is none. */
  readonly sampleSubmission: string | null;
  readonly manifest: CheckedManifest;
  readonly worst: number;
  readonly best: number;
  readonly answers: Answers;
  readonly leaderboard: Leaderboard | null;
  /** The one that teams saw while the competition ran, when there is one too. */
  readonly publicLeaderboard: Leaderboard | null;
  /** Removes what loading made. */
  dispose(): Promise<void>;
}

/** Where a competition is and what it is. */
export interface CompetitionSource {
  /** What a solution may read. */
  readonly publicDir: string;
  /** Holds the answers; a solution never sees it. */
  readonly privateDir: string;
  readonly manifest: CompetitionManifest;
}

/**
 * Loads a competition and checks everything that grading relies on.
 *
 * @throws {@link ConfigError} or {@link CompetitionError}
 */
export async function loadCompetition(source: CompetitionSource): Promise<Competition> {
  const manifest = checkManifest(source.manifest);
  const { id, dropColumns = [] } = manifest;
  const given = await folder(id, 'public folder', source.publicDir);
  const privateDir = await folder(id, 'private folder', source.privateDir);
  checkApart(id, given, privateDir);

  const sampleSubmission = await findSample(manifest, given);
  const sample = sampleSubmission === null ? null : await readTable(id, given, sampleSubmission);
  const answersFile = manifest.answers ?? 'answers.csv';
  const table = await readTable(id, privateDir, answersFile);
  const answers = within(id, answersFile, () => readAnswers(manifest, table, sample));
  const readBoard = async (file: string | undefined) =>
    file === undefined
      ? null
      : readLeaderboard(await read(id, privateDir, file), manifest.direction, `${id}, ${file}`);
  const leaderboard = await readBoard(manifest.leaderboard);
  const publicLeaderboard = await readBoard(manifest.publicLeaderboard);
  const { title = id, worst, best } = manifest;
  const description = manifest.description ?? (await readDescription(given));
  const staged = dropColumns.length === 0 ? null : await stage(id, given, dropColumns);
  return {
    id,
    title,
    description,
    publicDir: staged ?? given,
    privateDir,
    sampleSubmission,
    manifest,
    worst,
    best,
    answers,
    leaderboard,
    publicLeaderboard,
    async dispose() {
      if (staged !== null) await rm(staged, { recursive: true, force: true });
    },
  };
}

async function folder(id: string, what: string, path: string): Promise<string> {
  try {
    const real = await realpath(path);
    if ((await stat(real)).isDirectory()) return real;
  } catch (cause) {
    throw new CompetitionError(id, `expected the ${what} ${path}, found none. Check the path.`, {
      cause,
    });
  }
  throw new CompetitionError(id, `expected ${path} to be the ${what}, got a file.`);
}

function checkApart(id: string, publicDir: string, privateDir: string): void {
  const inside = (child: string, parent: string) => {
    const path = relative(parent, child);
    return path === '' || !(path === '..' || path.startsWith(`..${sep}`));
  };
  if (publicDir === privateDir) {
    throw new CompetitionError(
      id,
      `expected different public and private folders, got ${publicDir} for both. Solutions would read the answers.`,
    );
  }
  if (inside(privateDir, publicDir)) {
    throw new CompetitionError(
      id,
      `expected the private folder outside the public one, got ${privateDir} inside ${publicDir}. Solutions would read the answers: move it.`,
    );
  }
}

async function findSample(manifest: CheckedManifest, publicDir: string): Promise<string | null> {
  if (manifest.sampleSubmission !== undefined) return manifest.sampleSubmission;
  const usual = 'sample_submission.csv';
  return access(join(publicDir, usual)).then(
    () => usual,
    () => null, // the answers tell the columns then
  );
}

async function readTable(id: string, folderPath: string, file: string): Promise<Table> {
  const bytes = await read(id, folderPath, file);
  return within(id, file, () => parseTable(bytes));
}

async function read(id: string, folderPath: string, file: string): Promise<Uint8Array> {
  const path = resolve(folderPath, file);
  try {
    return await readFile(path);
  } catch (cause) {
    throw new CompetitionError(
      id,
      `expected the file ${path}, cannot read it. Check the folder's layout and the manifest.`,
      { cause },
    );
  }
}

/** Names the file in what is wrong with it. */
function within<T>(id: string, file: string, run: () => T): T {
  try {
    return run();
  } catch (cause) {
    if (!(cause instanceof InvalidTable)) throw cause;
    throw new CompetitionError(`${id}, ${file}`, cause.message, { cause });
  }
}

async function readDescription(publicDir: string): Promise<string> {
  for (const file of ['description.md', 'description.txt']) {
    try {
      return await readFile(join(publicDir, file), 'utf8');
    } catch {
      // the next name, or none at all
    }
  }
  return '';
}

async function stage(id: string, publicDir: string, columns: readonly string[]): Promise<string> {
  const target = await mkdtemp(join(tmpdir(), `taskspace-${id}-`));
  // The sandbox reads it under another uid.
  await chmod(target, 0o755);
  await copyWithoutColumns(publicDir, target, columns);
  return target;
}
