import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TaskDefect } from '@taskspace/core';
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
  vi.unstubAllEnvs();
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
  expect(await dataCommand(undefined, { domain: faulty })).toBe(EXIT.ok);
  expect(said).toMatch(/tiny \(for \S+\)\n {2}One file/u);
  const out = join(folder, 'new');
  expect(await dataCommand('tiny', { domain: faulty, out })).toBe(EXIT.ok);
  expect(existsSync(join(out, 'file.txt'))).toBe(true);
  await expect(dataCommand('tinny', { domain: faulty, out })).rejects.toThrow(
    /Did you mean "tiny"/u,
  );
});

test('data goes to a folder of its own in the cache', async () => {
  vi.stubEnv('XDG_CACHE_HOME', folder);
  expect(await dataCommand('tiny', { domain: faulty })).toBe(EXIT.ok);
  expect(existsSync(join(folder, 'taskspace', 'data', 'tiny', 'file.txt'))).toBe(true);
});

test('data knows the sets of all installed domains', async () => {
  expect(await dataCommand(undefined, {})).toBe(EXIT.ok);
  expect(said).toContain('bfcl (for tooluse)');
});

test('nothing to say is said', () => {
  expect(renderDefects('toy', [] as TaskDefect[])).toBe('toy: no defect found.');
  expect(describeSets([])).toContain('No domain');
});
