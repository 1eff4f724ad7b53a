import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataError } from '@taskspace/core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readRows } from './read-rows.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'taskspace-rows-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function write(name: string, content: string | Uint8Array): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, content);
  return file;
}

const ROWS = [
  { problem: 'a, "b"', answer: '1' },
  { problem: 'c\nd', answer: '2' },
];

test.each([
  ['lines.jsonl', `${ROWS.map((row) => JSON.stringify(row)).join('\n')}\n\n`],
  ['lines.json', ROWS.map((row) => JSON.stringify(row)).join('\r\n')],
  ['array.json', JSON.stringify(ROWS, null, 2)],
  ['bom.csv', '\ufeffproblem,answer\n"a, ""b""",1\n"c\nd",2\n'],
  ['table.tsv', 'problem\tanswer\n"a, ""b"""\t1\n"c\nd"\t2\n'],
])('reads %s', async (name, content) => {
  const rows = await readRows(await write(name, content));
  expect(rows.map(({ values }) => values)).toEqual(ROWS);
  expect(rows.map(({ number }) => number)).toEqual([1, 2]);
});

test.each(['snappy', 'zstd'])('reads Parquet files compressed by %s', async (codec) => {
  const rows = await readRows(
    join(import.meta.dirname, '__fixtures__', `olympiad-${codec}.parquet`),
  );
  expect(rows).toHaveLength(3);
  expect(rows[1]!.values).toMatchObject({
    question: 'Find both roots of x^2 = 4.',
    final_answer: ['$2$,$-2$'],
    is_multiple_answer: true,
    unit: null,
  });
});

test.each([
  ['broken.jsonl', '{"a": 1}\n\n{"a": \n{"a": 2}', /broken.jsonl, line 3: expected a JSON object/],
  ['number.jsonl', '{"a": 1}\n7', /number.jsonl, line 2: expected a JSON object, got 7/],
  ['cut.json', '[\n{"a": 1},\n{"a": ', /cut.json, line 3: expected JSON.*complete\?/],
  ['object.json', '"text"', /object.json: expected an array of objects, got "text"/],
  ['list.json', '[{"a": 1}, [2]]', /list.json: row 2: expected an object, got \[2\]/],
  ['short.csv', 'a,b\n1,2\n3\n', /short.csv, line 3: expected rows with as many fields/],
  ['quote.csv', 'a,b\n1,2\n"3,4\n', /quote.csv, line \d+: expected rows/],
  ['bytes.jsonl', Uint8Array.of(0x7b, 0xff, 0xfe), /bytes.jsonl: expected UTF-8 text/],
  ['text.parquet', 'no parquet', /text.parquet: expected a complete Parquet file/],
  ['sheet.xlsx', '', /expected a name ending in .jsonl.*got "\.xlsx"/],
])('refuses %s and says where it is broken', async (name, content, message) => {
  const reading = readRows(await write(name, content));
  await expect(reading).rejects.toThrow(message);
  await expect(reading).rejects.toBeInstanceOf(DataError);
});

test('names a file that is not there', async () => {
  await expect(readRows(join(folder, 'none.jsonl'))).rejects.toThrow(
    /none.jsonl: expected a readable file, got ENOENT\. Check the path/,
  );
});
