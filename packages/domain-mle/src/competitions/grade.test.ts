import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { type Competition, loadCompetition } from './competition.ts';
import { grade } from './grade.ts';
import type { CompetitionManifest } from './manifest.ts';
import { roundHalfEven } from './round.ts';

const root = await mkdtemp(join(tmpdir(), 'mle-grade-'));
afterAll(() => rm(root, { recursive: true }));
let made = 0;

async function competition(
  manifest: Partial<CompetitionManifest>,
  answers: string,
  sample: string,
): Promise<Competition> {
  made += 1;
  const [publicDir, privateDir] = [
    join(root, `${made}`, 'public'),
    join(root, `${made}`, 'private'),
  ];
  await mkdir(publicDir, { recursive: true });
  await mkdir(privateDir);
  await writeFile(join(publicDir, 'sample_submission.csv'), sample);
  await writeFile(join(privateDir, 'answers.csv'), answers);
  const whole = { id: 'own', metric: 'auc', worst: 0.5, best: 1, ...manifest };
  return loadCompetition({ publicDir, privateDir, manifest: whole });
}

const bytes = (text: string) => new TextEncoder().encode(text);

describe('a submission by id', async () => {
  const auc = await competition({}, 'id,y\n1,0\n2,1\n3,1\n', 'id,y\n1,0\n2,0\n3,0\n');

  test.each([
    ['in any order', 'id,y\n3,0.9\n1,0.1\n2,0.8\n'],
    ['with columns in any order', 'y,id\n0.9,3\n0.1,1\n0.8,2\n'],
    ['with a byte order mark and Windows line ends', '\ufeffid,y\r\n1,0.1\r\n2,0.8\r\n3,0.9\r\n'],
    ['with ids written as decimals', 'id,y\n1.0,0.1\n2.0,0.8\n3.0,0.9\n'],
    ['with blank lines and spaces around numbers', 'id,y\n\n1, 0.1\n2,0.8 \n3,9e-1\n\n'],
    ['with quoted cells', '"id","y"\n"1","0.1"\n"2","0.8"\n"3","0.9"\n'],
  ])('is scored %s', (_, text) => {
    expect(grade(bytes(text), auc)).toEqual({ valid: true, score: 1, reward: 1 });
  });

  test.each([
    ['no file', null, /wrote no such file/],
    ['an empty file', '', /the file is empty/],
    ['only a header', 'id,y\n', /expected 3 rows, got 0: 3 ids are missing, the first is id "1"/],
    ['a missing id', 'id,y\n1,0.1\n2,0.2\n', /1 id is missing, the first is id "3"/],
    [
      'a repeated id',
      'id,y\n1,0.1\n2,0.2\n2,0.3\n3,0\n',
      /line 4: id "2" was already given in line 3/,
    ],
    ['an unknown id', 'id,y\n1,0.1\n2,0.2\n7,0.3\n', /line 4: id "7" is not an id to predict/],
    ['an id left empty', 'id,y\n1,0.1\n,0.2\n3,0.3\n', /line 3: expected an id/],
    ['NaN', 'id,y\n1,nan\n2,0.2\n3,0.3\n', /line 2, column "y": .* a missing value \("nan"\)/],
    ['an empty cell', 'id,y\n1,0\n2,\n3,0.3\n', /line 3, column "y": .* an empty cell/],
    ['infinity', 'id,y\n1,0\n2,inf\n3,0.3\n', /line 3, column "y": .* an infinite one/],
    ['a number too large', 'id,y\n1,0\n2,1e999\n3,0.3\n', /line 3, column "y": .* an infinite one/],
    [
      'text',
      'id,y\n1,0\n2,0x10\n3,0.3\n',
      /line 3, column "y": expected a finite number, got "0x10"/,
    ],
    ['a wrong column', 'id,z\n1,0\n2,0\n3,0\n', /missing: "y"/],
    ['an index column', ',id,y\n0,1,0\n1,2,0\n2,3,0\n', /a column without a name.*index=False/],
    ['a column too many', 'id,y,z\n1,0,0\n2,0,0\n3,0,0\n', /got "z" too/],
    ['a column named twice', 'id,y,y\n1,0,0\n2,0,0\n3,0,0\n', /names "y" twice/],
    ['no header', '1,0\n2,0\n3,0\n', /missing: "id", "y"/],
    ['a short row', 'id,y\n1,0\n2\n3,0\n', /line 3: expected 2 cells as in the header, got 1/],
    ['a quote never closed', 'id,y\n1,"0\n2,0\n3,0\n', /never closed/],
    ['a NUL byte', 'id,y\n1,\0\n', /a NUL byte at byte 7/],
    ['terminal escapes', 'id,y\n1,\u001b[31m\n2,0\n3,0\n', /got "\\u001b\[31m"/],
  ])('is refused with %s', (_, text, problem) => {
    const graded = grade(text === null ? null : bytes(text), auc);
    expect(graded).toMatchObject({ valid: false, reward: 0 });
    expect(graded.problem).toMatch(problem);
    expect(graded).not.toHaveProperty('score');
  });

  test.each([
    ['bytes that are no UTF-8', Uint8Array.of(0x69, 0x64, 0xff, 0xc0), /not/],
    ['UTF-16', Uint8Array.of(0xff, 0xfe, 0x69, 0), /got UTF-16/],
    ['a giant cell', bytes(`id,y\n1,${'9'.repeat(2_000_000)}\n`), /too long/],
  ])('is refused with %s', (_, text, problem) => {
    expect(grade(text, auc).problem).toMatch(problem);
  });
});

test('a problem reveals no answer', async () => {
  const rmse = await competition(
    { metric: 'rmse', worst: 9000, best: 0 },
    'id,y\n1,4711\n2,4712\n',
    'id,y\n1,0\n2,0\n',
  );
  for (const text of ['id,y\n1,0\n', 'id,y\n1,0\n2,x\n', 'id,y\n1,0\n2,1e200\n']) {
    const { problem } = grade(bytes(text), rmse);
    expect(problem).toBeDefined();
    expect(problem).not.toMatch(/471/);
  }
});

describe('metrics on columns', () => {
  test('macro auc is the mean over columns, rows of ignored answers left out', async () => {
    const macro = await competition(
      { ignoredAnswer: '-1', worst: 0 },
      'id,a,b\n1,0,1\n2,1,0\n3,-1,0\n4,1,1\n',
      'id,a,b\n1,0,0\n',
    );
    // Column a counts rows 1, 2 and 4: perfect; column b ranks 1 > 4 > 3 > 2: perfect too, but for one tie.
    const graded = grade(bytes('id,a,b\n1,0.1,0.9\n2,0.8,0.1\n3,0.5,0.6\n4,0.7,0.6\n'), macro);
    expect(graded.score).toBe((1 + 0.875) / 2);
  });

  test('rmsle is the mean over columns and refuses negatives', async () => {
    const rmsle = await competition(
      { metric: 'rmsle', worst: 1, best: 0 },
      'id,a,b\n1,0,3\n2,1,0\n',
      'id,a,b\n1,0,0\n',
    );
    expect(grade(bytes('id,a,b\n1,0,3\n2,1,0\n'), rmsle)).toMatchObject({ score: 0, reward: 1 });
    expect(grade(bytes('id,a,b\n1,-1,3\n2,1,0\n'), rmsle).problem).toMatch(
      /line 2, column "a": expected 0 or more, got -1/,
    );
  });

  test('binary log loss refuses what is no probability', async () => {
    const loss = await competition(
      { metric: 'log-loss', worst: 0.7, best: 0 },
      'id,y\n1,0\n2,1\n',
      'id,y\n1,0\n',
    );
    expect(grade(bytes('id,y\n1,0.5\n2,0.5\n'), loss).score).toBeCloseTo(Math.LN2, 12);
    expect(grade(bytes('id,y\n1,1.5\n2,0.5\n'), loss).problem).toMatch(/expected 0 to 1, got 1.5/);
  });

  test('far too large predictions are refused, not infinitely bad', async () => {
    const rmse = await competition(
      { metric: 'rmse', worst: 1, best: 0 },
      'id,y\n1,0\n2,1\n',
      'id,y\n1,0\n',
    );
    expect(grade(bytes('id,y\n1,1e300\n2,1\n'), rmse).valid).toBe(false);
  });
});

describe('class probabilities', () => {
  const classes = (probabilities?: CompetitionManifest['probabilities']) =>
    competition(
      { metric: 'log-loss', worst: 1.1, best: 0, ...(probabilities && { probabilities }) },
      'id,label\n1,a\n2,b\n',
      'id,a,b\n1,0.5,0.5\n',
    );

  test('are divided by their sum', async () => {
    expect(grade(bytes('id,a,b\n1,2e-1,2e-1\n2,1,1\n'), await classes()).score).toBeCloseTo(
      Math.LN2,
      12,
    );
    expect(grade(bytes('id,a,b\n1,0,0\n2,1,1\n'), await classes()).problem).toMatch(/only zeros/);
  });

  test('are checked when asked to', async () => {
    const checked = await classes('checked');
    expect(grade(bytes('id,a,b\n1,0.5,0.5\n2,0.5,0.5\n'), checked).valid).toBe(true);
    expect(grade(bytes('id,a,b\n1,0.4,0.5\n2,0.5,0.5\n'), checked).problem).toMatch(
      /line 2: expected probabilities that sum to 1, got 0.9/,
    );
  });

  test('go through softmax when asked to, unless one-hot', async () => {
    const soft = await classes('softmax');
    expect(grade(bytes('id,a,b\n1,1,0\n2,0,1\n'), soft).score).toBeCloseTo(0, 12);
    expect(grade(bytes('id,a,b\n1,0.5,0.5\n2,0.2,0.2\n'), soft).score).toBeCloseTo(Math.LN2, 12);
  });

  test('may stand against one-hot answers', async () => {
    const hot = await competition(
      { metric: 'log-loss', worst: 1.1, best: 0 },
      'id,a,b\n1,1,0\n2,0,1\n',
      'id,a,b\n1,0.5,0.5\n',
    );
    expect(grade(bytes('id,a,b\n1,1,0\n2,0,1\n'), hot).score).toBeCloseTo(0, 12);
  });
});

describe('labels and lists', () => {
  test('labels are compared by value', async () => {
    const accuracy = await competition(
      { metric: 'accuracy', worst: 0 },
      'id,y\n1,0\n2,1\n3,x\n',
      'id,y\n1,0\n',
    );
    expect(grade(bytes('id,y\n1,0.0\n2,True\n3,y\n'), accuracy).score).toBeCloseTo(2 / 3, 12);
    expect(grade(bytes('id,y\n1,0\n2,\n3,y\n'), accuracy).problem).toMatch(/expected a label/);
  });

  test('guesses are separated by spaces', async () => {
    const lists = await competition(
      { metric: 'map-at-k', k: 2, worst: 0 },
      'id,y\n1,a\n2,b c\n',
      'id,y\n1,a\n',
    );
    expect(grade(bytes('id,y\n1,b a\n2,b c\n'), lists).score).toBe(0.75);
  });
});

describe('row matching', () => {
  test('by occurrence, where ids repeat', async () => {
    const twice = await competition(
      { rows: 'by-occurrence' },
      'id,y\nx,0\nx,1\nz,1\n',
      'id,y\nx,0\n',
    );
    expect(grade(bytes('id,y\nz,0.9\nx,0.1\nx,0.8\n'), twice).score).toBe(1);
    expect(grade(bytes('id,y\nz,0.9\nx,0.1\n'), twice).problem).toMatch(/the first is id "x"/);
  });

  test('by position, where ids are not looked at', async () => {
    const placed = await competition({ rows: 'by-position' }, 'id,y\n1,0\n2,1\n', 'id,y\n1,0\n');
    expect(grade(bytes('id,y\n9,0.1\n9,0.8\n'), placed).score).toBe(1);
    expect(grade(bytes('id,y\n9,0.1\n'), placed).problem).toMatch(/expected 2 rows, got 1/);
  });
});

test('scores are normalised and clipped', async () => {
  const rmse = await competition(
    { metric: 'rmse', worst: 2, best: 1 },
    'id,y\n1,0\n2,0\n',
    'id,y\n1,0\n',
  );
  const rewards = [3, 2, 1.25, 1, 0].map(
    (off) => grade(bytes(`id,y\n1,${off}\n2,${off}\n`), rmse).reward,
  );
  expect(rewards).toEqual([0, 0, 0.75, 1, 1]);
});

test.each([
  [1 / 64, 5, 0.01562],
  [3 / 64, 5, 0.04688],
  [0.123456, 5, 0.12346],
  [2.5, 0, 2],
  [-1 / 64, 5, -0.01562],
  [1.005, 2, 1],
])('%d rounds to %d decimals as in Python: %d', (value, decimals, rounded) => {
  expect(roundHalfEven(value, decimals)).toBe(rounded);
});
