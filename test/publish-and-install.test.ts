/**
 * What a stranger does: installs the packed packages in a folder of their own, writes a domain there, and trains on it. Slow,
 * because npm installs for real; needs the npm registry.
 */
import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';

const run = promisify(execFile);
const root = fileURLToPath(new URL('..', import.meta.url));
// Node of this process first on the PATH; condition and test runner settings of this process not handed down.
const { NODE_OPTIONS: _, ...inherited } = process.env;
const env = {
  ...inherited,
  PATH: `${dirname(process.execPath)}:${process.env.PATH}`,
  ONNXRUNTIME_NODE_INSTALL: 'skip',
  NO_COLOR: '1',
};

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'taskspace-install-'));
  await run('npx', ['turbo', 'run', 'build'], { cwd: root, env });
  for (const name of ['core', 'domain-math', 'trainer']) {
    const packed = ['pack', '--silent', '-w', `packages/${name}`, '--pack-destination', folder];
    await run('npm', packed, { cwd: root, env });
  }
  const tarballs = (await readdir(folder)).filter((name) => name.endsWith('.tgz'));
  await writeFile(
    join(folder, 'package.json'),
    '{ "name": "a-stranger", "private": true, "type": "module" }\n',
  );
  await run('npm', ['install', '--no-audit', '--no-fund', ...tarballs.map((name) => `./${name}`)], {
    cwd: folder,
    env,
  });
}, 300_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

function taskspace(...args: string[]) {
  return run(process.execPath, ['node_modules/@taskspace/trainer/dist/cli/main.js', ...args], {
    cwd: folder,
    env,
  });
}

test('finds the installed math domain', async () => {
  const { stdout } = await taskspace('domains', '--json');
  expect(JSON.parse(stdout)).toEqual([
    expect.objectContaining({ package: '@taskspace/domain-math', name: 'math', problem: null }),
  ]);
});

test('trains the shipped policy on a domain written in that folder', async () => {
  const example = (file: string) => join(root, 'examples', 'custom-domain', file);
  await copyFile(example('just-below.ts'), join(folder, 'just-below.ts'));
  await copyFile(example('train.yaml'), join(folder, 'train.yaml'));
  const { stdout } = await taskspace(
    ...['train', 'train.yaml', '--device', 'cpu', '--json', '--out', 'run'],
    ...['--set', 'iterations=25', '--set', 'evaluation.tasks=0'],
  );
  const rewards = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { event: string; reward?: number })
    .filter(({ event }) => event === 'iteration')
    .map(({ reward }) => reward!);
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  expect(rewards).toHaveLength(25);
  expect(mean(rewards.slice(-5))).toBeGreaterThan(mean(rewards.slice(0, 5)) + 0.05);
});
