/** Runs an ablation's jobs in processes of their own, skips what is finished and goes on with what is not. */
import { spawn } from 'node:child_process';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { TaskspaceError } from '@taskspace/core';
import { mapBounded } from '../../rollout/bounded.ts';
import { writeFileAtomic } from '../atomic-write.ts';
import type { AblateJob } from './plan.ts';

/** Told of every job as it goes. */
export type OnJob = (job: AblateJob, what: 'training' | 'asking' | 'done' | 'known') => void;

/** Where a job keeps what it made. */
export interface JobFolders {
  readonly run: string;
  readonly answers: string;
}

/** Folders of a job below an ablation's. */
export function foldersOf(out: string, { name }: AblateJob): JobFolders {
  return { run: join(out, 'runs', name), answers: join(out, 'answers', name) };
}

/**
 * Trains and asks all policies, so many side by side.
 *
 * @throws {TaskspaceError} when a process fails, with what it said last; what was finished stays.
 * @throws The signal's reason when it fires: runs under way have then saved their state.
 */
export async function runJobs(
  jobs: readonly AblateJob[],
  out: string,
  sideBySide: number,
  signal: AbortSignal,
  onJob: OnJob,
): Promise<void> {
  await mkdir(join(out, 'runs'), { recursive: true });
  await mkdir(join(out, 'answers'), { recursive: true });
  await mapBounded(jobs, sideBySide, signal, async (job, _, signal) => {
    const { run, answers } = foldersOf(out, job);
    if (await exists(join(answers, 'report.json'))) {
      await requireSame(`${answers}.json`, evaluationOf(job, run));
      onJob(job, 'known');
      return;
    }
    if (job.train) {
      onJob(job, 'training');
      await trainOnce(job, job.train, run, signal);
    }
    onJob(job, 'asking');
    const config = `${answers}.json`;
    await writeOnce(config, evaluationOf(job, run));
    await command(['eval', config, '--out', answers], job, signal);
    onJob(job, 'done');
  });
}

async function trainOnce(
  job: AblateJob,
  train: object,
  run: string,
  signal: AbortSignal,
): Promise<void> {
  const config = `${run}.json`;
  await writeOnce(config, train);
  const status = await readJson(join(run, 'status.json'));
  if (status?.status === 'done') return;
  const started = await exists(join(run, 'config.json'));
  const how = started ? ['train', '--resume', run] : ['train', config, '--out', run];
  await command(how, job, signal);
}

function evaluationOf({ evaluate, train }: AblateJob, run: string): object {
  return train === null ? evaluate : { ...evaluate, policy: { path: join(run, 'policy') } };
}

/** Runs the command line in a process of its own; Ctrl-C is passed on, so that it saves what it has. */
async function command(
  args: readonly string[],
  job: AblateJob,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  const file = import.meta.url.endsWith('.ts') ? '../../cli/main.ts' : '../../cli/main.js';
  const main = fileURLToPath(new URL(file, import.meta.url));
  const child = spawn(process.execPath, [...process.execArgv, main, ...args, '--json'], {
    stdio: ['ignore', 'ignore', 'pipe'],
    // A terminal's Ctrl-C would otherwise reach it twice.
    detached: process.platform !== 'win32',
  });
  const stop = (): boolean => child.kill('SIGINT');
  signal.addEventListener('abort', stop, { once: true });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-LAST_WORDS);
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  }).finally(() => signal.removeEventListener('abort', stop));
  signal.throwIfAborted();
  if (code === 0) return;
  throw new TaskspaceError(
    'TASKSPACE_ERR_ABLATE',
    `${job.name}: expected \`taskspace ${args.join(' ')}\` to end well, it ended with ${code ?? 'a signal'}: ${said.trim() || 'it said nothing'}. ` +
      'Mend that and run the same command again: what is finished stays.',
  );
}

const LAST_WORDS = 2000;

/** Writes a job's config, or makes sure that the one there is the same. */
async function writeOnce(file: string, config: object): Promise<void> {
  if (await exists(file)) await requireSame(file, config);
  else await writeFileAtomic(file, `${JSON.stringify(config, null, 2)}\n`);
}

async function requireSame(file: string, config: object): Promise<void> {
  const before = await readJson(file);
  if (isDeepStrictEqual(before, JSON.parse(JSON.stringify(config)))) return;
  throw new TaskspaceError(
    'TASKSPACE_ERR_ABLATE',
    `${file}: expected the settings of the ablation that is to go on, they differ from those now given. Give the same config, tokens and number of jobs at a time, or another --out.`,
  );
}

async function readJson(file: string): Promise<Record<string, unknown> | null> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch {
    // Not there, or cut off by a kill: it is made anew.
    return null;
  }
}

async function exists(file: string): Promise<boolean> {
  return (await readJson(file)) !== null;
}
