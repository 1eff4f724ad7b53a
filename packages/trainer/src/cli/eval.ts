import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Json } from '@taskspace/core';
import { diskProblem } from '../run/disk-problem.ts';
import { type DryRun, dryRun } from '../run/dry-run.ts';
import type { EvaluationReport } from '../run/evaluate.ts';
import { evaluateRun } from '../run/evaluation-run.ts';
import { type ConfigSource, loadEvalConfig } from '../run/load-config.ts';
import { curvesCsv, renderCurves } from './curves.ts';
import { EXIT, interruptSignal } from './exit.ts';
import { formatCount } from './format.ts';
import { type ConfigOptions, configSource } from './options.ts';
import { Reporter } from './reporter.ts';
import { renderScores } from './scores.ts';
import { terminal } from './terminal.ts';

/** Options of commands that ask a policy. */
export interface PolicyOptions extends ConfigOptions {
  readonly endpoint?: string;
  readonly model?: string;
}

/** Options of `taskspace eval`. */
export interface EvalOptions extends PolicyOptions {
  readonly csv?: string;
  readonly dryRun?: boolean;
}

/** The config a command line asks for, its endpoint included. */
export function policySource(file: string | undefined, options: PolicyOptions): ConfigSource {
  const { endpoint, model } = options;
  const source = configSource(file, options);
  const given: { path: string; value: Json }[] = [
    ...(endpoint === undefined ? [] : [{ path: 'endpoint.url', value: endpoint }]),
    ...(model === undefined ? [] : [{ path: 'endpoint.model', value: model }]),
  ];
  return { ...source, set: [...(source.set ?? []), ...given] };
}

/** Runs `taskspace eval`; gives the exit code: a failure when not one answer could be judged. */
export async function evaluateCommand(
  file: string | undefined,
  options: EvalOptions,
): Promise<number> {
  const loaded = await loadEvalConfig(policySource(file, options));
  const signal = interruptSignal(() => undefined);
  if (options.dryRun) {
    const found = await dryRun(loaded, { signal });
    process.stdout.write(options.json ? `${JSON.stringify(found)}\n` : renderDryRun(found));
    return EXIT.ok;
  }
  const reporter = new Reporter(terminal());
  try {
    const report = await evaluateRun(loaded, {
      signal,
      listener: options.json
        ? {}
        : {
            onProgress: (progress) => reporter.onProgress(progress),
            onNotice: (message) => reporter.onNotice(message),
          },
    });
    if (!options.json) reporter.finish();
    if (options.csv !== undefined) await writeCsv(options.csv, report);
    process.stdout.write(
      options.json
        ? `${JSON.stringify(report)}\n`
        : `${renderScores(report, null)}\n\n${renderCurves(report)}\n`,
    );
    return nothingJudged(report) ? EXIT.failed : EXIT.ok;
  } catch (error) {
    if (signal.aborted && error === signal.reason) return EXIT.interrupted;
    throw error;
  }
}

/** What an evaluation would ask, for people. */
export function renderDryRun(found: DryRun): string {
  const { tasks, requests, requestsAtMost, promptCharacters, promptTokens, responseTokens } = found;
  const asked = Object.entries(tasks).map(([name, count]) => `${count} of ${name}`);
  const requestCount =
    requestsAtMost === requests
      ? `${requests}`
      : `${requests} when every episode ends after one turn, at most ${requestsAtMost}`;
  return [
    'Nothing was asked. This evaluation would send:',
    `  tasks              ${asked.join(', ')}`,
    `  requests           ${requestCount}`,
    `  prompt characters  at most ${formatCount(promptCharacters)} (about ${formatCount(promptTokens)} tokens)`,
    `  response tokens    at most ${formatCount(responseTokens)}`,
    ...(found.failures > 0 ? [`  cannot be opened   ${found.failures} tasks`] : []),
    ...(requestsAtMost === requests ? [] : ['Characters and tokens are those of the first turns.']),
    '',
  ].join('\n');
}

function nothingJudged({ domains }: EvaluationReport): boolean {
  const reports = Object.values(domains);
  return (
    reports.some(({ failures }) => failures > 0) &&
    reports.every(({ greedy, sampled }) => greedy === undefined && sampled === undefined)
  );
}

async function writeCsv(file: string, report: EvaluationReport): Promise<void> {
  const path = resolve(file);
  try {
    await writeFile(path, curvesCsv(report));
  } catch (error) {
    throw diskProblem(path, error);
  }
}
