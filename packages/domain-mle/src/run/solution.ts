/** Runs one solution of a competition in the sandbox and says what came of it; scoring is somebody else's. */
import { type Budget, sharedBudget } from '../budget/budget.ts';
import type { PythonRuntime } from '../python/python.ts';
import type { Sandbox, SandboxLimits, SandboxResult, SandboxRun } from '../sandbox/contract.ts';
import { WORK_DIR } from '../sandbox/contract.ts';
import { COLLECT_BYTES } from '../sandbox/supervise.ts';
import { type PublicFolder, preparePublicFolder } from './public-folder.ts';
import { quoteTrace, safeText } from './safe-text.ts';
import { createWarmPool, type WarmPool } from './warm-pool.ts';

/** Why a solution earned nothing. */
export type SolutionFailure =
  | 'bad-code'
  | 'crash'
  | 'timeout'
  | 'memory'
  | 'processes'
  | 'output'
  | 'disk'
  | 'no-submission'
  | 'invalid-submission';

/** What came of one run. */
export interface SolutionOutcome {
  /** `valid`: ended well and left a submission, which may still turn out not to be gradable. */
  readonly outcome: 'valid' | 'error';
  readonly kind?: SolutionFailure;
  /** Bytes of `submission.csv`, hostile. */
  readonly submission: Uint8Array | null;
  /** Made safe to print and to quote; head and tail when long. */
  readonly stdout: string;
  /** Like `stdout`. */
  readonly stderr: string;
  /** Why it failed, short, safe to quote in a prompt; empty when it did not. */
  readonly trace: string;
  readonly durationMs: number;
  readonly peakMemoryBytes: number;
}

/** Runs solutions of one competition. */
export interface SolutionRunner extends AsyncDisposable {
  /**
   * @param code - The policy's program, hostile.
   * @throws the signal's reason when aborted, {@link SandboxError} when the machine, not the program, is at fault.
   */
  run(code: string, signal?: AbortSignal): Promise<SolutionOutcome>;
}

/** What a runner is made from. */
export interface SolutionRunnerOptions {
  readonly sandbox: Sandbox;
  readonly python: PythonRuntime;
  /** Shown to the program, read-only, at {@link DATA_DIR}. */
  readonly publicDir: string;
  /** Folders no program may see, wherever they lie: private answers, the packages that ship them. */
  readonly hidden?: readonly string[];
  readonly limits?: Partial<SandboxLimits>;
  /** Threads numeric libraries use; cores divided by runs at a time. Default 1. */
  readonly threads?: number;
  /** Workers kept ready with the libraries loaded, each used for one run. Default 0: every run starts cold. */
  readonly warm?: number;
  /** Where each run waits for its cores and memory. Default the one all runs of this process share. */
  readonly budget?: Budget;
}

/** Where a program finds the competition's public files; also under `input` and `data` in its work folder. */
export const DATA_DIR = '/data';

/** Bounds unless a competition sets its own; the time is the ExIt paper's. */
export const DEFAULT_LIMITS: SandboxLimits = {
  wallMs: 300_000,
  cpuSeconds: 600,
  memoryBytes: 4 * 1024 ** 3,
  processes: 128,
  fileBytes: 512 * 1024 ** 2,
  inodes: 20_000,
  outputBytes: 16 * 1024 ** 2,
  diskBytes: 1024 ** 3,
};

/** Longest program taken; a person's are a hundredth of it. */
export const CODE_BYTES = 1024 ** 2;

/** A runner; nothing starts before the first run unless workers are kept warm. */
export function createSolutionRunner({
  sandbox,
  python,
  publicDir,
  hidden = [],
  limits = {},
  threads = 1,
  warm = 0,
  budget = sharedBudget(),
}: SolutionRunnerOptions): SolutionRunner {
  const bounds = { ...DEFAULT_LIMITS, ...limits };
  const lifetime = new AbortController();
  let opened: Promise<{ folder: PublicFolder; pool: WarmPool; shared: SharedSpec }> | undefined;
  const open = async () => {
    const folder = await preparePublicFolder(publicDir, hidden);
    const shared = sharedSpec(python, folder.path, hidden, bounds, threads);
    return {
      folder,
      shared,
      pool: createWarmPool(sandbox, shared, python, sandbox.canPrepare === true ? warm : 0),
    };
  };
  return {
    async run(code, signal) {
      lifetime.signal.throwIfAborted();
      const problem = codeProblem(code);
      if (problem !== null) return refused(problem);
      opened ??= open();
      const { shared, pool } = await opened;
      const both = AbortSignal.any([lifetime.signal, ...(signal === undefined ? [] : [signal])]);
      both.throwIfAborted();
      const bytes = new TextEncoder().encode(code);
      const work = async (): Promise<SandboxResult> =>
        (await pool.run(bytes, both)) ??
        (await sandbox.run({
          ...shared,
          argv: [python.executable, '-s', 'solution.py'],
          files: [{ path: `${WORK_DIR}/solution.py`, content: bytes }],
          signal: both,
        }));
      const cost = { cores: threads, memoryBytes: bounds.memoryBytes };
      const result = await budget.run(cost, work, both);
      both.throwIfAborted();
      return outcomeOf(result, bounds);
    },
    async [Symbol.asyncDispose]() {
      lifetime.abort(new Error('solution runner: disposed of while running.'));
      const made = await opened?.catch(() => undefined); // its error went to whoever ran first
      await made?.pool[Symbol.asyncDispose]();
      await made?.folder[Symbol.asyncDispose]();
    },
  };
}

/** What all runs of one runner share. */
export type SharedSpec = Omit<SandboxRun, 'argv' | 'files' | 'stdin' | 'signal'>;

function sharedSpec(
  python: PythonRuntime,
  publicFolder: string,
  hidden: readonly string[],
  limits: SandboxLimits,
  threads: number,
): SharedSpec {
  const shown = [DATA_DIR, `${WORK_DIR}/input`, `${WORK_DIR}/data`];
  return {
    readOnly: [...python.readOnly, ...shown.map((to) => ({ from: publicFolder, to }))],
    masked: [...python.masked, ...hidden],
    env: environment(threads),
    collect: 'submission.csv',
    limits,
  };
}

function environment(threads: number): Record<string, string> {
  const count = String(threads);
  const threadNames = ['OMP', 'OPENBLAS', 'MKL', 'BLIS', 'NUMEXPR', 'VECLIB'];
  return {
    PATH: '/usr/bin:/bin',
    HOME: WORK_DIR,
    TMPDIR: '/tmp',
    LANG: 'C.UTF-8',
    PUBLIC_RESOURCE_PATH: DATA_DIR,
    PYTHONDONTWRITEBYTECODE: '1',
    PYTHONUNBUFFERED: '1',
    PYTHONUTF8: '1',
    // The order of sets and of dictionaries made from them is the same in every run.
    PYTHONHASHSEED: '0',
    LOKY_MAX_CPU_COUNT: count,
    ...Object.fromEntries(threadNames.map((name) => [`${name}_NUM_THREADS`, count])),
  };
}

function codeProblem(code: string): string | null {
  const bytes = Buffer.byteLength(code);
  if (bytes > CODE_BYTES) {
    return `solution.py: expected at most ${CODE_BYTES} bytes, got ${bytes}. Write a shorter program.`;
  }
  const nul = code.indexOf('\0');
  if (nul !== -1) {
    return `solution.py: expected text, got a NUL byte at character ${nul + 1}. Leave it out.`;
  }
  if (code.trim() === '') return 'solution.py: expected a program, got nothing.';
  return null;
}

function refused(trace: string): SolutionOutcome {
  return {
    outcome: 'error',
    kind: 'bad-code',
    submission: null,
    stdout: '',
    stderr: '',
    trace,
    durationMs: 0,
    peakMemoryBytes: 0,
  };
}

function outcomeOf(result: SandboxResult, limits: SandboxLimits): SolutionOutcome {
  const { stdout, stderr, durationMs, peakMemoryBytes, collected } = result;
  const failure = failureOf(result, limits);
  return {
    outcome: failure === null ? 'valid' : 'error',
    ...(failure === null ? {} : { kind: failure.kind }),
    submission: failure === null ? collected : null,
    stdout: safeText(stdout),
    stderr: safeText(stderr),
    trace: failure === null ? '' : quoteTrace(stderr, failure.reason),
    durationMs,
    peakMemoryBytes,
  };
}

/** Why it failed, and a sentence where the program itself said nothing. */
function failureOf(
  { killed, exitCode, stderr, collected }: SandboxResult,
  limits: SandboxLimits,
): { readonly kind: SolutionFailure; readonly reason: string } | null {
  const stopped = (kind: SolutionFailure, limit: string) => ({
    kind,
    reason: `Stopped: ${limit}.`,
  });
  switch (killed) {
    case 'wall':
      return stopped('timeout', `it ran longer than ${limits.wallMs / 1000} seconds`);
    case 'cpu':
      return stopped('timeout', `it used more than ${limits.cpuSeconds} seconds of processor time`);
    case 'memory':
      return stopped('memory', `it used more than ${mebibytes(limits.memoryBytes)} of memory`);
    case 'processes':
      return stopped('processes', `it started ${limits.processes} processes or threads`);
    case 'output':
      return stopped('output', `it printed more than ${mebibytes(limits.outputBytes)}`);
    case 'disk':
      return stopped('disk', `it made more than ${limits.inodes} files`);
    case 'signal':
      return stopped('crash', 'the run was ended from outside');
  }
  const last = stderr.trimEnd().split('\n').at(-1) ?? '';
  if (exitCode !== 0) {
    const reason = `It ended with exit code ${exitCode}.`;
    if (/^(?:\w+\.)*_?(?:Array)?MemoryError\b/u.test(last)) return { kind: 'memory', reason };
    if (/^OSError: \[Errno (?:27|28)\]/u.test(last)) return { kind: 'disk', reason };
    return { kind: 'crash', reason };
  }
  if (collected === null) {
    const reason =
      'It ended without an error but left no submission.csv with content as a plain file.';
    return { kind: 'no-submission', reason };
  }
  if (collected.length > COLLECT_BYTES) {
    const reason = `submission.csv: expected at most ${mebibytes(COLLECT_BYTES)}, got more.`;
    return { kind: 'invalid-submission', reason };
  }
  return null;
}

function mebibytes(bytes: number): string {
  return `${Math.round(bytes / 1024 ** 2)} MiB`;
}
