import { ConfigError, nearest, type Split, type Task, type TaskSource } from '@taskspace/core';
import type { CompetitionSource } from './competitions/competition.ts';
import { type CheckedManifest, checkManifest } from './competitions/manifest.ts';
import { mleBenchCompetition, preparedIds } from './competitions/mle-bench.ts';
import { PAPER_SPLIT } from './competitions/mle-bench-presets.ts';
import { ownCompetitions } from './competitions/own-folder.ts';
import type { MleOptions } from './options.ts';
import { defaultCompetitionsFolder, writeCompetition } from './starter/folders.ts';
import { prepare } from './starter/prepare.ts';
import { RECIPES } from './starter/recipes.ts';

/** A competition of the catalogue, opened when it is asked for. */
export interface CatalogEntry {
  readonly id: string;
  readonly split: Split;
  /** What kind of data it is about. */
  readonly kind: string;
  open(): Promise<CompetitionSource>;
}

/**
 * The competitions that the options name, pocket ones aside.
 *
 * @throws {@link ConfigError} for ids that are not there, {@link CompetitionError} for folders that are not what they must be.
 */
export async function listCompetitions(options: MleOptions): Promise<readonly CatalogEntry[]> {
  const entries = (await sourceEntries(options)).map((entry) => withOverrides(entry, options));
  return applySplits(entries, options);
}

/** The catalogue's tasks of one split. */
export function catalogTasks(
  entries: readonly CatalogEntry[],
  split: Split,
  limit = Number.POSITIVE_INFINITY,
): TaskSource {
  const own = entries.filter((entry) => entry.split === split).slice(0, limit);
  return {
    split,
    size: own.length,
    async at(index): Promise<Task> {
      const { id, kind, open } = own[index]!;
      const manifest = checkManifest((await open()).manifest, id);
      return {
        id,
        domain: 'mle',
        instruction: manifest.title ?? id,
        payload: { competition: id },
        category: kind,
        ...measures(manifest),
      };
    },
  };
}

function measures({ worst, best }: CheckedManifest): { measures: Record<string, number> } {
  return { measures: { worst, best } };
}

async function sourceEntries(options: MleOptions): Promise<readonly CatalogEntry[]> {
  const { source, data, cache = defaultCompetitionsFolder() } = options;
  if (source === 'starter') {
    return RECIPES.map((recipe) => {
      const { id, kind, split } = recipe;
      let written: Promise<CompetitionSource> | undefined;
      const open = () => {
        written ??= prepare(recipe).then((prepared) => writeCompetition(prepared, cache));
        return written;
      };
      return { id, kind, split, open };
    });
  }
  if (data.path === undefined) {
    const wanted =
      source === 'folder' ? 'a folder of competitions' : 'the data folder of MLE-bench';
    throw new ConfigError(
      [{ path: 'data.path', expected: wanted, got: 'nothing' }],
      `options of domain mle with source ${source}`,
    );
  }
  if (source === 'folder') {
    return (await ownCompetitions(data.path)).map((own) => ({
      id: String(own.manifest.id),
      kind: 'own',
      split: 'train',
      open: async () => own,
    }));
  }
  const paper: readonly string[] = [...PAPER_SPLIT.train, ...PAPER_SPLIT.test];
  const ids = source === 'paper' ? paper : await preparedIds(data.path);
  const held: readonly string[] = PAPER_SPLIT.test;
  const { path: dataDir, definitions } = data;
  return ids.map((id) => ({
    id,
    kind: 'mle-bench',
    split: held.includes(id) ? 'test' : 'train',
    open: () =>
      mleBenchCompetition({
        dataDir,
        id,
        ...(definitions !== undefined && { definitionsDir: definitions }),
        manifest: { ...options.ranges[id] },
      }),
  }));
}

function withOverrides(entry: CatalogEntry, { dropColumns, ranges }: MleOptions): CatalogEntry {
  const dropped = dropColumns[entry.id];
  return {
    ...entry,
    async open() {
      const source = await entry.open();
      const manifest = {
        ...source.manifest,
        ...ranges[entry.id],
        ...(dropped !== undefined && { dropColumns: dropped }),
      };
      if (dropped?.length === 0) {
        const { dropColumns: _shown, ...rest } = manifest;
        return { ...source, manifest: rest };
      }
      return { ...source, manifest };
    },
  };
}

function applySplits(
  entries: readonly CatalogEntry[],
  { splits, source }: MleOptions,
): readonly CatalogEntry[] {
  const ids = entries.map(({ id }) => id);
  const given = (['train', 'validation', 'test'] as const).flatMap((split) =>
    (splits[split] ?? []).map((id, index) => ({ split, id, path: `splits.${split}[${index}]` })),
  );
  if (given.length === 0) return entries;
  const problems = given.flatMap(({ id, path }, place) => {
    const again = given.findIndex((other) => other.id === id) < place;
    if (again) return [{ path, expected: 'an id of no other split', got: `"${id}" again` }];
    if (ids.includes(id)) return [];
    const close = nearest(id, ids);
    return [
      {
        path,
        expected: `a competition of source ${source}: ${ids.join(', ')}`,
        got: `"${id}"`,
        ...(close !== undefined && { suggestion: `Did you mean "${close}"?` }),
      },
    ];
  });
  if (problems.length > 0) throw new ConfigError(problems, 'options of domain mle');
  return given.map(({ split, id }) => ({ ...entries.find((entry) => entry.id === id)!, split }));
}
