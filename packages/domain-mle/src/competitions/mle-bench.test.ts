import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { loadCompetition } from './competition.ts';
import { parseConfigYaml, textAt } from './config-yaml.ts';
import { grade } from './grade.ts';
import { medalFor, medalPlaces, medalThresholds, positionScore } from './leaderboard.ts';
import { mleBenchCompetition, preparedIds } from './mle-bench.ts';

const root = await mkdtemp(join(tmpdir(), 'mle-bench-'));
afterAll(() => rm(root, { recursive: true }));
const [dataDir, definitionsDir] = [join(root, 'data'), join(root, 'competitions')];

async function write(base: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(base, name)), { recursive: true });
    await writeFile(join(base, name), text);
  }
}

function config(id: string, grader: string, answers: string, sample: string): string {
  return [
    `id: ${id}`,
    `name: "Name of ${id}"`,
    'competition_type: simple',
    'awards_medals: true # as it says',
    'prizes: null',
    `description: mlebench/competitions/${id}/description.md`,
    '',
    'dataset:',
    `  answers: ${id}/prepared/private/${answers}`,
    `  sample_submission: ${id}/prepared/public/${sample}`,
    '',
    'grader:',
    `  name: ${grader}`,
    `  grade_fn: mlebench.competitions.${id}.grade:grade`,
    '',
    `preparer: mlebench.competitions.${id}.prepare:prepare`,
  ].join('\n');
}

const bytes = (text: string) => new TextEncoder().encode(text);

describe('a prepared folder', async () => {
  const id = 'aerial-cactus-identification';
  await write(dataDir, {
    [`${id}/prepared/public/sample_submission.csv`]:
      'id,has_cactus\na.jpg,0.5\nb.jpg,0.5\nc.jpg,0.5\n',
    [`${id}/prepared/public/description.md`]: '# Cactus\nFind it.',
    [`${id}/prepared/private/test.csv`]: 'id,has_cactus\na.jpg,1\nb.jpg,0\nc.jpg,1\n',
  });
  const scores = Array.from({ length: 20 }, (_, place) => 1 - place / 20);
  await write(definitionsDir, {
    [`${id}/config.yaml`]: config(id, 'auc-roc', 'test.csv', 'sample_submission.csv'),
    [`${id}/leaderboard.csv`]: `teamName,score\n${scores.map((score, place) => `t${place},${score}`).join('\n')}\n`,
  });
  const source = await mleBenchCompetition({ dataDir, definitionsDir, id });
  const competition = await loadCompetition(source);

  test('is found, with name, range and leaderboard', async () => {
    expect(await preparedIds(dataDir)).toContain(id);
    expect(competition).toMatchObject({
      title: `Name of ${id}`,
      worst: 0,
      best: 1,
      description: '# Cactus\nFind it.',
    });
    expect(competition.leaderboard).toEqual({ scores, direction: 'higher' });
  });

  test('is graded with score, reward and medal', () => {
    expect(grade(bytes('id,has_cactus\nc.jpg,0.9\nb.jpg,0.1\na.jpg,0.8\n'), competition)).toEqual({
      valid: true,
      score: 1,
      reward: 1,
      medal: 'gold',
    });
    // A constant ranks nothing: 0.5, behind the eight bronze teams.
    const constant = grade(bytes('id,has_cactus\na.jpg,0\nb.jpg,0\nc.jpg,0\n'), competition);
    expect(constant).toEqual({ valid: true, score: 0.5, reward: 0.5 });
  });

  test('takes columns nobody asked for, and refuses what is no probability', () => {
    const extra = 'id,has_cactus,note\na.jpg,1,x\nb.jpg,0,y\nc.jpg,1,z\n';
    expect(grade(bytes(extra), competition).valid).toBe(true);
    expect(grade(bytes('id,has_cactus\na.jpg,2\nb.jpg,0\nc.jpg,1\n'), competition).problem).toMatch(
      /expected 0 to 1, got 2/,
    );
  });
});

test('scores are rounded to five decimals before medals', async () => {
  const id = 'spooky-author-identification';
  const third = '0.3333333333333333';
  await write(dataDir, {
    [`${id}/prepared/public/sample_submission.csv`]: `id,EAP,HPL,MWS\n1,${third},${third},${third}\n`,
    [`${id}/prepared/private/test.csv`]: 'id,EAP,HPL,MWS\n1,1,0,0\n',
    [`${id}/config.yaml`]: config(id, 'multi-class-log-loss', 'test.csv', 'sample_submission.csv'),
  });
  const competition = await loadCompetition(await mleBenchCompetition({ dataDir, id }));
  const graded = grade(bytes(`id,EAP,HPL,MWS\n1,${third},${third},${third}\n`), competition);
  expect(graded.score).toBe(1.09861);
  expect(graded.reward).toBeCloseTo((1.5 - 1.09861) / 1.5, 12);
});

test('the pizza competition hides the column that gives its label away', async () => {
  const id = 'random-acts-of-pizza';
  await write(dataDir, {
    [`${id}/prepared/public/sampleSubmission.csv`]:
      'request_id,requester_received_pizza\nt3,0\nt4,0\n',
    [`${id}/prepared/public/test.json`]: '[{"request_id":"t3","giver_username_if_known":"N/A"}]',
    [`${id}/prepared/private/test.csv`]: 'request_id,requester_received_pizza\nt3,0\nt4,1\n',
    [`${id}/config.yaml`]: config(id, 'auc-roc', 'test.csv', 'sampleSubmission.csv'),
  });
  const source = await mleBenchCompetition({ dataDir, id });
  expect(source.manifest.dropColumns).toEqual(['giver_username_if_known']);
  const competition = await loadCompetition(source);
  expect(competition.publicDir).not.toContain(root);
  expect(competition.sampleSubmission).toBe('sampleSubmission.csv');
  await competition.dispose();
});

describe('a wrong layout is named', () => {
  test.each([
    ['nothing there', {}, /expected the folder .*prepared\/public, found none. Prepare it with/],
    ['raw files only', { 'x/raw/train.csv': 'id\n' }, /downloaded but not prepared/],
    [
      'no config.yaml',
      { 'x/prepared/public/a.csv': 'id\n', 'x/prepared/private/a.csv': 'id\n' },
      /expected .*config.yaml, found none/,
    ],
    [
      'a grader nobody knows',
      {
        'x/prepared/public/a.csv': 'id\n',
        'x/prepared/private/a.csv': 'id\n',
        'x/config.yaml': config('x', 'jaccard', 'a.csv', 'a.csv'),
      },
      /grader "jaccard": no metric of this package/,
    ],
    [
      'an error without a range',
      {
        'x/prepared/public/a.csv': 'id\n',
        'x/prepared/private/a.csv': 'id\n',
        'x/config.yaml': config('x', 'rmse', 'a.csv', 'a.csv'),
      },
      /expected worst and best, as rmse has no usual range/,
    ],
    [
      'answers outside the private folder',
      {
        'x/prepared/public/a.csv': 'id\n',
        'x/prepared/private/a.csv': 'id\n',
        'x/config.yaml': config('x', 'auc-roc', '../public/a.csv', 'a.csv'),
      },
      /expected a file below .*private/,
    ],
  ])('%s', async (name, files, message) => {
    const folder = join(root, name.replaceAll(' ', '-'));
    await mkdir(folder);
    await write(folder, files);
    await expect(mleBenchCompetition({ dataDir: folder, id: 'x' })).rejects.toThrow(message);
  });
});

describe('medals', () => {
  test.each([
    [1, 1, 1, 1],
    [2, 1, 1, 1],
    [9, 1, 1, 3],
    [10, 1, 2, 4],
    [99, 9, 19, 39],
    [100, 10, 20, 40],
    [249, 10, 49, 99],
    [250, 10, 50, 100],
    [499, 10, 50, 100],
    [500, 11, 50, 100],
    [999, 11, 50, 100],
    [1000, 12, 50, 100],
    [1001, 12, 50, 100],
    [4551, 19, 227, 455],
  ])('of %i teams end at places %i, %i and %i', (teams, gold, silver, bronze) => {
    expect(medalPlaces(teams)).toEqual({ gold, silver, bronze });
  });

  test('count ties, in both directions', () => {
    const high = { scores: [9, 8, 7, 6, 5, 4, 3, 2, 1, 0], direction: 'higher' } as const;
    expect(medalThresholds(high)).toEqual({ gold: 9, silver: 8, bronze: 6, median: 4.5 });
    expect([9, 8.5, 8, 6, 5.9].map((score) => medalFor(score, high))).toEqual([
      'gold',
      'silver',
      'silver',
      'bronze',
      null,
    ]);
    const low = { scores: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], direction: 'lower' } as const;
    expect([0, 1, 3, 3.1].map((score) => medalFor(score, low))).toEqual([
      'gold',
      'silver',
      'bronze',
      null,
    ]);
  });

  test('positions: level with or ahead of everybody is 1, behind everybody 0', () => {
    const board = { scores: [9, 8, 7, 6], direction: 'higher' } as const;
    expect([10, 9, 8, 6.5, 0].map((score) => positionScore(score, board))).toEqual([
      1, 1, 0.75, 0.25, 0,
    ]);
  });
});

describe('config.yaml', () => {
  test('nested maps, quotes and comments are read', () => {
    const tree = parseConfigYaml(
      '# c\na: 1\nb:\n  c: "x # y"\n  d:\n    e: \'z\' # w\n  f: http://x#y\ng: last\n',
      'x',
    );
    expect(textAt(tree, 'b', 'c')).toBe('x # y');
    expect(textAt(tree, 'b', 'd', 'e')).toBe('z');
    expect(textAt(tree, 'b', 'f')).toBe('http://x#y');
    expect(textAt(tree, 'g')).toBe('last');
    expect(textAt(tree, 'toString')).toBeUndefined();
  });

  test('anything else is refused by its line', () => {
    expect(() => parseConfigYaml('a: 1\n- b\n', 'x')).toThrow(/x: line 2: expected "key: value"/);
  });
});
