/**
 * Finds a Python that has the packages solutions count on, or makes one: a virtual environment with pinned wheels in the
 * user's cache folder. Nobody installs anything by hand.
 */
import { createHash } from 'node:crypto';
import { access, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { defaultCacheFolder } from '../cache-folder.ts';
import type { SandboxMount } from '../sandbox/contract.ts';
import { SandboxError } from '../sandbox/error.ts';
import type { SandboxFinding } from '../sandbox/find.ts';
import { inspectPython, type PythonFacts } from './inspect.ts';
import { labelFolders } from './label-folders.ts';
import { OLDEST_ACCEPTED, pinsFor } from './requirements.ts';

/** A Python ready to run solutions. */
export interface PythonRuntime {
  readonly executable: string;
  /** As in `3.11.2`. */
  readonly version: string;
  /** Versions by import name: numpy, pandas, sklearn and further known ones that are there. */
  readonly packages: Readonly<Record<string, string>>;
  /** What a sandbox must show for it to run. */
  readonly readOnly: readonly SandboxMount[];
  /** Folders of data sets with their labels that a sandbox must hide. */
  readonly masked: readonly string[];
}

/** How a Python is looked for. */
export interface FindPythonOptions {
  /** Only this interpreter; its packages are taken as they are. */
  readonly executable?: string;
  /** Where environments are made; default the user's cache folder. */
  readonly cacheFolder?: string;
  /** False forbids making an environment. Default true. */
  readonly provision?: boolean;
  /** Told once when packages are about to be downloaded. */
  readonly onNotice?: (message: string) => void;
  readonly signal?: AbortSignal;
}

/** Interpreters tried, in order: those of the system first, since every user may read them. */
const CANDIDATES = [
  '/usr/bin/python3',
  'python3',
  'python3.12',
  'python3.11',
  'python3.13',
  'python3.10',
  'python3.14',
  '/usr/local/bin/python3',
  '/opt/homebrew/bin/python3',
];

/** Counted up when environments are made differently, so that old ones are not taken for new ones. */
const LAYOUT = 2;

const INSTALL_TIMEOUT_MS = 15 * 60_000;

/**
 * A Python with numpy, pandas and scikit-learn: the one asked for, one made earlier, the system's, or a new environment.
 *
 * @throws {@link SandboxError} when none is there and none can be made; the message names the command that helps.
 */
export async function findPython({
  executable,
  cacheFolder = defaultCacheFolder(),
  provision = true,
  onNotice,
  signal,
}: FindPythonOptions = {}): Promise<PythonRuntime> {
  if (executable !== undefined) {
    const facts = await inspectPython(executable, signal);
    if (facts === null) throw noPython(`${executable} does not run`);
    if (!suffices(facts)) throw noPython(`${executable} has ${listPackages(facts)}`);
    return runtimeOf(facts);
  }
  const found = new Map<string, PythonFacts>();
  for (const candidate of CANDIDATES) {
    const facts = await inspectPython(candidate, signal);
    if (facts === null || found.has(facts.executable)) continue;
    found.set(facts.executable, facts);
    const made = await inspectPython(environmentPython(cacheFolder, facts), signal);
    if (made !== null && suffices(made)) return runtimeOf(made);
    if (suffices(facts)) return runtimeOf(facts);
  }
  const bases = [...found.values()].filter(({ version }) => pinsFor(version) !== null);
  if (bases.length === 0) {
    const seen = [...found.values()].map(({ version }) => version).join(', ');
    throw noPython(seen === '' ? 'no python3 was found' : `found only Python ${seen}`);
  }
  if (!provision) throw noPython(`${bases[0]!.executable} has ${listPackages(bases[0]!)}`);
  const problems: string[] = [];
  for (const base of bases) {
    try {
      const pip = bases.find(({ hasPip }) => hasPip) ?? base;
      const made = await makeEnvironment(base, pip.executable, cacheFolder, onNotice, signal);
      if (made !== null && suffices(made)) return runtimeOf(made);
      problems.push(`${base.executable}: the packages did not import`);
    } catch (error) {
      signal?.throwIfAborted();
      problems.push(`${base.executable}: ${lastLine(error)}`);
    }
  }
  throw noPython(`an environment could not be made (${problems.join('; ')})`);
}

/** What `taskspace doctor` says about Python; downloads nothing. */
export async function pythonReport(cacheFolder?: string): Promise<SandboxFinding> {
  const name = 'python';
  try {
    const options = cacheFolder === undefined ? {} : { cacheFolder };
    const { executable, version, packages } = await findPython({ ...options, provision: false });
    const listed = Object.entries(packages).map((entry) => entry.join(' '));
    return { name, status: 'ok', detail: `${version} at ${executable} with ${listed.join(', ')}` };
  } catch (error) {
    if (!(error instanceof SandboxError)) throw error;
    const facts = await Promise.all(CANDIDATES.map((candidate) => inspectPython(candidate)));
    const base = facts.find((each) => each?.hasPip === true && pinsFor(each.version) !== null);
    if (base == null)
      return { name, status: 'broken', detail: error.message, fix: installCommand() };
    const detail = `${base.version} at ${base.executable}; its packages are fetched before the first run`;
    return { name, status: 'absent', detail };
  }
}

function environmentPython(cacheFolder: string, { executable, version }: PythonFacts): string {
  const key = createHash('sha256')
    .update(JSON.stringify([LAYOUT, executable, version, pinsFor(version)]))
    .digest('hex')
    .slice(0, 12);
  return join(cacheFolder, 'python', `${version}-${key}`, 'bin', 'python');
}

/** Makes the environment beside its place and moves it there whole, so that an interrupted download leaves nothing behind. */
async function makeEnvironment(
  base: PythonFacts,
  pip: string,
  cacheFolder: string,
  onNotice: FindPythonOptions['onNotice'],
  signal: AbortSignal | undefined,
): Promise<PythonFacts | null> {
  const python = environmentPython(cacheFolder, base);
  const place = dirname(dirname(python));
  const pins = Object.entries(pinsFor(base.version)!).map(([name, pin]) => `${name}==${pin}`);
  onNotice?.(
    `Making a Python ${base.version} environment in ${place} with ${pins.join(', ')}: about 100 MB to download.`,
  );
  await mkdir(dirname(place), { recursive: true });
  const draft = await mkdtemp(join(dirname(place), '.making-'));
  const options = {
    timeout: INSTALL_TIMEOUT_MS,
    stdin: 'ignore',
    ...(signal === undefined ? {} : { cancelSignal: signal }),
  } as const;
  try {
    // Debian splits pip's bundle off; another Python's pip can install into an environment without one.
    await execa(base.executable, ['-m', 'venv', '--without-pip', draft], options);
    const args = ['install', '--quiet', '--disable-pip-version-check', '--only-binary', ':all:'];
    await execa(
      pip,
      ['-m', 'pip', '--python', join(draft, 'bin', 'python'), ...args, ...pins],
      options,
    );
    // What is not there need not be hidden from every run.
    const sites = (await inspectPython(join(draft, 'bin', 'python'), signal))?.sitePackages ?? [];
    const own = (await labelFolders(sites)).filter((folder) => folder.startsWith(draft));
    await Promise.all(own.map((folder) => rm(folder, { recursive: true })));
    await execa('chmod', ['-R', 'a+rX', draft], options);
    await rename(draft, place).catch(async (error: unknown) => {
      // Another process made the same one first.
      await access(python).catch(() => Promise.reject(error));
    });
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return inspectPython(python, signal);
}

function suffices({ packages }: PythonFacts): boolean {
  return Object.entries(OLDEST_ACCEPTED).every(([name, oldest]) => {
    const version = packages[name];
    return version !== undefined && atLeast(version, oldest);
  });
}

function atLeast(version: string, oldest: string): boolean {
  const [left, right] = [version, oldest].map((text) => text.split('.').map(Number));
  const [major = 0, minor = 0] = left!;
  return major > right![0]! || (major === right![0] && minor >= right![1]!);
}

async function runtimeOf(facts: PythonFacts): Promise<PythonRuntime> {
  return {
    executable: facts.executable,
    version: facts.version,
    packages: facts.packages,
    readOnly: facts.folders.map((path) => ({ from: path, to: path })),
    masked: await labelFolders(facts.sitePackages),
  };
}

function listPackages({ packages, version }: PythonFacts): string {
  const names = Object.keys(OLDEST_ACCEPTED);
  return `Python ${version} with ${names.map((name) => `${name} ${packages[name] ?? 'missing'}`).join(', ')}`;
}

function lastLine(error: unknown): string {
  const { stderr, shortMessage } = error as { stderr?: string; shortMessage?: string };
  const line = stderr?.trim().split('\n').at(-1);
  return line !== undefined && line !== '' ? line : (shortMessage ?? String(error));
}

function noPython(got: string): SandboxError {
  const wanted = Object.entries(OLDEST_ACCEPTED).map(([name, oldest]) => `${name} >= ${oldest}`);
  return new SandboxError(
    'TASKSPACE_ERR_PYTHON',
    `Python for solutions: expected python3 with ${wanted.join(', ')}, or a python3 (3.10 to 3.14) with pip to install them ` +
      `with; ${got}. Install them with: ${installCommand()}`,
  );
}

function installCommand(): string {
  return process.platform === 'darwin'
    ? 'brew install python@3.12'
    : 'sudo apt-get install -y python3-sklearn python3-pandas';
}
