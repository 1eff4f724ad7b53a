/**
 * Draws completions for requests that come at any time. Requests wait in line, are decoded together in pools, and leave as they
 * end; what is drawn depends on request and seed alone, not on who else is under way.
 */
import type { Completion, SampleRequest } from '../backend/backend.ts';
import type { EngineSampler, SamplerContext } from '../engine/protocol.ts';
import { checkRequest } from './check-request.ts';
import type { DecodeScope } from './decode-batch.ts';
import { createDraw, type DrawToken } from './draw.ts';
import { SamplingError } from './errors.ts';
import { Job } from './job.ts';
import { Pool, poolShapeOf, positionsPerSlot } from './pool.ts';
import { createPrograms } from './programs.ts';
import { Rotations } from './rotations.ts';

/** Limits of what is decoded at once. */
export interface SamplerOptions {
  /** Most completions of one decode step; default 64. */
  readonly rowsPerStep?: number;
  /** Most cache positions, of all layers, in memory; default as many as fit 2 GiB. One request may always run. */
  readonly cachePositions?: number;
}

const DEFAULT_CACHE_BYTES = 2 ** 31;
/**
 * A step of a single row, and with many threads one of a few rows, divides its matrix products in another way than larger ones
 * do, which changes the last bits of results. Steps are therefore filled up to the first number of rows for up to two
 * threads, to the second for more; the other end is `rowsPerStep`, which stays below the width of any real model's weights.
 */
const FEWEST_ROWS = { upToTwoThreads: 2, more: 16 };

export class Sampler implements EngineSampler {
  readonly #context: SamplerContext;
  readonly #scope: DecodeScope;
  readonly #draw: DrawToken;
  readonly #rowsPerStep: number;
  readonly #cachePositions: number;
  readonly #pools = new Map<string, Pool>();
  #submitted = 0;
  #work: Promise<void> | null = null;
  #isDisposed = false;

  constructor(context: SamplerContext, options: SamplerOptions = {}) {
    const { config, device, sessionOptions, parameters } = context;
    this.#context = context;
    this.#draw = createDraw(config.vocabSize);
    const target = {
      name: device,
      label: device,
      threads: sessionOptions.intraOpNumThreads ?? 0,
      keepsTensors: device === 'webgpu',
      sessionOptions,
    };
    this.#scope = {
      config,
      parameters,
      rotations: new Rotations(config),
      programs: createPrograms(config, target),
    };
    const positionBytes = 8 * config.layers * config.keyValueHeads * config.headDim;
    this.#rowsPerStep = options.rowsPerStep ?? 64;
    this.#cachePositions =
      options.cachePositions ?? Math.floor(DEFAULT_CACHE_BYTES / positionBytes);
  }

  /**
   * @throws {@link SamplingError} when the request cannot be sampled or the policy's logits are no distribution; the signal's
   *   reason once it fires.
   */
  async submit(request: SampleRequest, signal: AbortSignal): Promise<readonly Completion[]> {
    signal.throwIfAborted();
    const { config, tokenBytes } = this.#context;
    checkRequest(request, config, tokenBytes);
    if (this.#isDisposed) throw disposed();
    const job = new Job(request, this.#submitted++, tokenBytes);
    const abort = () => job.fail(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    this.#poolFor(job).add(job);
    this.#work ??= this.#drive();
    try {
      return await job.completions;
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  async dispose(): Promise<void> {
    this.#isDisposed = true;
    for (const pool of this.#pools.values()) pool.fail(disposed());
    await this.#work;
    await this.#scope.programs.release();
  }

  #poolFor(job: Job): Pool {
    const shape = poolShapeOf(job);
    const key = `${shape.lanes} ${shape.promptColumns} ${shape.mostColumns}`;
    let pool = this.#pools.get(key);
    if (!pool) {
      const { intraOpNumThreads = Infinity } = this.#context.sessionOptions;
      const fewest = intraOpNumThreads <= 2 ? FEWEST_ROWS.upToTwoThreads : FEWEST_ROWS.more;
      pool = new Pool(this.#scope, this.#draw, shape, fewest);
      this.#pools.set(key, pool);
    }
    return pool;
  }

  /** Serves pool after pool until none has anything to do. */
  async #drive(): Promise<void> {
    while (this.#pools.size > 0) {
      for (const [key, pool] of [...this.#pools]) {
        await this.#context.exclusive(() => this.#serve(pool));
        if (pool.isActive || pool.nextOrder < Infinity) continue;
        pool.dispose();
        this.#pools.delete(key);
      }
    }
    this.#work = null;
  }

  async #serve(pool: Pool): Promise<void> {
    const before = this.#firstWithoutMemory();
    try {
      await pool.serve(this.#slotsFor(pool), before);
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
    const byMemory = Math.floor((this.#cachePositions - taken) / positionsPerSlot(pool.shape));
    const byRows = Math.floor(this.#rowsPerStep / pool.shape.lanes);
    const most = Math.max(pool.fewestSlots, Math.min(byRows, byMemory));
    return byMemory >= pool.fewestSlots || taken === 0 ? most : pool.slots;
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

function disposed(): SamplingError {
  return new SamplingError(
    'TASKSPACE_ERR_SAMPLING_REQUEST',
    'sampler: expected requests while it is open, got one after or during dispose. Open another engine.',
  );
}
