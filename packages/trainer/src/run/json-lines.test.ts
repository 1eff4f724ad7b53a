import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { JsonLines } from './json-lines.ts';

let folder = '';
let path = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lines-'));
  path = join(folder, 'metrics.jsonl');
});

afterEach(() => rm(folder, { recursive: true }));

test('values stand one a line, and their length is known', async () => {
  await using lines = await JsonLines.open(path, 0);
  await lines.append({ a: 1 });
  await lines.append({ b: 'ü' });
  expect(await readFile(path, 'utf8')).toBe('{"a":1}\n{"b":"ü"}\n');
  expect(lines.bytes).toBe(Buffer.byteLength(await readFile(path)));
});

test('opening drops what was written after a position', async () => {
  await writeFile(path, '{"a":1}\n{"b":2}\n{"c"');
  await using lines = await JsonLines.open(path, 8);
  await lines.append({ d: 4 });
  expect(await readFile(path, 'utf8')).toBe('{"a":1}\n{"d":4}\n');
});

test('a file shorter than the position says what was removed', async () => {
  await writeFile(path, '{"a":1}\n');
  await expect(JsonLines.open(path, 20)).rejects.toThrow(
    /metrics.jsonl: expected at least the 20 bytes.*found 8/,
  );
});

test.skipIf(!existsSync('/dev/full'))('a full disk says what to do', async () => {
  await symlink('/dev/full', path);
  await using lines = await JsonLines.open(path, 0);
  await expect(lines.append({ a: 1 })).rejects.toThrow(
    /metrics.jsonl: expected to write, found the disk full. Free some space, then continue with --resume/,
  );
  expect(lines.bytes).toBe(0);
});
