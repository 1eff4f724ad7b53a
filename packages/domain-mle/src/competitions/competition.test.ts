import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CompetitionSource, loadCompetition } from './competition.ts';
import type { CompetitionManifest } from './manifest.ts';
import { ownCompetition, ownCompetitions } from './own-folder.ts';

const root = await mkdtemp(join(tmpdir(), 'mle-competition-'));
afterAll(() => rm(root, { recursive: true }));
let made = 0;

async function folder(files: Readonly<Record<string, string>>): Promise<string> {
  made += 1;
  for (const [name, text] of Object.entries(files)) {
    const path = join(root, `${made}`, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }
  return join(root, `${made}`);
}

const FILES = {
  'public/sample_submission.csv': 'id,y\n1,0\n2,0\n',
  'public/description.md': 'Predict y.',
  'private/answers.csv': 'id,y\n1,0\n2,1\n',
};

async function source(
  manifest: Partial<CompetitionManifest> = {},
  files: Readonly<Record<string, string>> = {},
): Promise<CompetitionSource> {
  const path = await folder({ ...FILES, ...files });
  return {
    publicDir: join(path, 'public'),
    privateDir: join(path, 'private'),
    manifest: { id: 'own', metric: 'auc', worst: 0.5, best: 1, ...manifest },
  };
}

test('a folder with a manifest is a competition', async () => {
  const manifest = { id: 'mine', title: 'Mine', metric: 'roc_auc', worst: 0.5, best: 1 };
  const path = await folder({ ...FILES, 'manifest.json': JSON.stringify(manifest) });
  const competition = await loadCompetition(await ownCompetition(path));
  expect(competition).toMatchObject({ id: 'mine', title: 'Mine', description: 'Predict y.' });
  expect(competition.manifest).toMatchObject({ metric: 'auc', direction: 'higher' });
  expect(competition.answers).toMatchObject({ idColumn: 'id', targets: ['y'], rowCount: 2 });
  expect(await ownCompetitions(dirname(path))).not.toHaveLength(0);
});

describe('a competition is refused', () => {
  test.each<[string, Partial<CompetitionManifest>, Record<string, string>, RegExp]>([
    ['worst equal to best', { worst: 1 }, {}, /expected worst and best to differ, got 1 for both/],
    ['best worse than worst', { worst: 1, best: 0 }, {}, /expected best to be higher than worst/],
    [
      'an unknown metric',
      { metric: 'aucc' },
      {},
      /expected a metric, got "aucc".*Did you mean "auc"/,
    ],
    ['a wrong direction', { direction: 'lower' }, {}, /direction: expected "higher"/],
    ['a key nobody knows', { metrik: 'auc' } as never, {}, /metrik/],
    ['an id with a slash', { id: '../x' }, {}, /id: expected/],
    [
      'duplicate ids in the answers',
      {},
      { 'private/answers.csv': 'id,y\n1,0\n2,1\n1,1\n' },
      /own, answers.csv: lines 2 and 4 have the same id "1"/,
    ],
    ['no answer file', { answers: 'labels.csv' }, {}, /expected the file .*labels.csv/],
    [
      'no sample it names',
      { sampleSubmission: 'sample.csv' },
      {},
      /expected the file .*sample.csv/,
    ],
    [
      'one class only',
      {},
      { 'private/answers.csv': 'id,y\n1,1\n2,1\n' },
      /expected both 0 and 1 in "y"/,
    ],
    [
      'answers of another kind',
      {},
      { 'private/answers.csv': 'id,y\n1,0\n2,0.5\n' },
      /line 3.*0 or 1/,
    ],
    ['answers that are missing', {}, { 'private/answers.csv': 'id,y\n1,0\n2,\n' }, /line 3.*empty/],
    ['answers without rows', {}, { 'private/answers.csv': 'id,y\n' }, /only a header/],
    ['answers without the column', {}, { 'private/answers.csv': 'id,z\n1,0\n' }, /missing: "y"/],
    [
      'a leaderboard that is a Git LFS pointer',
      { leaderboard: 'leaderboard.csv' },
      {
        'private/leaderboard.csv':
          'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n',
      },
      /got a Git LFS pointer.*git lfs pull/,
    ],
    [
      'a leaderboard without scores',
      { leaderboard: 'leaderboard.csv' },
      { 'private/leaderboard.csv': 'team,rank\na,1\n' },
      /expected a column "score"/,
    ],
    [
      'a leaderboard the wrong way round',
      { leaderboard: 'leaderboard.csv' },
      { 'private/leaderboard.csv': 'score\n0.1\n0.9\n' },
      /expected best scores first, higher being better, got 0.1 first and 0.9 last/,
    ],
  ])('with %s', async (_, manifest, files, message) => {
    await expect(source(manifest, files).then(loadCompetition)).rejects.toThrow(message);
  });

  test('with the private folder inside the public one', async () => {
    const path = await folder({
      ...FILES,
      'public/private/answers.csv': FILES['private/answers.csv'],
    });
    const publicDir = join(path, 'public');
    const { manifest } = await source();
    const inside = { publicDir, privateDir: join(publicDir, 'private'), manifest };
    await expect(loadCompetition(inside)).rejects.toThrow(/private folder outside the public one/);
    const same = { publicDir, privateDir: publicDir, manifest };
    await expect(loadCompetition(same)).rejects.toThrow(/different public and private folders/);
  });

  test('with a link that leads from one to the other', async () => {
    const given = await source();
    const link = join(root, 'link');
    await symlink(given.publicDir, link);
    await expect(loadCompetition({ ...given, privateDir: link })).rejects.toThrow(/different/);
  });

  test('without a folder', async () => {
    const given = await source();
    await expect(loadCompetition({ ...given, publicDir: join(root, 'none') })).rejects.toThrow(
      /expected the public folder .*none, found none/,
    );
    await expect(ownCompetition(root)).rejects.toThrow(/found no manifest.json/);
  });
});

describe('dropped columns', () => {
  let dropped: Awaited<ReturnType<typeof loadCompetition>>;
  beforeAll(async () => {
    dropped = await loadCompetition(
      await source(
        { dropColumns: ['leak'] },
        {
          'public/train.csv': 'id,"a, b",leak\n7,"x ""y"", z",1\n',
          'public/deep/train.json': '[{"id":7,"leak":1,"text":"x"}]',
          'public/note.txt': 'leak',
        },
      ),
    );
  });

  test('are in no CSV and no JSON file that solutions see', async () => {
    const read = (name: string) => readFile(join(dropped.publicDir, name), 'utf8');
    expect(await read('train.csv')).toBe('id,"a, b"\n7,"x ""y"", z"\n');
    expect(JSON.parse(await read('deep/train.json'))).toEqual([{ id: 7, text: 'x' }]);
    expect(await read('note.txt')).toBe('leak');
  });

  test('leave no copy behind', async () => {
    await chmod(dropped.publicDir, 0o755);
    await dropped.dispose();
    await expect(readFile(join(dropped.publicDir, 'note.txt'))).rejects.toThrow(/ENOENT/);
  });
});
