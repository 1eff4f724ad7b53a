import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { locatePolicy, policyFolder } from './policy-folder.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'taskspace-policy-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

test('owner/name is a model of the hub, at a revision if one is named', () => {
  expect(locatePolicy({ path: 'owner/name' }, folder)).toEqual({
    path: 'owner/name',
    revision: 'main',
  });
  expect(locatePolicy({ path: 'owner/name@v1', init: 3 }, folder)).toEqual({
    path: 'owner/name',
    revision: 'v1',
    init: 3,
  });
  expect(locatePolicy({ path: 'owner/name', revision: 'v2' }, folder).revision).toBe('v2');
});

test('a folder at that path comes first, and a path that begins with a dot is always one', async () => {
  await mkdir(join(folder, 'owner', 'name'), { recursive: true });
  expect(locatePolicy({ path: 'owner/name' }, folder)).toEqual({
    path: join(folder, 'owner', 'name'),
  });
  expect(locatePolicy({ path: './owner/other' }, folder)).toEqual({
    path: join(folder, 'owner', 'other'),
  });
});

test('the shipped policy and absolute paths stay as they are, and have no revision', () => {
  expect(locatePolicy({ path: 'pocket' }, folder)).toEqual({ path: 'pocket' });
  expect(policyFolder({ path: folder })).toBe(folder);
  expect(() => locatePolicy({ path: 'pocket', revision: 'main' }, folder)).toThrow(
    /policy\.revision: expected none, as policy\.path is pocket; only models of the hub/u,
  );
});
