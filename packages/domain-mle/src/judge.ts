import { createOnce } from './budget/once.ts';
import type { Competition } from './competitions/competition.ts';
import { type Grade, grade } from './competitions/grade.ts';
import type { SolutionFailure, SolutionOutcome, SolutionRunner } from './run/solution.ts';

/** What came of one program: its run and, when it left a submission, its grade. */
export interface Judgement {
  readonly outcome: 'valid' | 'error';
  readonly kind?: SolutionFailure;
  readonly score?: number;
  /** Normalised score in [0, 1]; 0 when there is no valid submission. */
  readonly reward: number;
  readonly medal?: Grade['medal'];
  /** Short, safe to quote; empty when all went well. */
  readonly trace: string;
  readonly stdout: string;
  readonly stderr: string;
  readonly durationMs: number;
  readonly peakMemoryBytes: number;
}

/** A competition with the text put in front of every program, which makes its files when they are not mounted. */
export interface Runnable {
  readonly competition: Competition;
  /** Runners are shared by what is mounted: competitions of one key must mount the same folder. */
  readonly key: string;
  readonly publicDir: string;
  readonly prelude: string;
}

/** Runs and grades programs; the same program on the same competition once. */
export interface Judge extends AsyncDisposable {
  run(runnable: Runnable, code: string, signal: AbortSignal): Promise<Judgement>;
}

/** Most judgements remembered; those longest unused go first. */
const REMEMBERED = 20_000;

/**
 * A judge over runners made on demand.
 *
 * @param openRunner - Makes the runner of one mounted folder.
 */
export function createJudge(openRunner: (runnable: Runnable) => Promise<SolutionRunner>): Judge {
  const runners = new Map<string, Promise<SolutionRunner>>();
  const once = createOnce<Judgement>(REMEMBERED);
  const runnerOf = (runnable: Runnable): Promise<SolutionRunner> => {
    let runner = runners.get(runnable.key);
    if (runner === undefined) {
      runner = openRunner(runnable);
      runners.set(runnable.key, runner);
      // A runner that did not open is tried again by the next program.
      runner.catch(() => runners.delete(runnable.key));
    }
    return runner;
  };
  return {
    async run(runnable, code, signal) {
      const { competition, prelude } = runnable;
      const work = async () => {
        const runner = await runnerOf(runnable);
        return judge(await runner.run(prelude + code, signal), competition);
      };
      return once.get([competition.id, code], work, signal);
    },
    async [Symbol.asyncDispose]() {
      const opened = await Promise.allSettled(runners.values());
      await Promise.all(
        opened.map((result) =>
          result.status === 'fulfilled' ? result.value[Symbol.asyncDispose]() : undefined,
        ),
      );
    },
  };
}

/** Grades what a run left. */
export function judge(
  { submission, ...run }: SolutionOutcome,
  competition: Competition,
): Judgement {
  if (run.outcome === 'error') return { ...run, reward: 0 };
  const { valid, score, reward, problem, medal } = grade(submission, competition);
  if (!valid) {
    return {
      ...run,
      outcome: 'error',
      kind: 'invalid-submission',
      reward: 0,
      trace: problem ?? '',
    };
  }
  return { ...run, reward, ...(score !== undefined && { score }), ...(medal && { medal }) };
}
