/**
 * Differs from the paper (arXiv 2509.04575, algorithm 1) in what it leaves open: of several entries with the lowest score, the one
 * that entered first is replaced.
 */
import type { ValidateFunction } from 'ajv';
import { CheckpointError, TaskspaceError } from '../errors.ts';
import type { PartialHistory } from '../history.ts';
import type { Json } from '../json.ts';
import { createAjv } from '../json-schema.ts';
import type { RandomStream } from '../random.ts';
import { partialHistorySchema, taskSchema } from '../schemas.ts';
import { showValue } from '../show-value.ts';
import type { Task } from '../task.ts';
import { ScoreTree } from './score-tree.ts';

/** A start that instances can be made of. */
export interface BufferEntry {
  readonly task: Task;
  /** Ends with the turn that is rewritten or replayed. */
  readonly start: PartialHistory;
  /** How often the start's last response has been rewritten (k′ in the paper). */
  readonly iterate: number;
  /** Learnability, its own or inherited (S in the paper). */
  readonly score: number;
  /** Iteration in which it was inserted. */
  readonly born: number;
}

/** How a buffer is bounded and drawn from. */
export interface TaskBufferOptions {
  /** Most entries, `>= 1` (N in the paper). */
  readonly capacity: number;
  /** Inverse temperature of the draw (κ in the paper), finite. */
  readonly kappa: number;
}

/**
 * Starts of self-iterations by learnability. At capacity an entry replaces the lowest one if its score is at least as high. Insert,
 * update and draw take time logarithmic in the capacity. An entry is known by its start: origin and number of turns.
 */
export class TaskBuffer {
  readonly capacity: number;
  readonly #kappa: number;
  #slots: StoredEntry[] = [];
  #slotOf = new Map<string, number>();
  #tree: ScoreTree;
  #nextRank = 0;

  /** @throws {@link TaskspaceError} `TASKSPACE_ERR_BUFFER` when capacity or κ cannot be used. */
  constructor({ capacity, kappa }: TaskBufferOptions) {
    if (!Number.isSafeInteger(capacity) || capacity < 1) {
      throw refuse('a capacity of at least 1', showValue(capacity), 'Raise capacity.');
    }
    if (!Number.isFinite(kappa)) {
      throw refuse('a finite kappa', showValue(kappa), 'Correct kappa, for example 10.');
    }
    this.capacity = capacity;
    this.#kappa = kappa;
    this.#tree = new ScoreTree(capacity, kappa);
  }

  get size(): number {
    return this.#slots.length;
  }

  /** The lowest score; null when the buffer is empty. */
  get minScore(): number | null {
    return this.size === 0 ? null : this.#tree.scoreAt(this.#tree.lowest);
  }

  /** @param key - Of a start, by {@link entryKey}. */
  has(key: string): boolean {
    return this.#slotOf.has(key);
  }

  /** All entries, in the order in which the draw shares [0, 1) among them. */
  entries(): BufferEntry[] {
    return this.#slots.map((_, slot) => this.#entryAt(slot));
  }

  /**
   * Adds an entry; at capacity only if its score is at least the lowest one, whose entry it replaces. An entry with the same start
   * is replaced in any case.
   *
   * @returns Whether the entry is in the buffer now.
   * @throws {@link TaskspaceError} `TASKSPACE_ERR_BUFFER` when the score is not finite.
   */
  insert(entry: BufferEntry): boolean {
    this.#checkScore(entry.score);
    const slot = this.#slotFor(entry);
    if (slot === null) return false;
    this.#put(slot, entry, this.#nextRank);
    this.#nextRank += 1;
    return true;
  }

  /**
   * Sets an entry's score.
   *
   * @returns False when no entry with this start is in the buffer (any more).
   * @throws {@link TaskspaceError} `TASKSPACE_ERR_BUFFER` when the score is not finite.
   */
  update(start: PartialHistory, score: number): boolean {
    this.#checkScore(score);
    const slot = this.#slotOf.get(entryKey(start));
    if (slot === undefined) return false;
    this.#tree.set(slot, score, this.#slots[slot]!.rank);
    return true;
  }

  /**
   * Draws an entry with probability proportional to exp(κ·score).
   *
   * @throws {@link TaskspaceError} `TASKSPACE_ERR_BUFFER` when the buffer is empty.
   */
  draw(random: RandomStream): BufferEntry {
    if (this.size === 0) throw refuse('an entry to draw', 'none', 'Insert one first.');
    return this.#entryAt(this.#tree.find(random.next()));
  }

  snapshot(): Json {
    const entries = this.#slots.map((stored, slot) => ({
      ...stored,
      score: this.#tree.scoreAt(slot),
    }));
    // Tasks and histories are plain data.
    return { nextRank: this.#nextRank, entries: entries as unknown as Json };
  }

  /** @throws {@link CheckpointError} when the value is not the snapshot of a buffer that fits into this one. */
  restore(state: Json): void {
    const { nextRank, entries } = readSnapshot(state);
    if (entries.length > this.capacity) {
      throw new CheckpointError(
        'task buffer',
        `expected at most ${this.capacity} entries, got ${entries.length}. Resume with the capacity the run was started with.`,
      );
    }
    this.#slots = [];
    this.#slotOf = new Map();
    this.#tree = new ScoreTree(this.capacity, this.#kappa);
    for (const [slot, entry] of entries.entries()) {
      this.#checkScore(entry.score);
      this.#put(slot, entry, entry.rank);
    }
    this.#nextRank = nextRank;
  }

  #slotFor({ start, score }: BufferEntry): number | null {
    const own = this.#slotOf.get(entryKey(start));
    if (own !== undefined) return own;
    if (this.size < this.capacity) return this.size;
    const { lowest } = this.#tree;
    return score >= this.#tree.scoreAt(lowest) ? lowest : null;
  }

  #put(slot: number, entry: BufferEntry, rank: number): void {
    const replaced = this.#slots[slot];
    if (replaced !== undefined) this.#slotOf.delete(entryKey(replaced.start));
    const { task, start, iterate, score, born } = entry;
    this.#slots[slot] = { task, start, iterate, born, rank };
    this.#slotOf.set(entryKey(start), slot);
    this.#tree.set(slot, score, rank);
  }

  #entryAt(slot: number): BufferEntry {
    const { task, start, iterate, born } = this.#slots[slot]!;
    return { task, start, iterate, score: this.#tree.scoreAt(slot), born };
  }

  #checkScore(score: number): void {
    if (Number.isFinite(score) && Number.isFinite(this.#kappa * score)) return;
    throw refuse('a finite score', showValue(score), 'Score entries by learnability.');
  }
}

/** Names a start: the rollout it was cut from, and its last turn. */
export function entryKey({ origin, turns }: PartialHistory): string {
  return `${origin}#${turns.length}`;
}

/** An entry without its score, which the tree holds. */
interface StoredEntry extends Omit<BufferEntry, 'score'> {
  /** Lower for what entered earlier. */
  readonly rank: number;
}

interface Snapshot {
  readonly nextRank: number;
  readonly entries: readonly (StoredEntry & Pick<BufferEntry, 'score'>)[];
}

const COUNT = { type: 'integer', minimum: 0 } as const;

const snapshotSchema = {
  type: 'object',
  required: ['nextRank', 'entries'],
  properties: {
    nextRank: COUNT,
    entries: {
      type: 'array',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['task', 'start', 'iterate', 'score', 'born', 'rank'],
        properties: {
          task: taskSchema,
          start: partialHistorySchema,
          iterate: COUNT,
          score: { type: 'number' },
          born: COUNT,
          rank: COUNT,
        },
      },
    },
  },
};

let compiled: ValidateFunction<Snapshot> | undefined;

function readSnapshot(state: Json): Snapshot {
  compiled ??= createAjv().compile<Snapshot>(snapshotSchema);
  const validate = compiled;
  const value: unknown = state;
  if (validate(value)) return value;
  const { instancePath = '', message = 'damaged' } = validate.errors?.[0] ?? {};
  throw new CheckpointError(
    'task buffer',
    `expected the snapshot of a task buffer, got ${showValue(state)} (${instancePath || 'the whole value'} ${message}). ` +
      'Resume from another checkpoint.',
  );
}

function refuse(expected: string, got: string, hint: string): TaskspaceError {
  return new TaskspaceError(
    'TASKSPACE_ERR_BUFFER',
    `task buffer: expected ${expected}, got ${got}. ${hint}`,
  );
}
