/**
 * Requests whose prompts and completions have caches of the same widths, decoded together. One turn of a pool prefills prompts
 * while there is room, puts them into free slots, and draws one token for every completion under way. Slots are taken and
 * given back in any order; their number follows what there is to do.
 */

import { cacheColumns, lanesPerSlot, prefillLength, prefillRows } from './cache-layout.ts';
import { DecodeBatch, type DecodeScope } from './decode-batch.ts';
import type { DrawToken } from './draw.ts';
import type { Job } from './job.ts';
import { type Prefilled, prefill } from './prefill.ts';
import type { Sequence } from './sequence.ts';

/** What requests of one pool have in common. */
export interface PoolShape {
  /** Completions per slot. */
  readonly lanes: number;
  /** Columns of a prompt's cache. */
  readonly promptColumns: number;
  /** Columns that the longest completion asked for would take. */
  readonly mostColumns: number;
}

/** Completions of one prompt that share a slot. */
interface Load {
  readonly job: Job;
  readonly sequences: readonly Sequence[];
  /** The prompt's row in its prefill. */
  readonly source: number;
}

interface Occupied {
  readonly load: Load;
  /** Tokens of the completions that are in the cache. */
  length: number;
}

/** The pool a request belongs to. */
export function poolShapeOf({ request: { prompt, samples, sampling } }: Job): PoolShape {
  const promptColumns = cacheColumns(prompt.length);
  return {
    lanes: lanesPerSlot(samples, promptColumns),
    promptColumns,
    mostColumns: cacheColumns(sampling.maxTokens),
  };
}

/** Cache positions that one slot can come to take. */
export function positionsPerSlot({ lanes, promptColumns, mostColumns }: PoolShape): number {
  return promptColumns + lanes * mostColumns;
}

export class Pool {
  readonly shape: PoolShape;
  readonly #scope: DecodeScope;
  readonly #draw: DrawToken;
  readonly #fewestRows: number;
  readonly #jobs = new Set<Job>();
  #waiting: Job[] = [];
  #ready: { readonly prefilled: Prefilled; readonly loads: Load[] } | null = null;
  #batch: DecodeBatch | null = null;
  #slots: (Occupied | null)[] = [];
  /** Set when a cache may hold numbers that are not finite, which even a mask would let through. */
  #isSpoiled = false;

  /** @param fewestRows - Completions a step is filled up to. */
  constructor(scope: DecodeScope, draw: DrawToken, shape: PoolShape, fewestRows: number) {
    this.#scope = scope;
    this.#draw = draw;
    this.#fewestRows = fewestRows;
    this.shape = shape;
  }

  /** Slots there is memory for at this moment. */
  get slots(): number {
    return this.#slots.length;
  }

  /** Fewest slots of a batch. */
  get fewestSlots(): number {
    return Math.ceil(this.#fewestRows / this.shape.lanes);
  }

  /** Order of the first job that has not begun; Infinity when there is none. */
  get nextOrder(): number {
    return this.#waiting[0]?.order ?? Infinity;
  }

  /** Whether a job has begun and is not over. */
  get isActive(): boolean {
    return this.#ready !== null || this.#slots.some((slot) => slot !== null);
  }

  add(job: Job): void {
    this.#jobs.add(job);
    this.#waiting.push(job);
  }

  /**
   * One turn.
   *
   * @param mostSlots - Slots it may come to have.
   * @param before - Only jobs of a lower order may begin.
   */
  async serve(mostSlots: number, before: number): Promise<void> {
    this.#drop();
    // All that there is room for begins before the step, which costs the same however many of its slots are filled.
    while (await this.#begin(mostSlots, before));
    await this.#step();
  }

  /** Fails every job; the next turn clears up behind them. */
  fail(reason: unknown): void {
    for (const job of this.#jobs) job.fail(reason);
  }

  dispose(): void {
    this.#ready?.prefilled.dispose();
    this.#ready = null;
    this.#batch?.dispose();
    this.#batch = null;
    this.#slots = [];
  }

  /** Forgets what nobody waits for any more. */
  #drop(): void {
    for (const job of this.#jobs) if (job.isOver) this.#jobs.delete(job);
    this.#waiting = this.#waiting.filter((job) => !job.isOver);
    if (this.#ready) {
      const loads = this.#ready.loads.filter(({ job }) => !job.isOver);
      this.#ready.loads.splice(0, Infinity, ...loads);
      this.#releaseReady();
    }
    for (const [index, slot] of this.#slots.entries()) {
      if (slot && isFinished(slot.load)) this.#slots[index] = null;
    }
  }

  /** Prefills some prompts and puts what is ready into free slots; gives whether it prefilled, and so may go on. */
  async #begin(mostSlots: number, before: number): Promise<boolean> {
    const occupied = this.#slots.filter((slot) => slot !== null).length;
    const mayJoin = !this.#isSpoiled || occupied === 0;
    const prefills =
      mayJoin && this.#ready === null && occupied < mostSlots && this.nextOrder < before;
    if (prefills) await this.#prefill();
    await this.#fit(mostSlots, before);
    if (mayJoin) await this.#join();
    return prefills;
  }

  /** Runs the oldest waiting prompt together with others of its padded length, and draws their first tokens. */
  async #prefill(): Promise<void> {
    const width = prefillLength(this.#waiting[0]!.request.prompt.length);
    const jobs = this.#waiting
      .filter(({ request }) => prefillLength(request.prompt.length) === width)
      .slice(0, prefillRows(width));
    this.#waiting = this.#waiting.filter((job) => !jobs.includes(job));
    const prompts = jobs.map(({ request }) => request.prompt);
    const prefilled = await prefill(this.#scope, prompts).catch((reason: unknown) => {
      for (const job of jobs) job.fail(reason);
      throw reason;
    });
    const loads: Load[] = [];
    for (const [source, job] of jobs.entries()) {
      for (const sequence of job.sequences) this.#extend(job, sequence, prefilled.logits, source);
      job.settle();
      const going = job.isOver ? [] : job.sequences.filter(({ isDone }) => !isDone);
      for (let first = 0; first < going.length; first += this.shape.lanes) {
        const sequences = going.slice(first, first + this.shape.lanes);
        loads.push({ job, sequences, source });
      }
    }
    this.#ready = { prefilled, loads };
    this.#releaseReady();
  }

  /** Makes room for what there is to do, and gives back what is not needed. */
  async #fit(mostSlots: number, before: number): Promise<void> {
    const occupied = this.#slots.flatMap((slot, index) => (slot === null ? [] : [index]));
    const coming = this.#waiting
      .filter(({ order }) => order < before)
      .reduce((sum, { request }) => sum + Math.ceil(request.samples / this.shape.lanes), 0);
    const wanted = occupied.length + (this.#ready?.loads.length ?? 0) + coming;
    if (wanted === 0 || (this.#isSpoiled && occupied.length === 0)) {
      this.#batch?.dispose();
      this.#batch = null;
      this.#slots = [];
      this.#isSpoiled = false;
    }
    if (wanted === 0) return;
    const roomy = Math.min(mostSlots, 2 ** Math.ceil(Math.log2(wanted)));
    const slots = Math.max(this.fewestSlots, occupied.length, roomy);
    const longest = occupied.reduce((most, index) => Math.max(most, this.#slots[index]!.length), 0);
    const needed = Math.min(cacheColumns(longest + 1), this.shape.mostColumns);
    if (this.#batch === null) {
      const { lanes, promptColumns } = this.shape;
      const shape = { slots, lanes, promptColumns, generatedColumns: needed };
      this.#batch = new DecodeBatch(this.#scope, shape);
      this.#slots = new Array<null>(slots).fill(null);
      return;
    }
    const { generatedColumns } = this.#batch.shape;
    const columns = Math.max(needed, generatedColumns);
    if (slots === this.#slots.length && columns === generatedColumns) return;
    await this.#batch.resize(occupied, slots, columns);
    this.#slots = Array.from({ length: slots }, (_, index) =>
      index < occupied.length ? this.#slots[occupied[index]!]! : null,
    );
    for (const [index, slot] of this.#slots.entries()) {
      if (slot) this.#batch.show(index, slot.load.job.request.prompt.length, slot.length);
    }
  }

  /** Puts prompts that are ready into free slots. */
  async #join(): Promise<void> {
    if (this.#ready === null || this.#batch === null) return;
    const { prefilled, loads } = this.#ready;
    const free = this.#slots.flatMap((slot, index) => (slot === null ? [index] : []));
    const joining = loads.splice(0, free.length).map((load, at) => ({ load, slot: free[at]! }));
    if (joining.length === 0) return;
    for (const { load, slot } of joining) this.#slots[slot] = { load, length: 0 };
    await this.#batch.join(
      prefilled.fresh,
      prefilled.width,
      joining.map(({ load, slot }) => ({ source: load.source, slot })),
    );
    for (const { load, slot } of joining) {
      this.#batch.show(slot, load.job.request.prompt.length, 0);
    }
    this.#releaseReady();
  }

  /** Draws the next token of every completion under way. */
  async #step(): Promise<void> {
    const batch = this.#batch;
    if (batch === null || this.#slots.every((slot) => slot === null)) return;
    for (const [index, slot] of this.#slots.entries()) {
      if (slot === null) continue;
      const { job, sequences } = slot.load;
      batch.place(index, job.request.prompt.length + slot.length, slot.length);
      for (const [lane, { lastToken }] of sequences.entries()) batch.feed(index, lane, lastToken);
    }
    const logits = await batch.step();
    for (const [index, slot] of this.#slots.entries()) {
      if (slot === null) continue;
      const { job, sequences } = slot.load;
      slot.length += 1;
      for (const [lane, sequence] of sequences.entries()) {
        if (job.isOver || sequence.isDone) continue;
        this.#extend(job, sequence, logits, index * this.shape.lanes + lane);
      }
      if (!isFinished(slot.load)) continue;
      this.#slots[index] = null;
      job.settle();
    }
  }

  /** Draws a completion's next token from a row of logits; logits that are no distribution fail its job. */
  #extend(job: Job, sequence: Sequence, logits: Float32Array, row: number): void {
    try {
      sequence.extend(this.#draw, logits, row * this.#scope.config.vocabSize);
    } catch (reason) {
      job.fail(reason);
      this.#isSpoiled = true;
    }
  }

  #releaseReady(): void {
    if (this.#ready === null || this.#ready.loads.length > 0) return;
    this.#ready.prefilled.dispose();
    this.#ready = null;
  }
}

function isFinished({ job, sequences }: Load): boolean {
  return job.isOver || sequences.every(({ isDone }) => isDone);
}
