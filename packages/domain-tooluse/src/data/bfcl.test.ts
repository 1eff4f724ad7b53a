import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { canonicalJson } from '../protocol/canonical-json.ts';
import { bfclFolder } from './__fixtures__/bfcl-folder.ts';
import { BFCL_VARIANTS, type BfclData, loadBfcl } from './bfcl.ts';
import { BFCL_FILES } from './manifest.ts';
import { parsePythonCall } from './python-call.ts';
import { splitBfcl, stratumOf } from './split.ts';

const folder = bfclFolder() ?? '';
if (folder === '') {
  console.warn('SKIPPED: the tests on benchmark data. Set TASKSPACE_BFCL to their folder.');
}

test.each([
  ["f('a', 1.0, x=[True, None], y={'k': (1, -2.5e3)})", 'f', ['"a"', '1.0'], 'x y'],
  ['f()', 'f', [], ''],
  ['f("""a "b"\nc""")', 'f', ['"a \\"b\\"\\nc"'], ''],
  ["f('')", 'f', ['""'], ''],
  ["f('it\\'s', \"two\" 'parts',)", 'f', ['"it\'s"', '"twoparts"'], ''],
])('reads the call %s', (text, name, positional, keys) => {
  const call = parsePythonCall(text);
  expect([call.name, call.positional]).toEqual([name, positional]);
  expect(call.keyword.map(([key]) => key).join(' ')).toBe(keys);
});

test.each(['f(', 'f(x)', 'f(1)(2)', 'f(1+2)', 'f(a=1, 2)', "f('a)", 'f(g())', ''])(
  'refuses %j',
  (text) => expect(() => parsePythonCall(text)).toThrow(/python text: expected/),
);

describe.skipIf(folder === '')('the benchmark', () => {
  let base: BfclData;

  beforeAll(async () => {
    base = await loadBfcl({ folder, profile: 'v3', variant: 'base' });
  });

  test('has the numbers of tasks, requests and calls its description states', () => {
    const requests = base.tasks.flatMap((task) => task.requests);
    expect(base.tasks.length).toBe(200);
    expect(requests.length).toBe(745);
    expect(requests.flatMap(({ gold }) => gold).length).toBe(1161);
    expect(base.tools.length).toBe(129);
  });

  test('has calls equal to the parsed ones', async () => {
    const lines = (await readFile(join(folder, 'ground_truth_parsed.jsonl'), 'utf8')).trim();
    type Parsed = { turns: { name: string; arguments: object; positional?: number }[][] };
    for (const [index, line] of lines.split('\n').entries()) {
      const parsed = (JSON.parse(line) as Parsed).turns.flat();
      const calls = base.tasks[index]!.requests.flatMap(({ gold }) => gold);
      expect(
        calls.map((call) => [call.name, canonicalJson(call.arguments), call.positional]),
      ).toEqual(
        parsed.map((call) => [
          call.name,
          canonicalJson(JSON.stringify(call.arguments)),
          call.positional,
        ]),
      );
    }
  });

  test('keeps numbers in configs as they were written', () => {
    expect(base.tasks.some(({ config }) => /: \d+\.0[,}]/u.test(config))).toBe(true);
  });

  test.each(BFCL_VARIANTS)('loads %s', async (variant) => {
    const { tasks } = await loadBfcl({ folder, profile: 'v3', variant });
    expect(tasks.length).toBe(200);
    const unlocking = tasks.filter(({ requests }) => requests.some(({ unlocks }) => unlocks));
    expect(unlocking.length).toBe(variant === 'miss_func' ? 200 : 0);
  });

  test('loads v4', async () => {
    const { tasks, tools } = await loadBfcl({ folder, profile: 'v4', variant: 'base' });
    const requests = tasks.flatMap((task) => task.requests);
    expect([tasks.length, requests.length, tools.length]).toEqual([200, 734, 128]);
  });

  test('splits half and half, and every stratum nearly so', () => {
    const { train, test: held } = splitBfcl(base.tasks, 0);
    expect([train.length, held.length]).toEqual([100, 100]);
    const count = (tasks: BfclData['tasks'], stratum: string) =>
      tasks.filter((task) => stratumOf(task) === stratum).length;
    for (const stratum of new Set(base.tasks.map(stratumOf))) {
      expect(Math.abs(count(train, stratum) - count(held, stratum))).toBeLessThanOrEqual(2);
    }
    expect(splitBfcl(base.tasks, 0)).toEqual({ train, test: held });
    expect(splitBfcl(base.tasks, 1).train).not.toEqual(train);
  });

  test('says where a file is missing', async () => {
    const options = { folder: join(folder, 'nowhere'), profile: 'v3', variant: 'base' } as const;
    await expect(loadBfcl(options)).rejects.toThrow(/got ENOENT.*taskspace data bfcl/);
  });

  test('consists of the files the download would give', async () => {
    for (const { path, sha256, convert } of BFCL_FILES) {
      if (convert !== undefined) continue;
      const bytes = await readFile(join(folder, path));
      expect([path, createHash('sha256').update(bytes).digest('hex')]).toEqual([path, sha256]);
    }
  });
});
