import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const made = new Set<string>();

/** A new folder that anybody may enter but only its owner change; goes at the latest when this process ends. */
export function makeTemporary(prefix: string): string {
  const folder = mkdtempSync(join(tmpdir(), prefix));
  chmodSync(folder, 0o755);
  if (made.size === 0) process.once('exit', removeAll);
  made.add(folder);
  return folder;
}

/** Removes a folder that {@link makeTemporary} made. */
export function removeTemporary(folder: string): void {
  made.delete(folder);
  if (made.size === 0) process.off('exit', removeAll);
  rmSync(folder, { recursive: true, force: true });
}

function removeAll(): void {
  for (const folder of made) rmSync(folder, { recursive: true, force: true });
}
