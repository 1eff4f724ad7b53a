import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createPluginHost } from './plugin-host.ts';

let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plugins-'));
});

afterEach(() => rm(folder, { recursive: true }));

async function install(root: string, name: string, keywords: readonly string[]): Promise<void> {
  const target = join(root, 'node_modules', name);
  await mkdir(target, { recursive: true });
  const manifest = { name, version: '1.2.3', type: 'module', exports: './index.js', keywords };
  await writeFile(join(target, 'package.json'), JSON.stringify(manifest));
  await writeFile(join(target, 'index.js'), `export const name = ${JSON.stringify(name)};`);
}

test('finds plain, scoped and linked packages in this folder and above it', async () => {
  const inner = join(folder, 'a', 'b');
  await mkdir(inner, { recursive: true });
  await install(folder, 'plain', ['taskspace-domain']);
  await install(inner, '@scope/near', ['taskspace-domain']);
  await mkdir(join(folder, 'workspace'));
  await writeFile(join(folder, 'workspace', 'package.json'), '{"name":"linked","keywords":["x"]}');
  await symlink(join(folder, 'workspace'), join(folder, 'node_modules', 'linked'));
  const installed = await createPluginHost(inner).installed();
  const found = (name: string) => installed.find((entry) => entry.name === name);
  expect(found('plain')).toEqual({
    name: 'plain',
    version: '1.2.3',
    keywords: ['taskspace-domain'],
  });
  expect(found('@scope/near')?.keywords).toEqual(['taskspace-domain']);
  expect(found('linked')?.keywords).toEqual(['x']);
});

test('the nearest of two packages of one name is the one found', async () => {
  const inner = join(folder, 'inner');
  await install(folder, 'twice', ['far']);
  await install(inner, 'twice', ['near']);
  const installed = await createPluginHost(inner).installed();
  expect(installed.filter(({ name }) => name === 'twice').map(({ keywords }) => keywords)).toEqual([
    ['near'],
  ]);
});

test('passes over folders that are no packages', async () => {
  await install(folder, 'good', []);
  await mkdir(join(folder, 'node_modules', 'empty'));
  await mkdir(join(folder, 'node_modules', 'broken'));
  await writeFile(join(folder, 'node_modules', 'broken', 'package.json'), '{');
  const names = (await createPluginHost(folder).installed()).map(({ name }) => name);
  expect(names).toContain('good');
  expect(names).not.toContain('broken');
});

test('imports a package installed beside the config file', async () => {
  await install(folder, 'only-here', []);
  const module = await createPluginHost(folder).importModule('only-here');
  expect(module).toMatchObject({ name: 'only-here' });
});

test('imports a file by a path relative to the config file', async () => {
  await writeFile(join(folder, 'domain.mjs'), 'export const seven = 7;');
  const module = await createPluginHost(folder).importModule('./domain.mjs');
  expect(module).toMatchObject({ seven: 7 });
});

test('refuses a package that is not installed as import() does', async () => {
  const missing = createPluginHost(folder).importModule('no-such-package-anywhere');
  await expect(missing).rejects.toMatchObject({ code: 'ERR_MODULE_NOT_FOUND' });
});
