import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createBfclDataset, DownloadError } from './dataset.ts';
import type { BfclFile } from './manifest.ts';

const served = new Map<string, string>();
const asked: string[] = [];
const server = createServer((request, response) => {
  asked.push(request.url ?? '');
  const body = served.get(request.url ?? '');
  response.statusCode = body === undefined ? 404 : 200;
  response.end(body);
});
let baseUrl = '';
let folder = '';

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  folder = await mkdtemp(join(tmpdir(), 'taskspace-bfcl-'));
});

afterAll(async () => {
  server.close();
  await rm(folder, { recursive: true });
});

function file(path: string, content: string, part: Partial<BfclFile> = {}): BfclFile {
  served.set(`/ShishirPatil/gorilla/c0ffee/data/${path}`, content);
  return {
    path,
    commit: 'c0ffee',
    source: `data/${path}`,
    sizeBytes: content.length,
    sha256: createHash('sha256').update(content).digest('hex'),
    ...part,
  };
}

async function download(files: readonly BfclFile[], signal = new AbortController().signal) {
  const names: string[] = [];
  const onFile = (name: string) => names.push(name);
  await createBfclDataset({ baseUrl, files }).download(folder, { signal, onFile });
  return names;
}

test('downloads each file, names it, and does not ask again for what is there', async () => {
  const files = [file('a.jsonl', '{"a": 1.0}'), file('in/b.jsonl', 'b')];
  expect(await download(files)).toEqual(['a.jsonl', 'in/b.jsonl']);
  expect(await readFile(join(folder, 'in/b.jsonl'), 'utf8')).toBe('b');
  asked.length = 0;
  await download(files);
  expect(asked).toEqual([]);
});

test('turns Python constants into JSON that keeps 1 and 1.0 apart', async () => {
  const source = "A_B = [1, 1.0, ..., None]  # filler\nC={\"k\": 'it\\'s', 2: True}\n";
  await download([file('constants.json', source, { convert: 'python-constants' })]);
  expect(await readFile(join(folder, 'constants.json'), 'utf8')).toBe(
    '{\n"A_B": [1, 1.0, {"$repr":"Ellipsis"}, null],\n"C": {"$dict": [["k", "it\'s"], [2, true]]}\n}\n',
  );
});

test('keeps nothing whose checksum is wrong', async () => {
  const wrong = file('wrong.jsonl', 'x', { sha256: '0'.repeat(64) });
  await expect(download([wrong])).rejects.toThrow(/wrong\.jsonl: expected SHA-256 0{64}/);
  expect(await readdir(folder)).not.toContain('wrong.jsonl');
});

test('says which file is missing, and stops when aborted', async () => {
  const gone = file('gone.jsonl', 'x');
  served.clear();
  await expect(download([gone])).rejects.toThrow(DownloadError);
  await expect(download([gone], AbortSignal.abort(new Error('stop')))).rejects.toThrow('stop');
});

test('says what it downloads, from where, how much, under which licence', () => {
  expect(createBfclDataset().description).toMatch(/28 files, 2\.\d MB, from https.*Apache-2\.0/);
});
