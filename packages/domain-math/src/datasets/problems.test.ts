import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ProblemOptions, readProblems } from './problems.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'taskspace-problems-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function read(rows: readonly object[], options?: ProblemOptions) {
  const file = join(folder, 'data.json');
  await writeFile(file, JSON.stringify(rows));
  return readProblems(file, options);
}

test.each([
  [
    'MATH',
    { problem: 'P', level: 'Level 3', type: 'Algebra', solution: 'So $\\boxed{\\frac{1}{2}}$.' },
    {
      text: 'P',
      answer: '\\frac{1}{2}',
      solution: 'So $\\boxed{\\frac{1}{2}}$.',
      category: 'Algebra',
      level: 3,
      goldSteps: 1,
    },
  ],
  [
    'GSM8K',
    { question: 'P', answer: '3 - 1 = <<3-1=2>>2 eggs.\n2 * 9 = $<<2*9=18>>18.\n#### 18' },
    {
      text: 'P',
      answer: '18',
      solution: '3 - 1 = 2 eggs.\n2 * 9 = $18.\nThe answer is $\\boxed{18}$.',
      goldSteps: 3,
    },
  ],
  [
    'NuminaMath',
    { source: 'olympiads', problem: 'P', solution: 'Thus \\boxed{7}', messages: [] },
    { text: 'P', answer: '7', solution: 'Thus \\boxed{7}', goldSteps: 1 },
  ],
  [
    'DeepScaleR',
    { problem: 'P', answer: 'x+1', difficulty: 2.5 },
    { text: 'P', answer: 'x+1', level: 2.5 },
  ],
  ['AIME', { ID: '2024-I-1', Problem: 'P', Answer: 204 }, { text: 'P', answer: '204' }],
  ['AMC', { problem: 'P', answer: '142.0', url: 'u' }, { text: 'P', answer: '142' }],
  [
    'OlympiadBench',
    { question: 'P', final_answer: ['$\\frac{41}{12}$'], unit: 'km', subfield: 'Algebra' },
    { text: 'P (Unit of the answer: km.)', answer: '$\\frac{41}{12}$', category: 'Algebra' },
  ],
  [
    'several wanted answers',
    { question: 'P', final_answer: ['2', '-2'], is_multiple_answer: true },
    { text: 'P', answer: '2, -2' },
  ],
  [
    'Minerva',
    { problem: 'P', answer: ['0.01\n', '0.02\n', '0.01'] },
    { text: 'P', answer: ['0.01', '0.02'] },
  ],
])('reads the shape of %s', async (_, row, problem) => {
  expect(await read([row])).toEqual([problem]);
});

test('reads Parquet files of the hub', async () => {
  const fixtures = join(import.meta.dirname, '__fixtures__');
  expect(await readProblems(join(fixtures, 'olympiad-zstd.parquet'))).toMatchObject([
    { answer: '2' },
    { answer: '$2$,$-2$' },
    { text: 'What is 6 / 4? (Unit of the answer: km.)', answer: '1.5' },
  ]);
  expect(await readProblems(join(fixtures, 'amc.parquet'))).toMatchObject([{ answer: '142' }]);
});

test('takes columns by mapping', async () => {
  const rows = [{ aufgabe: 'P', loesung: '5', problem: 'not this' }];
  const columns = { problem: 'aufgabe', answer: 'loesung' };
  expect(await read(rows, { columns })).toEqual([{ text: 'P', answer: '5' }]);
});

test('names missing columns, those present, and a near miss', async () => {
  await expect(read([{ text: 'P', answer: '1' }])).rejects.toThrow(
    /expected a column for the problem \(problem, question, .*got the columns text, answer\. Name it/,
  );
  await expect(read([{ problem: 'P', result: '1' }])).rejects.toThrow(
    /expected a column for the answer .*got the columns problem, result\./,
  );
  const columns = { problem: 'questoin' };
  await expect(read([{ question: 'P', answer: '1' }], { columns })).rejects.toThrow(
    /expected a column "questoin" \(columns.problem\), .* Did you mean "question"\?/,
  );
});

test('an empty problem or answer is an error that names the row, or is skipped on request', async () => {
  const rows = [
    { problem: 'P', answer: '1' },
    { problem: 'Q', answer: null },
    { problem: ' ', answer: '3' },
  ];
  await expect(read(rows)).rejects.toThrow(/row 2: expected an answer in column "answer", got/);
  await expect(read(rows.toSpliced(1, 1))).rejects.toThrow(/row 2: expected a problem in column/);
  expect(await read(rows, { unusable: 'skip' })).toEqual([{ text: 'P', answer: '1' }]);
});

test('an empty answer falls back on the box of the solution', async () => {
  const rows = [{ problem: 'P', answer: '', solution: 'It is \\boxed{4}.' }];
  expect(await read(rows)).toMatchObject([{ answer: '4' }]);
});

test('keeps only the rows a filter names', async () => {
  const rows = [
    { problem: 'P', answer: 1, url: '2022_AMC_12A' },
    { problem: 'Q', answer: 2, url: '2023_AMC_12B' },
  ];
  const where = { column: 'url', includes: '2023_AMC_12' };
  expect(await read(rows, { where })).toEqual([{ text: 'Q', answer: '2' }]);
});
