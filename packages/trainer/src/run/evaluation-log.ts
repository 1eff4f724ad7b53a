import { readFile } from 'node:fs/promises';
import type { EvaluationReport } from './evaluate.ts';
import { JsonLines } from './json-lines.ts';

/** The evaluations of a run, one a line; the first and the last are at hand. */
export class EvaluationLog implements AsyncDisposable {
  readonly #file: JsonLines;
  #first: EvaluationReport | null;
  #last: EvaluationReport | null;

  private constructor(file: JsonLines, reports: readonly EvaluationReport[]) {
    this.#file = file;
    this.#first = reports[0] ?? null;
    this.#last = reports.at(-1) ?? null;
  }

  /** Opens or creates the file and drops evaluations of policies trained for more than so many iterations. */
  static async open(path: string, iteration: number): Promise<EvaluationLog> {
    // What follows the last line break was cut off by a kill.
    const lines = (await readIfPresent(path)).split('\n').slice(0, -1);
    const reports = lines.map((line) => JSON.parse(line) as EvaluationReport);
    const late = reports.findIndex((report) => report.iteration > iteration);
    const kept = late < 0 ? lines.length : late;
    const bytes = lines.slice(0, kept).reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0);
    return new EvaluationLog(await JsonLines.open(path, bytes), reports.slice(0, kept));
  }

  get first(): EvaluationReport | null {
    return this.#first;
  }

  get last(): EvaluationReport | null {
    return this.#last;
  }

  async append(report: EvaluationReport): Promise<void> {
    await this.#file.append(report);
    this.#first ??= report;
    this.#last = report;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file[Symbol.asyncDispose]();
  }
}

async function readIfPresent(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}
