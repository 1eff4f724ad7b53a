import { createRandom, type RandomStream, shuffle } from '@taskspace/core';
import type { CompetitionManifest } from '../competitions/manifest.ts';
import { writeTable } from '../csv/write-table.ts';
import { cutRows, type Recipe } from './recipe.ts';
import { type Row, readShippedTable } from './tables.ts';

/** Files of a competition, by path below its folder, with its manifest. */
export interface PreparedCompetition {
  readonly manifest: CompetitionManifest;
  /** Names start with `public/` or `private/`. */
  readonly files: Readonly<Record<string, string>>;
}

/** Cuts a starter competition from its table; the same recipe gives the same files. */
export async function prepare(recipe: Recipe): Promise<PreparedCompetition> {
  const random = createRandom(`starter ${recipe.id}`);
  const rows = special(recipe, await readShippedTable(recipe.table)).filter(
    recipe.keep?.bind(recipe) ?? (() => true),
  );
  const cut = cutRows(rows, recipe.cut, random.fork('cut'));
  const names = Array.isArray(recipe.features)
    ? Object.fromEntries((recipe.features as readonly string[]).map((name) => [name, name]))
    : (recipe.features as Readonly<Record<string, string>>);
  const inTime = recipe.cut.by === 'time';
  const ids = inTime
    ? Array.from({ length: rows.length }, (_, place) => place + 1)
    : shuffle(
        random.fork('ids'),
        Array.from({ length: rows.length }, (_, place) => place + 1),
      );
  const noise = random.fork('jitter');
  const features = (row: Row) =>
    Object.keys(names).map((name) => jittered(row[name]!, recipe.jitter ?? 0, noise));
  const train = cut.train.map((row, place) => [
    String(ids[place]),
    ...features(row),
    row[recipe.target]!,
  ]);
  const test = cut.test.map((row, place) => ({
    id: String(ids[cut.train.length + place]),
    features: features(row),
    answer: row[recipe.target]!,
  }));
  const columns = ['id', ...Object.values(names)];
  const targets = recipe.classes ?? [recipe.target];
  const sample = test.map(({ id }) => [id, ...targets.map(() => recipe.guess)]);
  return {
    manifest: {
      id: recipe.id,
      title: recipe.title,
      answers: 'answers.csv',
      sampleSubmission: 'sample_submission.csv',
      idColumn: 'id',
      targets,
      ...(recipe.classes && { labelColumn: recipe.target }),
      ...recipe.scoring,
    },
    files: {
      'public/description.md': `# ${recipe.title}\n\n${recipe.about}\n`,
      'public/LICENCE.txt': `${recipe.licence}\n`,
      'public/train.csv': writeTable([...columns, recipe.target], train),
      'public/test.csv': writeTable(
        columns,
        test.map(({ id, features: cells }) => [id, ...cells]),
      ),
      'public/sample_submission.csv': writeTable(['id', ...targets], sample),
      'private/answers.csv': writeTable(
        ['id', recipe.target],
        test.map(({ id, answer }) => [id, answer]),
      ),
    },
  };
}

function jittered(cell: string, share: number, random: RandomStream): string {
  if (share === 0 || cell === '' || !Number.isFinite(Number(cell))) return cell;
  const value = Number(cell) * (1 + share * (2 * random.next() - 1));
  return Number.isInteger(Number(cell)) && Number(cell) > 1000 ? cell : value.toPrecision(5);
}

const MEDIA_KEPT = 12;

/** Columns that are not in the table as such. */
function special(recipe: Recipe, rows: readonly Row[]): readonly Row[] {
  if (recipe.target === 'male') {
    return rows.map((row) => ({
      ...row,
      male: row.sex === 'male' ? '1' : row.sex === 'female' ? '0' : '',
    }));
  }
  if (recipe.target !== 'medium') return rows;
  const counts = new Map<string, number>();
  for (const { medium } of rows) counts.set(medium!, (counts.get(medium!) ?? 0) + 1);
  const common = [...counts].sort((a, b) => b[1] - a[1]).slice(0, MEDIA_KEPT);
  const codes = new Map(
    common.map(([medium], place) => [medium, `m${String(place + 1).padStart(2, '0')}`]),
  );
  return rows.flatMap((row) => {
    const medium = codes.get(row.medium!);
    return medium === undefined ? [] : [{ ...row, medium }];
  });
}
