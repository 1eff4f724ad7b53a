import type { DecodeScope } from './decode-batch.ts';
import { createDraw, type DrawToken } from './draw.ts';
import type { Job } from './job.ts';
import { Pool, poolShapeOf, positionsPerSlot } from './pool.ts';

/** Limits of what one thread decodes at once. */
export interface SchedulerLimits {
  /** Most completions of one decode step. */
  readonly rowsPerStep: number;
  /** Completions a step is filled up to. */
  readonly fewestRows: number;
  /** Most cache positions, of all layers, in memory. One request may always run. */
  readonly cachePositions: number;
}

/** Leads jobs to their pools and shares memory among these. */
export class Scheduler {
  readonly #scope: DecodeScope;
  readonly #limits: SchedulerLimits;
  readonly #draw: DrawToken;
  readonly #pools = new Map<string, Pool>();

  constructor(scope: DecodeScope, limits: SchedulerLimits) {
    this.#scope = scope;
    this.#limits = limits;
    this.#draw = createDraw(scope.config.vocabSize);
  }

  /** Whether there is anything to do. */
  get isBusy(): boolean {
    return this.#pools.size > 0;
  }

  add(job: Job): void {
    const shape = poolShapeOf(job);
    const key = `${shape.lanes} ${shape.promptColumns} ${shape.mostColumns}`;
    let pool = this.#pools.get(key);
    if (!pool) {
      pool = new Pool(this.#scope, this.#draw, shape, this.#limits.fewestRows);
      this.#pools.set(key, pool);
    }
    pool.add(job);
  }

  /** Gives every pool a turn: one token for each completion under way. */
  async round(): Promise<void> {
    for (const [key, pool] of [...this.#pools]) {
      await this.#serve(pool);
      if (pool.isActive || pool.nextOrder < Infinity) continue;
      pool.dispose();
      this.#pools.delete(key);
    }
  }

  /** Fails every job; the next round clears up behind them. */
  fail(reason: unknown): void {
    for (const pool of this.#pools.values()) pool.fail(reason);
  }

  async #serve(pool: Pool): Promise<void> {
    try {
      await pool.serve(this.#slotsFor(pool), this.#firstWithoutMemory());
    } catch (reason) {
      // The runtime failed (out of memory, say): whoever is in this pool learns it, the others go on.
      pool.fail(reason);
      pool.dispose();
    }
  }

  /** Slots a pool may come to have: as rows and memory allow. */
  #slotsFor(pool: Pool): number {
    const others = [...this.#pools.values()].filter((other) => other !== pool);
    const taken = others.reduce((sum, other) => sum + positionsOf(other), 0);
    const free = this.#limits.cachePositions - taken;
    const byMemory = Math.floor(free / positionsPerSlot(pool.shape));
    if (byMemory < pool.fewestSlots && taken > 0) return pool.slots;
    const byRows = Math.floor(this.#limits.rowsPerStep / pool.shape.lanes);
    return Math.max(pool.fewestSlots, Math.min(byRows, byMemory));
  }

  /** Order of the first job whose pool cannot begin for want of memory: later jobs wait until it has. */
  #firstWithoutMemory(): number {
    const blocked = [...this.#pools.values()].filter(
      (pool) => pool.slots === 0 && this.#slotsFor(pool) === 0,
    );
    return Math.min(Infinity, ...blocked.map(({ nextOrder }) => nextOrder));
  }
}

function positionsOf(pool: Pool): number {
  return pool.slots * positionsPerSlot(pool.shape);
}
