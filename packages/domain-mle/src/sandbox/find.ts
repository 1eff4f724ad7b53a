/** Which sandbox this machine has, tried for real, and what to do when it has none. */
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { createBubblewrap } from './bubblewrap.ts';
import { createContainer, createGvisor } from './container.ts';
import type { Sandbox, SandboxLimits } from './contract.ts';
import { SandboxError } from './error.ts';
import { createSeatbelt } from './seatbelt.ts';
import { createUnsafe } from './unsafe.ts';

/** What `taskspace doctor` says about one sandbox. */
export interface SandboxFinding {
  readonly name: string;
  /** `ok`: it ran a program; `absent`: a program it needs is not installed; `broken`: it is there but does not start. */
  readonly status: 'ok' | 'absent' | 'broken';
  /** What is missing or was said, in words. */
  readonly detail: string;
  /** The one command that helps; absent when nothing is needed or no single command does. */
  readonly fix?: string;
}

/** How a sandbox is chosen. */
export interface FindSandboxOptions {
  /** True runs programs without any isolation. */
  readonly unsafe?: boolean;
  /** The name of the only sandbox to try. */
  readonly prefer?: string;
  /** Told on every run of an unsafe sandbox. Default `console.warn`. */
  readonly warn?: (message: string) => void;
}

interface Candidate {
  readonly name: string;
  readonly platforms: readonly NodeJS.Platform[];
  /** Programs it is made of, each with the Debian package that has it; null when none does. */
  readonly programs: Readonly<Record<string, string | null>>;
  readonly create: () => Sandbox;
}

const CANDIDATES: readonly Candidate[] = [
  {
    name: 'bubblewrap',
    platforms: ['linux'],
    programs: {
      bwrap: 'bubblewrap',
      prlimit: 'util-linux',
      setpriv: 'util-linux',
      unshare: 'util-linux',
    },
    create: createBubblewrap,
  },
  {
    name: 'podman',
    platforms: ['linux', 'darwin'],
    programs: { podman: 'podman' },
    create: () => createContainer('podman'),
  },
  {
    name: 'docker',
    platforms: ['linux', 'darwin'],
    programs: { docker: 'docker.io' },
    create: () => createContainer('docker'),
  },
  {
    name: 'gvisor',
    platforms: ['linux'],
    programs: { runsc: null },
    create: createGvisor,
  },
  {
    name: 'sandbox-exec',
    platforms: ['darwin'],
    programs: { 'sandbox-exec': null },
    create: createSeatbelt,
  },
];

/** Known messages of launchers, and what makes them go away. */
const KNOWN_FAULTS: readonly (readonly [RegExp, string, string | undefined])[] = [
  [
    /setting up uid map: Permission denied|Failed RTM_NEWADDR|RTM_NEWADDR: Operation not permitted/u,
    'AppArmor keeps programs without a profile from making user namespaces',
    'sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0',
  ],
  [
    /No permissions to create (?:a )?new namespace|Creating new namespace failed/u,
    'this machine or container forbids user namespaces',
    'sudo sysctl -w kernel.unprivileged_userns_clone=1',
  ],
  [
    /Can't mount proc|mount proc on/u,
    'this container hides parts of /proc: start it with --security-opt systempaths=unconfined',
    undefined,
  ],
  [
    /unshare failed|unshare: .*Operation not permitted|mount: .*permission denied/u,
    'this container gives its root no right to mount: start it with --cap-add SYS_ADMIN, or run as another user',
    undefined,
  ],
  [/Unknown option/u, 'bubblewrap is older than 0.8', 'sudo apt-get install -y bubblewrap'],
  [
    /Cannot connect to the Docker daemon|permission denied while trying to connect/u,
    'its daemon does not run, or this user may not use it',
    'sudo systemctl start docker',
  ],
];

const PROBE_LIMITS: SandboxLimits = {
  wallMs: 20_000,
  cpuSeconds: 20,
  memoryBytes: 512 * 1024 ** 2,
  processes: 64,
  fileBytes: 1024 ** 2,
  inodes: 1_000,
  outputBytes: 1024 ** 2,
  diskBytes: 4 * 1024 ** 2,
};

/**
 * The first sandbox that runs a program on this machine.
 *
 * @throws {@link SandboxError} when none does; the message names what is missing and the one command that installs it.
 */
export async function findSandbox({
  unsafe = false,
  prefer,
  warn,
}: FindSandboxOptions = {}): Promise<Sandbox> {
  if (unsafe) return createUnsafe(warn);
  const candidates = usable().filter(({ name }) => prefer === undefined || name === prefer);
  if (candidates.length === 0) {
    throw missing(
      `${prefer ?? process.platform}: expected one of ${CANDIDATES.map(({ name }) => name).join(', ')} on its platform`,
      [],
    );
  }
  const findings: SandboxFinding[] = [];
  for (const candidate of candidates) {
    const finding = await probe(candidate);
    if (finding.status === 'ok') return candidate.create();
    findings.push(finding);
  }
  throw missing('none works', findings);
}

/** Every sandbox of this platform, tried; the first that is `ok` is the one {@link findSandbox} takes. */
export async function sandboxReport(): Promise<readonly SandboxFinding[]> {
  return Promise.all(usable().map(probe));
}

function usable(): readonly Candidate[] {
  return CANDIDATES.filter(({ platforms }) => platforms.includes(process.platform));
}

async function probe({ name, programs, create }: Candidate): Promise<SandboxFinding> {
  for (const [program, debianPackage] of Object.entries(programs)) {
    if (program === 'setpriv' && process.getuid?.() !== 0) continue;
    if (await onPath(program)) continue;
    return {
      name,
      status: 'absent',
      detail: `${program} is not installed`,
      ...(debianPackage !== null && { fix: `sudo apt-get install -y ${debianPackage}` }),
    };
  }
  const sandbox = create();
  try {
    const { exitCode, stderr } = await sandbox.run({
      argv: ['/usr/bin/env', 'true'],
      readOnly: [],
      masked: [],
      env: { PATH: '/usr/bin:/bin' },
      files: [],
      collect: 'none',
      limits: PROBE_LIMITS,
    });
    if (exitCode === 0) return { name, status: 'ok', detail: 'ran a program' };
    return { name, status: 'broken', detail: explained(stderr, exitCode).detail };
  } catch (error) {
    return { name, status: 'broken', ...explained(String((error as Error).message), null) };
  } finally {
    await sandbox[Symbol.asyncDispose]();
  }
}

function explained(
  said: string,
  exitCode: number | null,
): { readonly detail: string; readonly fix?: string } {
  const known = KNOWN_FAULTS.find(([pattern]) => pattern.test(said));
  const heard = said.trim() === '' ? `exit code ${exitCode}` : said.trim().slice(0, 300);
  if (known === undefined) return { detail: heard };
  const [, detail, fix] = known;
  return { detail: `${detail} (${heard})`, ...(fix === undefined ? {} : { fix }) };
}

async function onPath(program: string): Promise<boolean> {
  const folders = [
    ...(process.env.PATH ?? '').split(delimiter),
    '/usr/local/bin',
    '/usr/bin',
    '/bin',
  ];
  for (const folder of folders) {
    const found = await access(join(folder, program), constants.X_OK).then(
      () => true,
      () => false, // most folders do not have it
    );
    if (found) return true;
  }
  return false;
}

function missing(what: string, findings: readonly SandboxFinding[]): SandboxError {
  const [first] = findings;
  const seen = findings.map(({ name, detail }) => `${name}: ${detail}`).join('; ');
  const advice =
    first?.fix === undefined
      ? 'See "taskspace doctor".'
      : `${first.status === 'absent' ? 'Install it with' : 'Mend it with'}: ${first.fix}`;
  return new SandboxError(
    'TASKSPACE_ERR_SANDBOX_MISSING',
    `sandbox: expected one that can run model-written code, ${what}${seen === '' ? '' : ` (${seen})`}. ${advice} ` +
      'To run without isolation, at your own risk, set unsafe: true.',
  );
}
