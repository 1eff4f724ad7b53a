import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CheckpointError } from '@taskspace/core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { repairFolder, writeFileAtomic, writeFolderAtomic } from './atomic-write.ts';

const run = promisify(execFile);
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'taskspace-atomic-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe('writeFileAtomic', () => {
  test('writes text, bytes and streamed pieces', async () => {
    async function* pieces() {
      yield new Uint8Array([104, 101]);
      yield new Uint8Array([106]);
    }
    await writeFileAtomic(join(folder, 'text'), 'hé');
    await writeFileAtomic(join(folder, 'bytes'), new Uint8Array([104, 105]));
    await writeFileAtomic(join(folder, 'pieces'), pieces());
    expect(await readFile(join(folder, 'text'), 'utf8')).toBe('hé');
    expect(await readFile(join(folder, 'bytes'), 'utf8')).toBe('hi');
    expect(await readFile(join(folder, 'pieces'), 'utf8')).toBe('hej');
    expect((await readdir(folder)).sort()).toEqual(['bytes', 'pieces', 'text']);
  });

  test('keeps the earlier version and leaves nothing behind when the content fails half-way', async () => {
    const path = join(folder, 'state.json');
    await writeFileAtomic(path, 'earlier');
    async function* broken() {
      yield new Uint8Array(10);
      throw new Error('source failed');
    }
    await expect(writeFileAtomic(path, broken())).rejects.toThrow('source failed');
    expect(await readFile(path, 'utf8')).toBe('earlier');
    expect(await readdir(folder)).toEqual(['state.json']);
  });

  test('lets concurrent writers of one path end with one whole version', async () => {
    const path = join(folder, 'shared');
    const versions = Array.from({ length: 8 }, (_, index) => String(index).repeat(50_000));
    await Promise.all(versions.map((version) => writeFileAtomic(path, version)));
    expect(versions).toContain(await readFile(path, 'utf8'));
    expect(await readdir(folder)).toEqual(['shared']);
  });
});

describe('writeFolderAtomic', () => {
  test('shows the folder only once it is filled', async () => {
    const path = join(folder, 'checkpoint');
    await writeFolderAtomic(path, async (temporary) => {
      await mkdir(join(temporary, 'inner'));
      await writeFile(join(temporary, 'inner', 'file'), 'new');
      expect(await readdir(folder)).not.toContain('checkpoint');
    });
    expect(await readFile(join(path, 'inner', 'file'), 'utf8')).toBe('new');
    expect(await readdir(folder)).toEqual(['checkpoint']);
  });

  test('replaces an earlier folder as a whole', async () => {
    const path = join(folder, 'checkpoint');
    await writeFolderAtomic(path, (temporary) => writeFile(join(temporary, 'old'), '1'));
    await writeFolderAtomic(path, (temporary) => writeFile(join(temporary, 'new'), '2'));
    expect(await readdir(path)).toEqual(['new']);
    expect(await readdir(folder)).toEqual(['checkpoint']);
  });

  test('keeps the earlier folder when filling fails', async () => {
    const path = join(folder, 'checkpoint');
    await writeFolderAtomic(path, (temporary) => writeFile(join(temporary, 'old'), '1'));
    const failing = writeFolderAtomic(path, async (temporary) => {
      await writeFile(join(temporary, 'half'), 'x');
      throw new Error('fill failed');
    });
    await expect(failing).rejects.toThrow('fill failed');
    expect(await readdir(path)).toEqual(['old']);
    expect(await readdir(folder)).toEqual(['checkpoint']);
  });
});

describe('repairFolder', () => {
  test('deletes leftovers of killed writers and nothing else', async () => {
    await writeFile(join(folder, '.metrics.jsonl.1-1.unfinished'), '');
    await mkdir(join(folder, '.step-10.1-2.unfinished'));
    await writeFile(join(folder, '.step-10.1-2.unfinished', 'part'), '');
    await writeFile(join(folder, 'metrics.jsonl'), '');
    await writeFile(join(folder, '.hidden'), '');
    await repairFolder(folder);
    expect((await readdir(folder)).sort()).toEqual(['.hidden', 'metrics.jsonl']);
  });

  test('puts back a folder whose replacement never arrived', async () => {
    await mkdir(join(folder, '.step-10.7-3.replaced'));
    await writeFile(join(folder, '.step-10.7-3.replaced', 'old'), '1');
    await mkdir(join(folder, '.step-10.7-2.unfinished'));
    await repairFolder(folder);
    expect(await readdir(folder)).toEqual(['step-10']);
    expect(await readdir(join(folder, 'step-10'))).toEqual(['old']);
  });

  test('drops a replaced folder whose replacement is there', async () => {
    await mkdir(join(folder, '.step-10.7-3.replaced'));
    await writeFile(join(folder, '.step-10.7-3.replaced', 'old'), '1');
    await mkdir(join(folder, 'step-10'));
    await writeFile(join(folder, 'step-10', 'new'), '2');
    await repairFolder(folder);
    expect(await readdir(folder)).toEqual(['step-10']);
    expect(await readdir(join(folder, 'step-10'))).toEqual(['new']);
  });
});

describe('on a full disk', () => {
  test('says so, keeps what was saved before and removes the unfinished part', async (context) => {
    const disk = await mountSmallDisk(folder);
    if (disk === null) {
      // Loud on purpose: without root rights the real thing cannot be tried.
      console.warn('SKIPPED: the full-disk test needs the right to mount a tmpfs.');
      return context.skip('needs the right to mount a tmpfs');
    }
    try {
      const file = join(disk, 'model.safetensors');
      await writeFileAtomic(file, 'earlier');
      const caught = await writeFileAtomic(file, new Uint8Array(2 ** 20)).catch((error) => error);
      expect(caught).toBeInstanceOf(CheckpointError);
      expect(caught.message).toMatch(/expected room.*ENOSPC.*kept unchanged.*Free some space/su);
      expect(await readFile(file, 'utf8')).toBe('earlier');

      const checkpoint = join(disk, 'checkpoint');
      await writeFolderAtomic(checkpoint, (temporary) => writeFile(join(temporary, 'ok'), '1'));
      const filling = writeFolderAtomic(checkpoint, async (temporary) => {
        await writeFile(join(temporary, 'first'), 'fits');
        await writeFile(join(temporary, 'second'), new Uint8Array(2 ** 20));
      });
      await expect(filling).rejects.toThrow(CheckpointError);
      expect(await readdir(checkpoint)).toEqual(['ok']);
      expect((await readdir(disk)).sort()).toEqual(['checkpoint', 'model.safetensors']);
    } finally {
      await run('umount', [disk]);
    }
  });
});

/** A disk of 256 KiB, or null where mounting is not allowed. */
async function mountSmallDisk(parent: string): Promise<string | null> {
  const disk = join(parent, 'disk');
  await mkdir(disk);
  try {
    await run('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', disk]);
    return disk;
  } catch {
    // No root, no mount command, or not Linux: the caller says that the test is skipped.
    return null;
  }
}
