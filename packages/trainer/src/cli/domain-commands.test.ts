import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DataSet, TaskDefect } from '@taskspace/core';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { dataCommand, describeSets } from './data.ts';
import { EXIT } from './exit.ts';
import { lintCommand, renderDefects } from './lint.ts';

const letters = fileURLToPath(new URL('../run/__fixtures__/letters-domain.ts', import.meta.url));
const faulty = fileURLToPath(new URL('__fixtures__/faulty-domain.ts', import.meta.url));
let folder: string;
let said: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'data-'));
  said = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    said += String(text);
    return true;
  });
});

afterEach(async () => {
  vi.restoreAllMocks();
  await rm(folder, { recursive: true });
});

test('lint fails when a faulty task would be trained on, and not when it is left out', async () => {
  expect(await lintCommand(faulty, { set: ['excluded=false'], json: true })).toBe(EXIT.failed);
  expect(JSON.parse(said)).toMatchObject({ taskId: 'one', rule: 'gold-replay' });
  expect(await lintCommand(faulty, { set: ['excluded=true'] })).toBe(EXIT.ok);
  expect(said).toContain('left out');
});

test('a domain that cannot be linted is wrong usage', async () => {
  await expect(lintCommand(letters, { set: [] })).rejects.toThrow(/can check its own tasks/u);
});

test('data lists the sets, downloads one, and offers near names', async () => {
  expect(await dataCommand(faulty, undefined, { set: [] })).toBe(EXIT.ok);
  expect(said).toContain('tiny\n  One file');
  const out = join(folder, 'new');
  expect(await dataCommand(faulty, 'tiny', { set: [], out })).toBe(EXIT.ok);
  expect(existsSync(join(out, 'file.txt'))).toBe(true);
  await expect(dataCommand(faulty, 'tinny', { set: [], out })).rejects.toThrow(
    /Did you mean "tiny"/u,
  );
  await expect(dataCommand(faulty, 'tiny', { set: [] })).rejects.toThrow(/--out/u);
});

test('nothing to say is said', () => {
  expect(renderDefects('toy', [] as TaskDefect[])).toBe('toy: no defect found.');
  expect(describeSets('toy', {} as Record<string, DataSet>)).toContain('no data');
});
