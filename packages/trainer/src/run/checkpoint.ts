/**
 * Checkpoints of a run: `checkpoints/<iteration>/` holds what `TrainingBackend.save` writes, a Hugging Face folder with
 * optimizer moments, and state.json, the loop's own state with the size of every file beside it. The folder appears under
 * its name only when complete.
 */
import { readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CheckpointError, type Json } from '@taskspace/core';
import type { TrainingBackend } from '../backend/backend.ts';
import { writeFolderAtomic } from './atomic-write.ts';
import { diskProblem } from './disk-problem.ts';
import { iterationName, type LogPosition } from './run-folder.ts';

/** What the loop itself must know to go on exactly; `iteration` counts completed ones. */
export interface LoopState extends LogPosition {
  /** Optimiser steps that changed the policy. */
  readonly policyVersion: number;
  /** Optimiser steps in a row that were skipped, up to now. */
  readonly skippedInARow: number;
  /** Tokens sampled or, in a warm start, trained on so far. */
  readonly tokens: number;
  /** The curriculum's snapshot, or where each stream of demonstrations stands. */
  readonly progress: Json;
}

/** A complete checkpoint on the disk. */
export interface FoundCheckpoint {
  readonly folder: string;
  readonly state: LoopState;
}

const FORMAT = 1;

/**
 * Writes a checkpoint and then removes the oldest ones.
 *
 * @param checkpoints - The run's folder for them.
 * @param keep - How many stay, this one included.
 * @throws {TaskspaceError} when the disk is full or not writable; earlier checkpoints are then all still there.
 */
export async function writeCheckpoint(
  checkpoints: string,
  backend: TrainingBackend,
  state: LoopState,
  keep: number,
): Promise<void> {
  const target = join(checkpoints, iterationName(state.iteration));
  try {
    await writeFolderAtomic(target, async (folder) => {
      await backend.save(folder, { optimizer: true });
      const content = { format: FORMAT, ...state, files: await sizesIn(folder) };
      await writeFile(join(folder, STATE), `${JSON.stringify(content, null, 2)}\n`);
    });
  } catch (error) {
    throw diskProblem(target, error);
  }
  const names = await checkpointNames(checkpoints);
  for (const name of names.slice(0, -keep)) await removeWhole(checkpoints, name);
}

/**
 * The newest checkpoint, null when there is none.
 *
 * @throws {@link CheckpointError} when it is damaged, naming what to do.
 */
export async function findCheckpoint(checkpoints: string): Promise<FoundCheckpoint | null> {
  const name = (await checkpointNames(checkpoints)).at(-1);
  if (name === undefined) return null;
  const folder = join(checkpoints, name);
  const { files, ...state } = await readState(folder);
  const found = await sizesIn(folder);
  for (const [file, size] of Object.entries(files)) {
    if (found[file] === size) continue;
    throw damaged(
      folder,
      `${file} of ${size} bytes`,
      found[file] === undefined ? 'none' : `${found[file]} bytes`,
    );
  }
  return { folder, state };
}

const STATE = 'state.json';

type StateFile = LoopState & { readonly files: Readonly<Record<string, number>> };

async function readState(folder: string): Promise<StateFile> {
  let content: Partial<Record<keyof StateFile | 'format', unknown>>;
  try {
    content = JSON.parse(await readFile(join(folder, STATE), 'utf8')) ?? {};
  } catch (cause) {
    throw damaged(
      folder,
      `a readable ${STATE}`,
      cause instanceof SyntaxError ? 'broken JSON' : 'none',
      cause,
    );
  }
  const { format, ...state } = content;
  const counts = [
    state.iteration,
    state.policyVersion,
    state.skippedInARow,
    state.tokens,
    state.metricsBytes,
  ];
  if (format !== FORMAT || !counts.every(Number.isSafeInteger) || typeof state.files !== 'object') {
    throw damaged(
      folder,
      `${STATE} of format ${FORMAT}`,
      `format ${JSON.stringify(format)} or missing counts`,
    );
  }
  return state as StateFile;
}

function damaged(folder: string, expected: string, got: string, cause?: unknown): CheckpointError {
  return new CheckpointError(
    folder,
    `expected ${expected}, got ${got}: the checkpoint is damaged. Delete this folder to go on from the one before it, or start a new run.`,
    cause === undefined ? undefined : { cause },
  );
}

/** Complete checkpoints, oldest first. */
async function checkpointNames(checkpoints: string): Promise<string[]> {
  const names = await readdir(checkpoints);
  return names.filter((name) => /^\d+$/u.test(name)).sort((a, b) => Number(a) - Number(b));
}

/** First out of the way, so that a kill half-way through leaves nothing that looks like a checkpoint. */
async function removeWhole(checkpoints: string, name: string): Promise<void> {
  const removed = join(checkpoints, `.${name}.${process.pid}-0.unfinished`);
  await rename(join(checkpoints, name), removed);
  await rm(removed, { recursive: true, force: true });
}

async function sizesIn(folder: string): Promise<Record<string, number>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const sizes: Record<string, number> = {};
  for (const entry of entries) {
    if (!entry.isFile() || entry.name === STATE) continue;
    const path = join(entry.parentPath, entry.name);
    sizes[path.slice(folder.length + 1)] = (await stat(path)).size;
  }
  return Object.fromEntries(Object.entries(sizes).sort());
}
