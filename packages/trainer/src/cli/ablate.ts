import { join } from 'node:path';
import { ConfigError, type ConfigProblem, type ExitVariant, nearest } from '@taskspace/core';
import { ablate } from '../run/ablate/ablate.ts';
import type { AblateOptions } from '../run/ablate/plan.ts';
import { renderTerminal } from '../run/ablate/render.ts';
import { loadRunConfig } from '../run/load-config.ts';
import { EXIT, interruptSignal } from './exit.ts';
import { type ConfigOptions, configSource } from './options.ts';

/** Options of `taskspace ablate`, as typed. */
export interface AblateCommandOptions extends ConfigOptions {
  readonly seeds: string;
  readonly variants: string;
  readonly tokens: string;
  readonly rewrites: string;
  readonly learningRates?: string;
  readonly tuningSeeds: string;
  readonly jobs: string;
}

/** Runs `taskspace ablate`; gives the exit code. */
export async function ablateCommand(
  file: string | undefined,
  options: AblateCommandOptions,
): Promise<number> {
  const wanted = readOptions(options);
  const { out: given, ...rest } = options;
  const { config } = await loadRunConfig(configSource(file, rest));
  const out = given ?? join('runs', `${config.name}-ablation`);
  const signal = interruptSignal(() => {
    process.stderr.write(
      'Stopping: runs under way are saved; the same command goes on with them.\n',
    );
  });
  try {
    const report = await ablate(config, wanted, {
      out,
      signal,
      listener: { onNotice: (message) => void process.stderr.write(`${message}\n`) },
      onJob(phase, job, what) {
        const line = options.json
          ? JSON.stringify({ event: 'job', phase, name: job.name, what })
          : `${phase === 'tuning' ? 'choosing the learning rate · ' : ''}${job.name}: ${what}`;
        process.stdout.write(`${line}\n`);
      },
    });
    process.stdout.write(
      options.json
        ? `${JSON.stringify({ event: 'end', out, report })}\n`
        : `\n${renderTerminal(report)}\n\nWith intervals and tests: ${join(out, 'table.md')} (also .csv, .json)\n`,
    );
    return EXIT.ok;
  } catch (error) {
    if (signal.aborted && error === signal.reason) return EXIT.interrupted;
    throw error;
  }
}

const VARIANTS: readonly ExitVariant[] = ['grpo', 'curriculum', 'improve', 'diverge', 'exit'];

function readOptions(options: AblateCommandOptions): AblateOptions {
  const problems: ConfigProblem[] = [];
  const numbers = (path: string, text: string, least: number, isWhole: boolean): number[] =>
    text.split(',').map((part) => {
      const value = Number(part);
      const fits =
        Number.isFinite(value) && value >= least && (!isWhole || Number.isInteger(value));
      if (part.trim() === '' || !fits) {
        const kind = isWhole ? 'a whole number' : 'a number';
        problems.push({ path, expected: `${kind} of at least ${least}`, got: part });
      }
      return value;
    });
  const count = (path: string, text: string) => numbers(path, text, 1, true)[0]!;
  const variants = options.variants.split(',').map((word): ExitVariant => {
    const known = VARIANTS.find((variant) => variant === word);
    if (known !== undefined) return known;
    const near = nearest(word, VARIANTS);
    problems.push({
      path: '--variants',
      expected: `some of ${VARIANTS.join(', ')}`,
      got: word,
      ...(near !== undefined && { suggestion: `Did you mean "${near}"?` }),
    });
    return 'grpo';
  });
  const { learningRates } = options;
  const read: AblateOptions = {
    variants,
    seeds: count('--seeds', options.seeds),
    tokens: count('--tokens', options.tokens),
    rewrites: numbers('--rewrites', options.rewrites, 0, true),
    learningRates:
      learningRates === undefined ? [] : numbers('--learning-rates', learningRates, 0, false),
    tuningSeeds: count('--tuning-seeds', options.tuningSeeds),
    jobs: count('--jobs', options.jobs),
  };
  if (problems.length > 0) throw new ConfigError(problems, 'command line');
  return read;
}
