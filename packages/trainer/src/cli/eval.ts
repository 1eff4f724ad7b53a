import { evaluateRun } from '../run/evaluation-run.ts';
import { loadEvalConfig } from '../run/load-config.ts';
import { EXIT, interruptSignal } from './exit.ts';
import { type ConfigOptions, configSource } from './options.ts';
import { Reporter } from './reporter.ts';
import { renderScores } from './scores.ts';
import { terminal } from './terminal.ts';

/** Runs `taskspace eval`; gives the exit code. */
export async function evaluateCommand(
  file: string | undefined,
  options: ConfigOptions,
): Promise<number> {
  const loaded = await loadEvalConfig(configSource(file, options));
  const reporter = new Reporter(terminal());
  const signal = interruptSignal(() => undefined);
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
    process.stdout.write(
      options.json ? `${JSON.stringify(report)}\n` : `${renderScores(report, null)}\n`,
    );
    return EXIT.ok;
  } catch (error) {
    if (signal.aborted && error === signal.reason) return EXIT.interrupted;
    throw error;
  }
}
