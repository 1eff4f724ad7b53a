import type { ReporterOutput } from './reporter.ts';

/** Standard output, with a live line where it is a terminal. */
export function terminal(): ReporterOutput {
  return {
    write: (text) => process.stdout.write(text),
    live: process.stdout.isTTY === true && process.env.TERM !== 'dumb',
    columns: process.stdout.columns ?? 80,
  };
}
