import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { findPython, pythonReport } from '../python/python.ts';
import type { SandboxRun } from './contract.ts';
import { findSandbox, sandboxReport } from './find.ts';
import { createFrameReader } from './framed.ts';
import { seatbeltProfile } from './seatbelt.ts';

afterEach(() => vi.unstubAllEnvs());

const RUN: SandboxRun = {
  argv: ['/bin/sh', '-c', 'echo out; echo err >&2; cat note.txt > kept.txt; exit 3'],
  readOnly: [],
  masked: [],
  env: { PATH: '/usr/bin:/bin' },
  files: [{ path: '/sandbox/note.txt', content: Buffer.from('a note') }],
  collect: 'kept.txt',
  limits: {
    wallMs: 10_000,
    cpuSeconds: 10,
    memoryBytes: 256 * 1024 ** 2,
    processes: 4_000,
    fileBytes: 1024 ** 2,
    inodes: 100,
    outputBytes: 1024 ** 2,
    diskBytes: 1024 ** 2,
  },
};

test('names every sandbox of the platform, and the command for what Debian can install', async () => {
  for (const { name, status, fix } of await sandboxReport()) {
    expect(name).not.toBe('');
    if (status !== 'absent') continue;
    if (name === 'gvisor') expect(fix).toBeUndefined();
    else expect(fix).toMatch(/^sudo apt-get install -y \S+$/u);
  }
});

test('refuses an unknown sandbox by name', async () => {
  await expect(findSandbox({ prefer: 'jail' })).rejects.toThrow(
    /jail: expected one of bubblewrap/u,
  );
});

test('without isolation it runs, and warns on every run', async () => {
  const warn = vi.fn();
  const sandbox = await findSandbox({ unsafe: true, warn });
  expect(sandbox).toMatchObject({ name: 'unsafe', isolated: false });
  for (let run = 0; run < 2; run++) {
    const result = await sandbox.run(RUN);
    expect(result).toMatchObject({ exitCode: 3, stdout: 'out\n', stderr: 'err\n' });
    expect(Buffer.from(result.collected!).toString()).toBe('a note');
  }
  expect(warn).toHaveBeenCalledTimes(2);
  expect(warn.mock.calls[0]![0]).toContain('WITHOUT a sandbox');
});

test('the program that cannot be run is a failed program, not a failed sandbox', async () => {
  const sandbox = await findSandbox({ unsafe: true, warn: () => undefined });
  const result = await sandbox.run({ ...RUN, argv: ['/no/such/program'] });
  expect(result.exitCode).toBe(127);
});

test('a Python without packages is refused with what it lacks and what installs it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'no-python-'));
  const refused = findPython({ executable: join(folder, 'python3') });
  await expect(refused).rejects.toThrow(/does not run\. Install them with: /u);
  rmSync(folder, { recursive: true });
});

test('the report on Python says what is there', async () => {
  const { name, status, detail } = await pythonReport();
  expect(name).toBe('python');
  expect(['ok', 'absent', 'broken']).toContain(status);
  expect(detail).not.toBe('');
}, 60_000);

test('frames are read over any chunk borders', () => {
  const frames: string[] = [];
  const read = createFrameReader(({ kind, data }) => frames.push(kind + data.toString()));
  const bytes = Buffer.from('o\0\0\0\x02hic\0\0\0\x00x\0\0\0\x010', 'latin1');
  for (const byte of bytes) read(Buffer.from([byte]));
  expect(frames).toEqual(['ohi', 'c', 'x0']);
});

test('the profile for macOS allows writing below the folder of the run alone', () => {
  const profile = seatbeltProfile({ ...RUN, masked: ['/venv/data'] }, '/private/run');
  expect(profile).toContain('(deny default)');
  expect(profile).toContain('(allow file-write* (subpath "/private/run") (literal "/dev/null"))');
  expect(profile.indexOf('(deny file-read* (subpath "/venv/data"))')).toBeGreaterThan(
    profile.indexOf('(allow file-read*'),
  );
  expect(profile).not.toContain('network');
});
