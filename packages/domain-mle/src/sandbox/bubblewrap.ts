/**
 * The default sandbox on Linux: namespaces made by bubblewrap, limits set by prlimit inside them, a watchdog outside. Needs
 * no daemon and no root. A caller who is root is dropped to the uid of `nobody` first, because the kernel holds no process
 * limit for root, whatever it is called inside.
 */
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Sandbox, type SandboxMount, type SandboxRun, WORK_DIR } from './contract.ts';
import { closing, inheritedDescriptors } from './inherited.ts';
import { collectingShell, processLimits } from './shell.ts';
import { type Launch, supervise } from './supervise.ts';
import { systemCallFilter } from './system-calls.ts';
import { makeTemporary, removeTemporary } from './temporary.ts';

const NOBODY = 65534;
const FIRST_INPUT = 5;
const INSIDE_UID = 1000;

/** Folders of the system that programs need; nothing else of the host is visible. */
const SYSTEM_FOLDERS = ['/usr/bin', '/usr/lib', '/usr/lib32', '/usr/lib64', '/usr/share/zoneinfo'];
const SYSTEM_FILES = ['/etc/alternatives', '/etc/ld.so.cache', '/etc/localtime'];
const LINKS = ['bin', 'sbin', 'lib', 'lib32', 'lib64'];

/** Parts of what may be shown that hold published data sets, or whole applications with their data, this one among them. */
const SYSTEM_MASKS = [
  ...['/usr/lib/R', '/usr/lib/node_modules', '/usr/lib/debug', '/usr/local/lib/node_modules'],
  join(import.meta.dirname, '..', '..'),
];

/** The sandbox; nothing is checked before the first run. */
export function createBubblewrap(): Sandbox {
  const dropped = process.getuid?.() === 0;
  let stage: string | undefined;
  return {
    name: 'bubblewrap',
    isolated: true,
    canPrepare: true,
    run: (spec) => {
      const hidden = dropped ? spec.readOnly.filter(({ from }) => !openToAll(dirname(from))) : [];
      if (hidden.length > 0) stage ??= makeTemporary('taskspace-stage-');
      return supervise('bubblewrap', bubblewrapLaunch(spec, dropped, hidden, stage), spec);
    },
    async [Symbol.asyncDispose]() {
      if (stage !== undefined) removeTemporary(stage);
      stage = undefined;
    },
  };
}

function bubblewrapLaunch(
  spec: SandboxRun,
  dropped: boolean,
  hidden: readonly SandboxMount[],
  stage: string | undefined,
): Launch {
  const { limits } = spec;
  const quarter = Math.ceil(limits.diskBytes / 4);
  const folders = [
    { path: '/dev/shm', bytes: quarter },
    { path: '/tmp', bytes: quarter },
    { path: WORK_DIR, bytes: limits.diskBytes },
  ];
  // What lies below a folder that only root may enter is mounted again, in a namespace of the run's own, where nobody may.
  const moved = new Map<string, string>();
  for (const [index, { from }] of hidden.entries()) {
    const to = join(stage!, `${index}-${statSync(from).isDirectory() ? 'folder' : 'file'}`);
    if (to.endsWith('folder')) mkdirSync(to, { recursive: true });
    else writeFileSync(to, '');
    moved.set(from, to);
  }
  const inputs: Uint8Array[] = [];
  const input = (bytes: Uint8Array): string => String(FIRST_INPUT + inputs.push(bytes));
  const filter = systemCallFilter(process.arch);
  const args = [
    ...['--unshare-all', '--unshare-user', '--disable-userns', '--die-with-parent'],
    ...['--new-session', '--clearenv', '--cap-drop', 'ALL', '--json-status-fd', '4'],
    ...['--uid', String(INSIDE_UID), '--gid', String(INSIDE_UID), '--hostname', 'sandbox'],
    ...Object.entries(spec.env).flatMap(([name, value]) => ['--setenv', name, value]),
    ...systemMounts(),
    ...['--proc', '/proc', '--dev', '/dev'],
    // Reads the same, but cannot be mapped: shared mappings of /dev/zero are memory that no process counts as its own.
    ...['--dev-bind', '/dev/full', '/dev/zero'],
    ...folders.flatMap(({ path, bytes }) => ['--size', String(bytes), '--tmpfs', path]),
    // After the writable folders, since what is shown may lie below a /tmp of the host.
    ...spec.readOnly.flatMap(({ from, to }) => ['--ro-bind', moved.get(from) ?? from, to]),
    ...[...SYSTEM_MASKS, ...spec.masked].filter(isShown(spec)).flatMap(emptyFolder),
    ...spec.files.flatMap(({ path, content }) => [
      '--perms',
      '0444',
      '--ro-bind-data',
      input(content),
      path,
    ]),
    ...(filter === null ? [] : ['--seccomp', input(filter)]),
    ...['--remount-ro', '/dev', '--remount-ro', '/', '--chdir', WORK_DIR],
  ];
  // Through a descriptor, because a command line can be read inside through /proc/1.
  inputs.unshift(new TextEncoder().encode(`${args.join('\0')}\0`));
  return {
    argv: [
      ...closing(inheritedDescriptors(FIRST_INPUT + inputs.length)),
      ...(moved.size === 0 ? [] : remounted(moved)),
      ...(dropped ? withoutRoot() : []),
      ...['bwrap', '--args', String(FIRST_INPUT)],
      ...['--', ...processLimits(limits), ...collectingShell(spec, true)],
    ],
    env: { PATH: '/usr/local/bin:/usr/bin:/bin' },
    cwd: '/',
    inputs,
    folders,
    ownGroup: false,
  };
}

function systemMounts(): string[] {
  return [
    ...[...SYSTEM_FOLDERS, ...SYSTEM_FILES].flatMap((path) => ['--ro-bind-try', path, path]),
    // Where /bin is a folder of its own it is shown; elsewhere it is a link into /usr.
    ...LINKS.flatMap((name) => {
      const link = `/${name}`;
      const found = statSync(link, { throwIfNoEntry: false });
      const target = statSync(`/usr/${name}`, { throwIfNoEntry: false });
      if (found === undefined) return [];
      return target !== undefined && found.ino === target.ino
        ? ['--symlink', `usr/${name}`, link]
        : ['--ro-bind', link, link];
    }),
  ];
}

/** A mask is laid only over what a mount shows: bubblewrap cannot make its folder elsewhere. */
function isShown({ readOnly }: SandboxRun): (path: string) => boolean {
  const mounts = [...SYSTEM_FOLDERS.map((path) => ({ from: path, to: path })), ...readOnly];
  return (path) =>
    mounts.some(({ from, to }) => {
      if (path !== to && !path.startsWith(`${to}/`)) return false;
      const host = from + path.slice(to.length);
      return statSync(host, { throwIfNoEntry: false })?.isDirectory() === true;
    });
}

function emptyFolder(path: string): string[] {
  return ['--size', '4096', '--perms', '0555', '--tmpfs', path, '--remount-ro', path];
}

function remounted(moved: ReadonlyMap<string, string>): string[] {
  const script =
    'while [ "$1" != -- ]; do mount --bind "$1" "$2" || exit 1; shift 2; done; shift; exec "$@"';
  const pairs = [...moved].flat();
  return [
    'unshare',
    '-m',
    '--propagation',
    'private',
    '--',
    '/bin/sh',
    '-c',
    script,
    'sh',
    ...pairs,
    '--',
  ];
}

function withoutRoot(): string[] {
  const id = String(NOBODY);
  return ['setpriv', '--reuid', id, '--regid', id, '--clear-groups', '--no-new-privs', '--'];
}

/** Whether anybody may enter every folder on the way; one that is not there is left to bubblewrap to report. */
function openToAll(folder: string): boolean {
  const found = statSync(folder, { throwIfNoEntry: false });
  if (found !== undefined && (found.mode & 0o001) === 0) return false;
  return folder === dirname(folder) || openToAll(dirname(folder));
}
