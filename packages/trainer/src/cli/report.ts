import { writeReport } from '../report/write-report.ts';
import { EXIT } from './exit.ts';

/** Options of `taskspace report`. */
export interface ReportOptions {
  readonly json?: boolean;
}

/** Writes a run's report and says where it is; gives the exit code. */
export async function reportCommand(run: string, { json }: ReportOptions): Promise<number> {
  const written = await writeReport(run);
  const { file, bytes, tables } = written;
  process.stdout.write(
    json
      ? `${JSON.stringify(written)}\n`
      : `Report: ${file} (${(bytes / 1e6).toFixed(1)} MB)\nIts figures as CSV: ${tables}\n`,
  );
  return EXIT.ok;
}
