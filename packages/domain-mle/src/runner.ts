/** One call that runs a solution of a competition and scores it: sandbox, Python, grader and budget put together. */
import type { Budget } from './budget/budget.ts';
import { createOnce } from './budget/once.ts';
import {
  type Competition,
  type CompetitionSource,
  loadCompetition,
} from './competitions/competition.ts';
import { grade } from './competitions/grade.ts';
import { type FindPythonOptions, findPython, type PythonRuntime } from './python/python.ts';
import { safeText } from './run/safe-text.ts';
import {
  createSolutionRunner,
  type SolutionFailure,
  type SolutionOutcome,
} from './run/solution.ts';
import type { Sandbox, SandboxLimits } from './sandbox/contract.ts';
import { findSandbox } from './sandbox/find.ts';

/** What a solution earned, and why. */
export interface CompetitionOutcome {
  readonly outcome: 'valid' | 'error';
  readonly kind?: SolutionFailure;
  /** In the metric's own units. */
  readonly score?: number;
  /** Normalised score in [0, 1]; 0 for an error. */
  readonly reward: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Why it earned nothing, safe to quote in a prompt; empty when it earned something. */
  readonly trace: string;
  readonly durationMs: number;
  readonly peakMemoryBytes: number;
}

/** Runs and scores solutions of one competition. */
export interface CompetitionRunner extends AsyncDisposable {
  /** The sandbox's name, for reports; `unsafe` when there is none. */
  readonly sandbox: () => Promise<string>;
  /**
   * The same program is run once.
   *
   * @param code - A Python program, hostile.
   * @throws the signal's reason when aborted; {@link SandboxError}, {@link CompetitionError} or {@link ConfigError} when the
   *   machine or the competition, not the program, is at fault.
   */
  run(code: string, signal?: AbortSignal): Promise<CompetitionOutcome>;
}

/** What a runner is made from. */
export interface CompetitionRunnerOptions extends CompetitionSource {
  /** Go before the manifest's own. */
  readonly limits?: Partial<SandboxLimits>;
  /** Default the one that all runs of this process share. */
  readonly budget?: Budget;
  /** Default the first that works on this machine. */
  readonly sandbox?: Sandbox;
  /** Runs programs without isolation when no sandbox is given. */
  readonly unsafe?: boolean;
  /** Default one found or made. */
  readonly python?: PythonRuntime | FindPythonOptions;
  /** Cores promised to each run, and threads of its libraries. Default 1. */
  readonly threads?: number;
  /** Workers kept ready with the libraries loaded. Default 0. */
  readonly warm?: number;
}

const REMEMBERED = 10_000;

/** Nothing is loaded, found or started before the first run. */
export function createCompetitionRunner({
  limits = {},
  budget,
  sandbox: givenSandbox,
  unsafe = false,
  python: givenPython = {},
  threads = 1,
  warm = 0,
  ...source
}: CompetitionRunnerOptions): CompetitionRunner {
  const once = createOnce<CompetitionOutcome>(REMEMBERED);
  const own: AsyncDisposable[] = [];
  const open = async () => {
    const competition = await loadCompetition(source);
    own.push({ [Symbol.asyncDispose]: () => competition.dispose() });
    const sandbox = givenSandbox ?? (await findSandbox({ unsafe }));
    if (givenSandbox === undefined) own.push(sandbox);
    const python = 'readOnly' in givenPython ? givenPython : await findPython(givenPython);
    const runner = createSolutionRunner({
      sandbox,
      python,
      publicDir: competition.publicDir,
      hidden: [competition.privateDir],
      limits: { ...limitsOf(competition), ...limits },
      threads,
      warm,
      ...(budget === undefined ? {} : { budget }),
    });
    own.push(runner);
    return { competition, sandbox, runner };
  };
  let opened: ReturnType<typeof open> | undefined;
  const opening = (): ReturnType<typeof open> => {
    opened ??= open();
    return opened;
  };
  return {
    sandbox: async () => (await opening()).sandbox.name,
    async run(code, signal) {
      const { competition, runner } = await opening();
      const work = async (): Promise<CompetitionOutcome> =>
        scored(await runner.run(code, signal), (submission) => grade(submission, competition));
      return once.get([competition.id, code], work, signal);
    },
    async [Symbol.asyncDispose]() {
      await opened?.catch(() => undefined); // its error went to whoever ran first
      for (const each of own.reverse()) await each[Symbol.asyncDispose]();
    },
  };
}

function limitsOf({ manifest }: Competition): Partial<SandboxLimits> {
  const { timeoutMs, memoryBytes } = manifest.limits ?? {};
  return {
    ...(timeoutMs === undefined ? {} : { wallMs: timeoutMs }),
    ...(memoryBytes === undefined ? {} : { memoryBytes }),
  };
}

function scored(
  { submission, ...outcome }: SolutionOutcome,
  gradeOf: (submission: Uint8Array | null) => ReturnType<typeof grade>,
): CompetitionOutcome {
  if (outcome.outcome === 'error') return { ...outcome, reward: 0 };
  const { valid, score, reward, problem = '' } = gradeOf(submission);
  if (valid) return { ...outcome, ...(score === undefined ? {} : { score }), reward };
  return {
    ...outcome,
    outcome: 'error',
    kind: 'invalid-submission',
    reward: 0,
    trace: safeText(problem).slice(0, 2_000),
  };
}
