import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type Instance, type Json, TaskspaceError } from '@taskspace/core';
import { repairFolder, writeFileAtomic } from './atomic-write.ts';
import { diskProblem } from './disk-problem.ts';
import { EvaluationLog } from './evaluation-log.ts';
import { GroupJournal } from './group-journal.ts';
import { JsonLines } from './json-lines.ts';

/** How a run stands, for whoever looks at its folder. */
export type RunStatus = 'running' | 'done' | 'stopped' | 'failed';

/** How far the growing files of a run had come at a checkpoint. */
export interface LogPosition {
  /** Completed ones. */
  readonly iteration: number;
  readonly metricsBytes: number;
}

/**
 * A run's folder: config.json, status.json, metrics.jsonl (a line an iteration), evaluations.jsonl, rollouts/ (a file an
 * iteration), checkpoints/, while it runs groups/ (those of iterations after the last checkpoint) and, at the end, policy/. Files that grow can be cut back to a checkpoint, all others are replaced whole.
 */
export class RunFolder {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /**
   * Makes the folder of a new run.
   *
   * @param out - The folder, which must not exist or be empty; or null for the first free one of runs/<name>, runs/<name>-2 …
   * @throws {TaskspaceError} when the folder holds something already.
   */
  static async create(out: string | null, name: string): Promise<RunFolder> {
    const path = resolve(out ?? (await freeFolder(join('runs', name))));
    if ((await entriesOf(path)).length > 0) {
      throw diskProblem(
        path,
        'expected a new or empty folder for the run, found one with content. Go on with that run by --resume, or choose another `out`.',
      );
    }
    const folder = new RunFolder(path);
    try {
      await mkdir(join(path, 'checkpoints'), { recursive: true });
      await mkdir(join(path, 'rollouts'));
    } catch (error) {
      throw diskProblem(path, error);
    }
    return folder;
  }

  /**
   * Opens the folder of an earlier run and clears it of what a killed process left half-written.
   *
   * @throws {TaskspaceError} when there is no run in it.
   */
  static async open(path: string): Promise<RunFolder> {
    const folder = new RunFolder(resolve(path));
    if (!(await entriesOf(folder.path)).includes('config.json')) {
      throw diskProblem(
        folder.path,
        'expected the folder of a run, with its config.json, found none. Correct the path given to --resume.',
      );
    }
    for (const part of ['', 'checkpoints', 'rollouts']) {
      await mkdir(join(folder.path, part), { recursive: true });
      await repairFolder(join(folder.path, part));
    }
    return folder;
  }

  get configFile(): string {
    return join(this.path, 'config.json');
  }

  get checkpoints(): string {
    return join(this.path, 'checkpoints');
  }

  /** Where the policy is saved when the run is done. */
  get policy(): string {
    return join(this.path, 'policy');
  }

  /** Where the checkpoint after so many iterations is, once it is complete. */
  checkpointFolder(iteration: number): string {
    return join(this.checkpoints, iterationName(iteration));
  }

  /** The resolved config the run was started with. */
  async readConfig(): Promise<unknown> {
    try {
      return JSON.parse(await readFile(this.configFile, 'utf8'));
    } catch (cause) {
      throw new TaskspaceError(
        'TASKSPACE_ERR_RUN_FOLDER',
        `${this.configFile}: expected the resolved config of a run, it cannot be read. Start a new run with the original config.`,
        { cause },
      );
    }
  }

  async writeConfig(config: object): Promise<void> {
    await this.#write(this.configFile, `${JSON.stringify(config, null, 2)}\n`);
  }

  /** Cuts the run's files back to a checkpoint, and opens the one that grows with every iteration. */
  async openMetrics({ iteration, metricsBytes }: LogPosition): Promise<JsonLines> {
    const rollouts = join(this.path, 'rollouts');
    for (const file of await entriesOf(rollouts)) {
      if (Number.parseInt(file, 10) >= iteration) await rm(join(rollouts, file));
    }
    return JsonLines.open(join(this.path, 'metrics.jsonl'), metricsBytes);
  }

  /** Opens the evaluations, cut back to those of policies trained for at most so many iterations. */
  openEvaluations(iteration: number): Promise<EvaluationLog> {
    return EvaluationLog.open(join(this.path, 'evaluations.jsonl'), iteration);
  }

  /** Opens the journal of the groups of one iteration. */
  async openJournal(
    { iteration, policyVersion }: { readonly iteration: number; readonly policyVersion: number },
    instances: readonly Instance[],
  ): Promise<GroupJournal> {
    const groups = join(this.path, 'groups');
    try {
      await mkdir(groups, { recursive: true });
    } catch (error) {
      throw diskProblem(groups, error);
    }
    const file = join(groups, `${iterationName(iteration)}.jsonl`);
    return GroupJournal.open(file, { iteration, policyVersion, instances });
  }

  /** Removes the journals of iterations that a checkpoint holds. */
  async clearJournals(completed: number): Promise<void> {
    const groups = join(this.path, 'groups');
    const files = await entriesOf(groups);
    const done = files.filter((file) => Number.parseInt(file, 10) < completed);
    for (const file of done) await rm(join(groups, file));
    if (done.length === files.length) await rm(groups, { recursive: true, force: true });
  }

  /** Writes lines of what was said in one iteration. */
  async writeRollouts(iteration: number, lines: readonly Json[]): Promise<void> {
    const file = join(this.path, 'rollouts', `${iterationName(iteration)}.jsonl`);
    await this.#write(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  }

  async writeStatus(status: RunStatus, details: { readonly [key: string]: Json }): Promise<void> {
    const text = `${JSON.stringify({ status, ...details }, null, 2)}\n`;
    await this.#write(join(this.path, 'status.json'), text);
  }

  async #write(file: string, text: string): Promise<void> {
    try {
      await writeFileAtomic(file, text);
    } catch (error) {
      throw diskProblem(file, error);
    }
  }
}

/** Iterations as file names that sort. */
export function iterationName(iteration: number): string {
  return String(iteration).padStart(6, '0');
}

async function freeFolder(path: string): Promise<string> {
  for (let number = 1; ; number++) {
    const candidate = number === 1 ? path : `${path}-${number}`;
    if ((await entriesOf(candidate)).length === 0) return candidate;
  }
}

/** Names in a folder; none when it does not exist. */
async function entriesOf(path: string): Promise<string[]> {
  try {
    return await readdir(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return [];
    throw diskProblem(path, error);
  }
}
