import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type Json, TaskspaceError } from '@taskspace/core';
import { diskProblem } from '../run/disk-problem.ts';
import type { EvaluationReport } from '../run/evaluate.ts';
import type { MetricsLine } from '../run/listener.ts';

/** What a run's folder holds besides rollouts and weights. */
export interface RunRecord {
  readonly path: string;
  readonly config: { readonly [key: string]: Json };
  readonly status: { readonly [key: string]: Json };
  readonly metrics: readonly MetricsLine[];
  readonly evaluations: readonly EvaluationReport[];
  /** Names of files in rollouts/, ascending. */
  readonly rolloutFiles: readonly string[];
}

/**
 * Reads a run as far as it has come; lines that a kill cut off are left out.
 *
 * @throws {@link TaskspaceError} when there is no run in the folder.
 */
export async function readRun(folder: string): Promise<RunRecord> {
  const path = resolve(folder);
  const config = await readIfPresent(join(path, 'config.json'));
  if (config === '') {
    throw new TaskspaceError(
      'TASKSPACE_ERR_RUN_FOLDER',
      `${path}: expected the folder of a run, with its config.json, found none. Give the folder that \`taskspace train\` named.`,
    );
  }
  const lines = parseLines(await readIfPresent(join(path, 'metrics.jsonl')));
  const evaluations = parseLines(await readIfPresent(join(path, 'evaluations.jsonl')));
  return {
    path,
    config: parseObject(config) ?? {},
    status: parseObject(await readIfPresent(join(path, 'status.json'))) ?? {},
    metrics: lines.filter(({ iteration }) => Number.isSafeInteger(iteration)) as MetricsLine[],
    evaluations: evaluations.filter(
      ({ iteration, domains }) => Number.isSafeInteger(iteration) && isObject(domains),
    ) as unknown as EvaluationReport[],
    rolloutFiles: (await namesIn(join(path, 'rollouts'))).filter((name) =>
      /^\d+\.jsonl$/u.test(name),
    ),
  };
}

/** The objects of a JSON Lines text; lines that are none are left out. */
export function parseLines(text: string): { readonly [key: string]: Json }[] {
  return text.split('\n').flatMap((line) => {
    const value = parseObject(line);
    return value === null ? [] : [value];
  });
}

/** A file's text; empty when there is none. */
export async function readIfPresent(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw diskProblem(file, error);
  }
}

/** Names in a folder, sorted; none when it does not exist. */
export async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw diskProblem(folder, error);
  }
}

/** A number of a metrics line; null when it has none of that name. */
export function metric(line: MetricsLine, name: string): number | null {
  const value = Object.hasOwn(line, name) ? line[name] : undefined;
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

function parseObject(text: string): { readonly [key: string]: Json } | null {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : null;
  } catch {
    // Half a line, or none: what a killed process leaves.
    return null;
  }
}

function isObject(value: unknown): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
