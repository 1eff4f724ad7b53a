/**
 * macOS, for development: sandbox-exec keeps programs from the network and from files outside their folder. It holds no
 * memory or process limits; time and output are held.
 */
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Sandbox, SandboxRun } from './contract.ts';
import { supervise } from './supervise.ts';
import { unsafeLaunch } from './unsafe.ts';

/** The sandbox; nothing is checked before the first run. */
export function createSeatbelt(): Sandbox {
  return {
    name: 'sandbox-exec',
    isolated: true,
    canPrepare: true,
    async run(spec) {
      const folder = await realpath(await mkdtemp(join(tmpdir(), 'taskspace-seatbelt-')));
      try {
        const launch = await unsafeLaunch(spec, folder);
        const argv = ['sandbox-exec', '-p', seatbeltProfile(spec, folder), ...launch.argv];
        return await supervise('sandbox-exec', { ...launch, argv }, spec);
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
    async [Symbol.asyncDispose]() {},
  };
}

/** What a program may do, in the profile language of macOS; later rules win. */
export function seatbeltProfile({ readOnly, masked }: SandboxRun, folder: string): string {
  const below = (path: string) => `(subpath ${JSON.stringify(path)})`;
  const system = ['/usr', '/bin', '/System', '/Library/Frameworks', '/opt/homebrew', '/dev'];
  const shown = [...system, ...readOnly.map(({ from }) => from), folder].map(below).join(' ');
  return [
    '(version 1)',
    '(deny default)',
    '(allow process-fork) (allow process-exec) (allow sysctl-read) (allow signal (target same-sandbox))',
    '(allow file-read-metadata)',
    `(allow file-read* (literal "/") (literal "/private/var/db/timezone") ${shown})`,
    ...(masked.length === 0 ? [] : [`(deny file-read* ${masked.map(below).join(' ')})`]),
    `(allow file-write* ${below(folder)} (literal "/dev/null"))`,
  ].join('\n');
}
