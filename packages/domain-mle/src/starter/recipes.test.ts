import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { loadCompetition } from '../competitions/competition.ts';
import { grade } from '../competitions/grade.ts';
import { parseTable } from '../csv/parse-table.ts';
import { writeCompetition } from './folders.ts';
import { prepare } from './prepare.ts';
import { RECIPES } from './recipes.ts';

const cache = await mkdtemp(join(tmpdir(), 'mle-starter-'));
afterAll(() => rm(cache, { recursive: true }));

test.each(RECIPES.map((recipe) => [recipe.id, recipe] as const))(
  '%s is made the same twice, states its licence, and is worth little for the sample submission',
  async (_, recipe) => {
    const prepared = await prepare(recipe);
    expect(await prepare(recipe)).toEqual(prepared);
    const source = await writeCompetition(prepared, cache);
    const competition = await loadCompetition(source);
    expect(await readdir(competition.publicDir)).toEqual(
      ['LICENCE.txt', 'description.md', 'sample_submission.csv', 'test.csv', 'train.csv'].sort(),
    );
    const read = (name: string) => readFile(join(competition.publicDir, name));
    const graded = grade(await read('sample_submission.csv'), competition);
    expect(graded.valid).toBe(true);
    expect(graded.reward).toBeLessThan(0.15);

    const [train, testing] = [
      parseTable(await read('train.csv')),
      parseTable(await read('test.csv')),
    ];
    expect(train.columns).toEqual([...testing.columns, recipe.target]);
    const ids = [...train.rows, ...testing.rows].map(([first]) => first);
    expect(new Set(ids).size).toBe(ids.length);
    expect(train.rows.flat()).not.toContain('undefined');
    if (recipe.jitter === undefined) return; // words and counts repeat by nature
    // A row found in both would give its answer away.
    const seen = new Set(train.rows.map((row) => row.slice(1, -1).join()));
    const again = testing.rows.filter((row) => seen.has(row.slice(1).join()));
    expect(again).toEqual([]);
  },
);

test('no table serves two splits', () => {
  const splits = new Map<string, string>();
  for (const { table, split } of RECIPES)
    expect(splits.set(table, splits.get(table) ?? split).get(table)).toBe(split);
});

test('two processes that write one competition end with one folder', async () => {
  const prepared = await prepare(RECIPES[0]!);
  const both = join(cache, 'both');
  await Promise.all([writeCompetition(prepared, both), writeCompetition(prepared, both)]);
  expect(await readdir(both)).toHaveLength(1);
});
