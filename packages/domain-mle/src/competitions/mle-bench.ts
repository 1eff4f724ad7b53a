import { access, readdir, readFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { METRICS, metricNamed } from '../metrics/metric.ts';
import type { CompetitionSource } from './competition.ts';
import { CompetitionError } from './competition-error.ts';
import { type ConfigTree, parseConfigYaml, textAt } from './config-yaml.ts';
import type { CompetitionManifest } from './manifest.ts';
import { MLE_BENCH_PRESETS, MLE_BENCH_RULES } from './mle-bench-presets.ts';

/** Where a prepared MLE-bench competition is. */
export interface MleBenchSource {
  /** Holds `<id>/prepared/public` and `<id>/prepared/private`. */
  readonly dataDir: string;
  readonly id: string;
  /** Holds `<id>/config.yaml` and `<id>/leaderboard.csv`: mlebench/competitions of its repository. Default: `dataDir`. */
  readonly definitionsDir?: string;
  /** What to use in place of what is known, for example another range or `dropColumns`. */
  readonly manifest?: Partial<Omit<CompetitionManifest, 'id'>>;
}

/**
 * A prepared MLE-bench competition as folders and a manifest, by its config.yaml, what is known of it, and its leaderboard.
 *
 * @throws {@link CompetitionError} naming what is missing.
 */
export async function mleBenchCompetition(source: MleBenchSource): Promise<CompetitionSource> {
  const { dataDir, id, definitionsDir = dataDir, manifest: given = {} } = source;
  const prepared = join(dataDir, id, 'prepared');
  const [publicDir, privateDir] = [join(prepared, 'public'), join(prepared, 'private')];
  await requireFolders(id, dataDir, [publicDir, privateDir]);
  const config = await readConfig(id, join(definitionsDir, id, 'config.yaml'));
  const known = { ...MLE_BENCH_RULES, ...MLE_BENCH_PRESETS[id], ...given };
  const grader = textAt(config, 'grader', 'name');
  const metric = known.metric ?? (grader === undefined ? null : metricNamed(grader));
  if (metric === null) {
    throw new CompetitionError(
      id,
      `grader ${JSON.stringify(grader ?? 'none')}: no metric of this package. Name a metric in the manifest, or score it with "mlebench grade-sample".`,
    );
  }
  const leaderboardFile = join(definitionsDir, id, 'leaderboard.csv');
  const hasLeaderboard = await exists(leaderboardFile);
  return {
    publicDir,
    privateDir,
    manifest: {
      id,
      title: textAt(config, 'name') ?? id,
      ...range(id, metric, known),
      ...known,
      metric,
      answers: below(id, dataDir, privateDir, textAt(config, 'dataset', 'answers')) ?? 'test.csv',
      ...sample(id, dataDir, publicDir, config),
      ...(hasLeaderboard && { leaderboard: resolve(leaderboardFile) }),
    },
  };
}

/** Ids of the competitions that are prepared in a data folder, in order. */
export async function preparedIds(dataDir: string): Promise<readonly string[]> {
  const entries = await readdir(dataDir, { withFileTypes: true }).catch((cause: unknown) => {
    throw new CompetitionError(dataDir, 'expected a folder of prepared competitions, found none.', {
      cause,
    });
  });
  const ids: string[] = [];
  for (const entry of entries) {
    if (await exists(join(dataDir, entry.name, 'prepared', 'public'))) ids.push(entry.name);
  }
  return ids.sort();
}

/** The usual range where the paper gives none: from no skill to perfect; errors need one of their own. */
function range(
  id: string,
  metric: string,
  known: Partial<CompetitionManifest>,
): { readonly worst: number; readonly best: number } {
  if (known.worst !== undefined && known.best !== undefined) {
    return { worst: known.worst, best: known.best };
  }
  const name = metricNamed(metric);
  if (name !== null && METRICS[name].direction === 'higher') return { worst: 0, best: 1 };
  throw new CompetitionError(
    id,
    `expected worst and best, as ${metric} has no usual range. Give them in the competition's manifest.`,
  );
}

function sample(
  id: string,
  dataDir: string,
  publicDir: string,
  config: ConfigTree,
): { readonly sampleSubmission?: string } {
  const file = below(id, dataDir, publicDir, textAt(config, 'dataset', 'sample_submission'));
  return file === undefined ? {} : { sampleSubmission: file };
}

/** A path of config.yaml, which starts at the data folder, from the folder it must lie in. */
function below(
  id: string,
  dataDir: string,
  folder: string,
  path: string | undefined,
): string | undefined {
  if (path === undefined) return undefined;
  const inside = relative(folder, join(dataDir, path));
  if (!inside.startsWith('..')) return inside;
  throw new CompetitionError(
    id,
    `config.yaml: expected a file below ${folder}, got ${path}. Correct the config or the folder.`,
  );
}

async function readConfig(id: string, path: string): Promise<ConfigTree> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new CompetitionError(
      id,
      `expected ${path}, found none. Point data.definitions at mlebench/competitions of MLE-bench's repository.`,
      { cause },
    );
  });
  return parseConfigYaml(text, `${id}, config.yaml`);
}

async function requireFolders(
  id: string,
  dataDir: string,
  folders: readonly string[],
): Promise<void> {
  for (const folder of folders) {
    if (await exists(folder)) continue;
    const hint = (await exists(join(dataDir, id, 'raw')))
      ? `There is ${join(dataDir, id, 'raw')}: it was downloaded but not prepared. Run "mlebench prepare -c ${id}".`
      : `Prepare it with "mlebench prepare -c ${id} --data-dir ${dataDir}", or correct data.path.`;
    throw new CompetitionError(id, `expected the folder ${folder}, found none. ${hint}`);
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false, // absent is the other answer
  );
}
