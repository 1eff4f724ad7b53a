import { join } from 'node:path';
import type { EvaluationReport } from '../run/evaluate.ts';
import type { RunListener } from '../run/listener.ts';
import { loadRunConfig, loadSftConfig } from '../run/load-config.ts';
import type { RunResult } from '../run/loop.ts';
import { sftRun, trainRun } from '../run/run.ts';
import { hasRewrites } from './curves.ts';
import { describeError, EXIT, interruptSignal } from './exit.ts';
import { type ConfigOptions, configSource } from './options.ts';
import { jsonListener, Reporter } from './reporter.ts';
import { renderScores } from './scores.ts';
import { renderSummary } from './summary.ts';
import { terminal } from './terminal.ts';
import { tourOf } from './tour.ts';

/** Options of `taskspace train` and `taskspace sft`. */
export interface TrainOptions extends ConfigOptions {
  readonly resume?: string;
}

/** Runs `taskspace train` or `taskspace sft` and tells how it ended; gives the exit code. */
export async function train(
  kind: 'train' | 'sft',
  file: string | undefined,
  options: TrainOptions,
): Promise<number> {
  const source = configSource(
    options.resume === undefined ? file : join(options.resume, 'config.json'),
    options,
  );
  const training = kind === 'train' ? await loadRunConfig(source) : null;
  const tour = training && tourOf(training.config);
  const reporter = options.json ? null : new Reporter(terminal(), tour);
  const listener = reporter ?? jsonListener((text) => process.stdout.write(text));
  const signal = interruptSignal(() =>
    listener.onNotice?.(
      'Stopping: the iteration under way is dropped, the state before it is saved. Press Ctrl-C again to end at once.',
    ),
  );
  const run = { signal, listener, ...(options.resume !== undefined && { resume: options.resume }) };
  const result = training
    ? await trainRun(training, run)
    : await sftRun(await loadSftConfig(source), run);
  reporter?.finish();
  const report = await reportOf(result, listener);
  if (options.json)
    process.stdout.write(`${JSON.stringify({ event: 'end', ...result, report })}\n`);
  else process.stdout.write(ending(kind, file, result, report));
  return result.status === 'done' ? EXIT.ok : EXIT.interrupted;
}

/** Writes the run's report and gives its path; null when that failed, which must not take the run with it. */
async function reportOf({ folder }: RunResult, listener: RunListener): Promise<string | null> {
  try {
    const { writeReport } = await import('../report/write-report.ts');
    return (await writeReport(folder)).file;
  } catch (error) {
    listener.onNotice?.(
      `The report could not be written; try again with: taskspace report ${folder}\n${describeError(error)}`,
    );
    return null;
  }
}

/** What a person reads last: what changed, and where everything is. */
function ending(
  kind: 'train' | 'sft',
  file: string | undefined,
  { status, folder, iterations, before, after }: RunResult,
  report: string | null,
): string {
  if (status === 'stopped') {
    const look = report === null ? '' : `Report: ${report}\n`;
    return `\nStopped after ${iterations} iterations. Go on with: taskspace ${kind} --resume ${folder}\n${look}`;
  }
  const policy = join(folder, 'policy');
  const config = file ?? join(folder, 'config.json');
  return [
    '',
    ...(after === null ? [] : [scoresOf(after, before)]),
    ...(report === null
      ? []
      : [`Report: ${report}`, '  Open it in a browser: curves, the task space, what was said.']),
    `Run folder: ${folder}`,
    `Trained policy: ${policy}`,
    'What to try next:',
    `  taskspace eval --set policy=${policy} --set domains.<name>={} --set 'evaluation.rewrites=[0,1,2,4,8]'    (what more rewrites do)`,
    ...(kind === 'train'
      ? [
          `  taskspace train ${config} --seed 1    (how much of it was luck)`,
          `  taskspace ablate ${config} --tokens 250000 --seeds 3    (what each part of ExIt gives)`,
        ]
      : []),
    '',
  ].join('\n');
}

/** With rewrites, what they add; the report has the whole curves. */
function scoresOf(after: EvaluationReport, before: EvaluationReport | null): string {
  return hasRewrites(after) ? renderSummary(after, before) : renderScores(after, before);
}
