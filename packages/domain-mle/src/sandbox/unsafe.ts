/**
 * No sandbox at all: programs run with the caller's own rights, under limits only. For machines where nothing else works and
 * the programs are trusted. Says so on every run.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Sandbox, type SandboxRun, WORK_DIR } from './contract.ts';
import { collectingShell, processLimits } from './shell.ts';
import { supervise } from './supervise.ts';

/** @param warn - Called on every run. */
export function createUnsafe(warn: (message: string) => void = console.warn): Sandbox {
  return {
    name: 'unsafe',
    isolated: false,
    canPrepare: true,
    async run(spec) {
      warn(
        'unsafe: running model-written code WITHOUT a sandbox: it can read, change and send whatever you can.',
      );
      const folder = await mkdtemp(join(tmpdir(), `taskspace-unsafe-${randomUUID().slice(0, 8)}-`));
      try {
        return await supervise('unsafe', await unsafeLaunch(spec, folder), spec);
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
    async [Symbol.asyncDispose]() {},
  };
}

/** Inside paths become paths below the run's folder; mounts become links. */
export async function unsafeLaunch(spec: SandboxRun, folder: string) {
  const work = join(folder, WORK_DIR);
  await mkdir(work, { recursive: true });
  const moved = new Map<string, string>([[WORK_DIR, work]]);
  for (const { from, to } of spec.readOnly) {
    if (from === to) continue;
    const place = join(folder, to);
    await mkdir(dirname(place), { recursive: true });
    await symlink(from, place);
    moved.set(to, place);
  }
  for (const { path, content } of spec.files) await writeFile(join(folder, path), content);
  const env = Object.fromEntries(
    Object.entries(spec.env).map(([name, value]) => [name, moved.get(value) ?? value]),
  );
  const limits = process.platform === 'linux' ? processLimits(spec.limits) : [];
  return {
    argv: [...limits, ...collectingShell(spec, false)],
    env,
    cwd: work,
    inputs: [],
    folders: [],
    ownGroup: true,
  };
}
