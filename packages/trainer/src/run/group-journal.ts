import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Group, Instance, Rollout, TokenSequence } from '@taskspace/core';
import { diskProblem } from './disk-problem.ts';
import { JsonLines } from './json-lines.ts';

/** What groups were drawn for; a journal of other draws is begun anew. */
export interface JournalDraw {
  readonly iteration: number;
  readonly policyVersion: number;
  readonly instances: readonly Instance[];
}

/**
 * The groups of one iteration, written down as they are complete: a run that is killed goes on with them instead of playing them
 * again. Groups with failures are left out, so that what was mended in the meantime is tried.
 */
export class GroupJournal implements AsyncDisposable {
  /** Those that were written down before, by their instance's place in the draw. */
  readonly groups: ReadonlyMap<number, Group>;
  readonly #file: JsonLines;
  #writing: Promise<void> = Promise.resolve();

  private constructor(file: JsonLines, groups: ReadonlyMap<number, Group>) {
    this.#file = file;
    this.groups = groups;
  }

  /** Opens or creates the journal; a line that a kill cut off is dropped. */
  static async open(path: string, draw: JournalDraw): Promise<GroupJournal> {
    const head = { format: FORMAT, draw: digestOf(draw) };
    const lines = (await readIfPresent(path)).split('\n').slice(0, -1);
    const groups = new Map<number, Group>();
    let bytes = 0;
    if (lines[0] === JSON.stringify(head)) {
      bytes = byteLength(lines[0]);
      for (const line of lines.slice(1)) {
        const entry = parseEntry(line, draw.instances);
        if (!entry) break;
        groups.set(entry.index, entry.group);
        bytes += byteLength(line);
      }
    }
    const file = await JsonLines.open(path, bytes);
    if (bytes === 0) await file.append(head);
    return new GroupJournal(file, groups);
  }

  async append(index: number, group: Group): Promise<void> {
    if (group.failures.length > 0) return;
    const { rollouts, retried } = group;
    const line = { index, rollouts: rollouts.map(packed), ...(retried && { retried }) };
    this.#writing = this.#writing.then(() => this.#file.append(line));
    await this.#writing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file[Symbol.asyncDispose]();
  }
}

const FORMAT = 1;

function digestOf(draw: JournalDraw): string {
  return createHash('sha256').update(JSON.stringify(draw)).digest('hex');
}

function byteLength(line: string): number {
  return Buffer.byteLength(line) + 1;
}

async function readIfPresent(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw diskProblem(path, error);
  }
}

/** A rollout for JSON: its task is the instance's, and numbers keep every bit. */
function packed({ history: { task: _, ...history }, sequences, ...rollout }: Rollout): object {
  return {
    ...rollout,
    history,
    sequences: sequences.map(({ tokens, lossMask, sampledLogprobs }) => ({
      tokens: base64(tokens),
      lossMask: base64(lossMask),
      sampledLogprobs: base64(sampledLogprobs),
    })),
  };
}

interface PackedRollout extends Omit<Rollout, 'history' | 'sequences'> {
  readonly history: Omit<Rollout['history'], 'task'>;
  readonly sequences: readonly { readonly [Part in keyof TokenSequence]: string }[];
}

interface PackedGroup extends Pick<Group, 'retried'> {
  readonly index: number;
  readonly rollouts: readonly PackedRollout[];
}

/** Null when the line is damaged. */
function parseEntry(
  line: string,
  instances: readonly Instance[],
): { readonly index: number; readonly group: Group } | null {
  let entry: PackedGroup;
  try {
    entry = JSON.parse(line) as PackedGroup;
  } catch {
    // A power cut can leave part of a line that ends like a whole one.
    return null;
  }
  const { index, rollouts, retried } = entry;
  const instance = instances[index];
  if (!instance) return null;
  const group: Group = {
    instance,
    rollouts: rollouts.map(({ history, sequences, ...rollout }) => ({
      ...rollout,
      history: { ...history, task: instance.task },
      sequences: sequences.map(({ tokens, lossMask, sampledLogprobs }) => ({
        tokens: new Int32Array(bytesOf(tokens)),
        lossMask: new Uint8Array(bytesOf(lossMask)),
        sampledLogprobs: new Float32Array(bytesOf(sampledLogprobs)),
      })),
    })),
    failures: [],
    ...(retried && { retried }),
  };
  return { index, group };
}

function base64({
  buffer,
  byteOffset,
  byteLength,
}: Int32Array | Uint8Array | Float32Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('base64');
}

/** A buffer of its own, so that it begins where numbers of four bytes may. */
function bytesOf(text: string): ArrayBuffer {
  return Uint8Array.from(Buffer.from(text, 'base64')).buffer;
}
