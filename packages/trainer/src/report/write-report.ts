import { join } from 'node:path';
import { CheckpointError } from '@taskspace/core';
import { loadTokenizer, type Tokenizer } from '../model/tokenizer.ts';
import { writeFileAtomic, writeFolderAtomic } from '../run/atomic-write.ts';
import type { PolicyConfig } from '../run/config.ts';
import { diskProblem } from '../run/disk-problem.ts';
import { policyFolder } from '../run/policy-folder.ts';
import { coloursOf } from './charts.ts';
import { costsFigure } from './costs.ts';
import { csvText } from './csv.ts';
import { failuresFigure } from './failures.ts';
import type { FigureSource } from './figure.ts';
import { learningFigure } from './learning.ts';
import { mapSvg, mapTable } from './map-section.ts';
import { renderPage } from './page.ts';
import { pageData } from './page-data.ts';
import { practiceFigure } from './practice.ts';
import { namesIn, type RunRecord, readRun } from './read-run.ts';
import { rewritesFigure } from './rewrites.ts';
import { readGroups } from './rollout-groups.ts';
import { signalsFigure } from './signals.ts';
import { taskMap } from './task-map.ts';

/** What was written. */
export interface WrittenReport {
  /** report.html in the run's folder. */
  readonly file: string;
  readonly bytes: number;
  /** Where the figures are as CSV. */
  readonly tables: string;
}

/** Points of the map; UMAP's time grows faster than their number. */
const MOST_GROUPS = 500;
/** Of what points open; with the charts of a run of many domains the page stays below 10 MB. */
const MOST_BYTES = 6_000_000;

/**
 * Writes a run's report: one page that needs nothing else, and its figures as CSV. The run may still be going on. The same run
 * always gives the same page.
 *
 * @param folder - Of the run.
 * @throws {TaskspaceError} when there is no run in it, or it cannot be written to.
 */
export async function writeReport(folder: string): Promise<WrittenReport> {
  const run = await readRun(folder);
  const domains = Object.keys((run.config.domains ?? {}) as object);
  const source: FigureSource = { run, domains, colours: coloursOf(domains) };
  const sample = await readGroups(run, await findTokenizer(run), MOST_GROUPS);
  const points = taskMap(sample.groups);
  const positions = new Map(sample.groups.map((group, position) => [group, position]));
  const figures = [
    await learningFigure(source),
    await rewritesFigure(source),
    await practiceFigure(source),
    await failuresFigure(source),
    await costsFigure(source),
    await signalsFigure(source),
  ];
  const page = renderPage({
    ...source,
    figures,
    sample,
    data: pageData(sample.groups, MOST_BYTES),
    map: mapSvg(points, source.colours, positions),
  });
  const tables = join(run.path, 'report');
  const file = join(run.path, 'report.html');
  try {
    await writeFolderAtomic(tables, async (target) => {
      for (const { id, csv } of [...figures, { id: 'map', csv: mapTable(points) }]) {
        await writeFileAtomic(join(target, `${id}.csv`), csvText(csv));
      }
    });
    await writeFileAtomic(file, page);
  } catch (error) {
    throw diskProblem(file, error);
  }
  return { file, bytes: Buffer.byteLength(page), tables };
}

/** The tokenizer of the run's policy, from wherever the run left one; null when there is none any more. */
async function findTokenizer({ path, config }: RunRecord): Promise<Tokenizer | null> {
  const newest = (await namesIn(join(path, 'checkpoints'))).at(-1);
  const policy = (config.policy ?? {}) as Partial<PolicyConfig>;
  const folders = [
    join(path, 'policy'),
    ...(newest === undefined ? [] : [join(path, 'checkpoints', newest)]),
    ...(typeof policy.path === 'string' ? [policyFolder({ ...policy, path: policy.path })] : []),
  ];
  for (const folder of folders) {
    if (!(await namesIn(folder)).includes('tokenizer.json')) continue;
    try {
      return await loadTokenizer(folder);
    } catch (error) {
      // A damaged one: the next may be whole, and without any the responses stand as text.
      if (!(error instanceof CheckpointError)) throw error;
    }
  }
  return null;
}
