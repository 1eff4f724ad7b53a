import { join } from 'node:path';
import type { RunListener } from '../run/listener.ts';
import { loadRunConfig, loadSftConfig } from '../run/load-config.ts';
import type { RunResult } from '../run/loop.ts';
import { sftRun, trainRun } from '../run/run.ts';
import { hasRewrites, renderCurves } from './curves.ts';
import { describeError, EXIT, interruptSignal } from './exit.ts';
import { type ConfigOptions, configSource } from './options.ts';
import { jsonListener, Reporter } from './reporter.ts';
import { renderScores } from './scores.ts';
import { terminal } from './terminal.ts';

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
  const reporter = options.json ? null : new Reporter(terminal());
  const listener = reporter ?? jsonListener((text) => process.stdout.write(text));
  const signal = interruptSignal(() =>
    listener.onNotice?.(
      'Stopping: the iteration under way is dropped, the state before it is saved. Press Ctrl-C again to end at once.',
    ),
  );
  const run = { signal, listener, ...(options.resume !== undefined && { resume: options.resume }) };
  const result =
    kind === 'train'
      ? await trainRun(await loadRunConfig(source), run)
      : await sftRun(await loadSftConfig(source), run);
  reporter?.finish();
  const report = await reportOf(result, listener);
  if (options.json)
    process.stdout.write(`${JSON.stringify({ event: 'end', ...result, report })}\n`);
  else process.stdout.write(ending(kind, result, report));
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
  { status, folder, iterations, before, after }: RunResult,
  report: string | null,
): string {
  const look = report === null ? '' : `Report: ${report}\n`;
  if (status === 'stopped') {
    return `\nStopped after ${iterations} iterations. Go on with: taskspace ${kind} --resume ${folder}\n${look}`;
  }
  const scores = after === null ? '' : `\n${renderScores(after, before)}\n`;
  const curves =
    after === null || !hasRewrites(after) ? '' : `After rewrites:\n${renderCurves(after)}\n`;
  return [
    scores,
    curves,
    `${look}Run folder: ${folder}`,
    `Trained policy: ${join(folder, 'policy')}`,
    `Ask it more: taskspace eval --set policy=${join(folder, 'policy')} --set domains.<name>={}`,
    '',
  ].join('\n');
}
