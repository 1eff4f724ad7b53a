import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError, showValue, TaskspaceError } from '@taskspace/core';
import type { AnswerLine, AnswerMode } from './answer-lines.ts';
import { writeFileAtomic } from './atomic-write.ts';
import { diskProblem } from './disk-problem.ts';
import type { EvaluationJob } from './evaluate.ts';
import { JsonLines } from './json-lines.ts';
import { assertSameRun } from './same-run.ts';

/**
 * The answers of an evaluation, one a line, kept as they come: when the evaluation is started again, tasks that were answered
 * are not asked again. Failed answers are not kept over a start: their tasks are asked anew.
 */
export class AnswersFile implements AsyncDisposable {
  readonly #file: JsonLines;
  readonly #earlier: ReadonlyMap<string, readonly AnswerLine[]>;
  #writing: Promise<void> = Promise.resolve();

  private constructor(file: JsonLines, earlier: ReadonlyMap<string, readonly AnswerLine[]>) {
    this.#file = file;
    this.#earlier = earlier;
  }

  /**
   * Opens answers.jsonl in a folder, which is made when it does not exist.
   *
   * @param settings - What answers depend on, kept beside them in settings.json.
   * @param perTask - How many answers a task is given in each mode: a kill may have come between two of them.
   * @throws {@link ConfigError} when the folder holds answers given under other settings; {@link DataError} when a line is damaged.
   */
  static async open(
    folder: string,
    settings: object,
    perTask: Readonly<Record<AnswerMode, number>>,
  ): Promise<AnswersFile> {
    const path = join(folder, 'answers.jsonl');
    const settingsFile = join(folder, 'settings.json');
    try {
      await mkdir(folder, { recursive: true });
    } catch (error) {
      throw diskProblem(folder, error);
    }
    const saved = await readIfPresent(settingsFile);
    const text = await readIfPresent(path);
    if (saved !== null) assertSameRun(JSON.parse(saved), settings, settingsFile);
    else if (text) {
      throw new TaskspaceError(
        'TASKSPACE_ERR_RUN_FOLDER',
        `${path}: expected settings.json beside it, which says how its answers were given, found none. Choose another folder with \`out\`.`,
      );
    }
    const lines = parseLines(path, text ?? '');
    const tasks = Map.groupBy(lines, ({ domain, mode, task }) => keyOf(domain, mode, task));
    const kept = [...tasks].filter(
      ([, own]) => own.length === perTask[own[0]!.mode] && own.every(({ verdict }) => verdict),
    );
    const content = kept
      .flatMap(([, own]) => own)
      .map((line) => `${JSON.stringify(line)}\n`)
      .join('');
    try {
      await writeFileAtomic(settingsFile, `${JSON.stringify(settings, null, 2)}\n`);
      await writeFileAtomic(path, content);
    } catch (error) {
      throw diskProblem(folder, error);
    }
    return new AnswersFile(await JsonLines.open(path, Buffer.byteLength(content)), new Map(kept));
  }

  /** The answers that were given to a task already, when none is missing. */
  find({ task, mode }: EvaluationJob): readonly AnswerLine[] | undefined {
    return this.#earlier.get(keyOf(task.domain, mode, task.id));
  }

  /** Calls may overlap; the lines of one stay together. */
  append(lines: readonly AnswerLine[]): Promise<void> {
    const written = this.#writing.then(async () => {
      for (const line of lines) await this.#file.append(line);
    });
    // Whoever appended hears of the failure; the next one tries for itself.
    this.#writing = written.catch(() => undefined);
    return written;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writing;
    await this.#file[Symbol.asyncDispose]();
  }
}

function keyOf(domain: string, mode: string, task: string): string {
  return JSON.stringify([domain, mode, task]);
}

function parseLines(path: string, text: string): AnswerLine[] {
  // What follows the last line break was cut off by a kill.
  return text
    .split('\n')
    .slice(0, -1)
    .map((line, index) => {
      try {
        return JSON.parse(line) as AnswerLine;
      } catch (cause) {
        throw new DataError(
          path,
          index + 1,
          `expected an answer as JSON, got ${showValue(line)}. Remove the line, or choose another folder with \`out\`.`,
          { cause },
        );
      }
    });
}

async function readIfPresent(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw diskProblem(path, error);
  }
}
