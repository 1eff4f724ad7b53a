/**
 * Draws completions for requests that come at any time. Requests wait in line, are decoded together, and leave as they end; what
 * is drawn depends on request and seed alone, not on who else is under way.
 *
 * Where the parameters lie in shared memory, which is so for small models on the CPU, requests are dealt out to one thread
 * per core: a small operator leaves the cores but moments between waiting for each other.
 */
import type { Completion, SampleRequest } from '../backend/backend.ts';
import type { DeviceName, EngineSampler, SamplerContext } from '../engine/protocol.ts';
import type { DecoderConfig } from '../model/config.ts';
import { checkRequest } from './check-request.ts';
import { SamplingError } from './errors.ts';
import { ReplicaSite } from './replica-site.ts';
import { LocalSite, type SamplerSite, type SiteOptions } from './site.ts';

/** Limits of what is decoded at once. */
export interface SamplerOptions {
  /** Most completions of one thread's decode step; default 64 on the CPU, 256 elsewhere. */
  readonly rowsPerStep?: number;
  /** Most bytes of keys and values in memory; default 2 GiB. One request may always run. */
  readonly cacheBytes?: number | undefined;
  /** The same as positions, of all layers; default as many as the bytes allow. */
  readonly cachePositions?: number;
}

const DEFAULT_CACHE_BYTES = 2 ** 31;
/** A few completions of some length; with less there is no use in starting. */
const LEAST_POSITIONS = 2048;
/**
 * A step of a single row, and with many threads one of a few rows, divides its matrix products in another way than larger ones
 * do, which changes the last bits of results. Steps are therefore filled up to the first number of rows for up to two
 * threads, to the second for more; the other end is `rowsPerStep`, which stays below the width of any real model's weights.
 */
const FEWEST_ROWS = { upToTwoThreads: 2, more: 16 };
const ROWS_PER_STEP = { cpu: 64, other: 256 };
/** Most threads side by side. */
const MOST_SITES = 8;
/** Tokens of each completion that threads draw side by side before they wait for each other. */
const ROUNDS_TOGETHER = 4;

export class Sampler implements EngineSampler {
  readonly #context: SamplerContext;
  readonly #options: SiteOptions;
  readonly #mostSites: number;
  readonly #sites: SamplerSite[];
  #work: Promise<void> | null = null;
  #isDisposed = false;

  constructor(context: SamplerContext, options: SamplerOptions = {}) {
    const { config, device, tokenBytes, sessionOptions } = context;
    const { intraOpNumThreads: threads = Infinity } = sessionOptions;
    this.#mostSites = isShared(context) ? Math.min(threads, MOST_SITES) : 1;
    const isSingle = this.#mostSites > 1 || threads === 1;
    const {
      rowsPerStep = device === 'cpu' ? ROWS_PER_STEP.cpu : ROWS_PER_STEP.other,
      cacheBytes = DEFAULT_CACHE_BYTES,
      cachePositions = cacheBytes / positionBytes(config),
    } = options;
    this.#context = context;
    this.#options = {
      config,
      tokenBytes,
      device,
      sessionOptions: isSingle ? { ...sessionOptions, intraOpNumThreads: 1 } : sessionOptions,
      limits: {
        rowsPerStep,
        fewestRows: isSingle || threads <= 2 ? FEWEST_ROWS.upToTwoThreads : FEWEST_ROWS.more,
        cachePositions: Math.floor(cachePositions / this.#mostSites),
      },
    };
    this.#sites = [new LocalSite(this.#options)];
  }

  /**
   * @throws {@link SamplingError} when the request cannot be sampled or the policy's logits are no distribution; the signal's
   *   reason once it fires.
   */
  async submit(request: SampleRequest, signal: AbortSignal): Promise<readonly Completion[]> {
    signal.throwIfAborted();
    checkRequest(request, this.#context.config, this.#context.tokenBytes);
    if (this.#isDisposed) throw disposed();
    const completions = this.#leastLoaded().submit(request, signal);
    this.#work ??= this.#drive();
    return await completions;
  }

  async dispose(): Promise<void> {
    this.#isDisposed = true;
    for (const site of this.#sites) site.fail(disposed());
    await this.#work;
    for (const site of this.#sites) await site.dispose();
  }

  /** Where the next request goes: another thread is started when all have something to do. */
  #leastLoaded(): SamplerSite {
    const least = this.#sites.reduce((best, site) => (site.load < best.load ? site : best));
    if (least.load === 0 || this.#sites.length === this.#mostSites) return least;
    const replica = new ReplicaSite(this.#options);
    this.#sites.push(replica);
    return replica;
  }

  /** Gives all threads turn after turn until none has anything to do. */
  async #drive(): Promise<void> {
    for (;;) {
      const rounds = this.#sites.length > 1 ? ROUNDS_TOGETHER : 1;
      const busy = this.#sites.filter(({ isBusy }) => isBusy);
      if (busy.length === 0) break;
      try {
        await this.#context.exclusive(async () => {
          const parameters = this.#context.parameters();
          // Other threads first: this one is blocked once it runs.
          await Promise.all(busy.toReversed().map((site) => site.turn(parameters, rounds)));
        });
      } catch (reason) {
        // Sites keep their failures to themselves, so this one is the engine's and everybody's.
        for (const site of this.#sites) site.fail(reason);
        break;
      }
    }
    this.#work = null;
  }
}

/** Bytes of keys and values: as many as all threads' steps can come to have, within the default; and as few as will do. */
export function boundsOfCache(
  config: DecoderConfig,
  device: DeviceName,
): { readonly most: number; readonly least: number } {
  const rows = device === 'cpu' ? MOST_SITES * ROWS_PER_STEP.cpu : ROWS_PER_STEP.other;
  const row = config.maxPositions * positionBytes(config);
  const least = Math.min(row, LEAST_POSITIONS * positionBytes(config));
  return { most: Math.min(DEFAULT_CACHE_BYTES, rows * row), least };
}

/** Keys and values of one position, in all layers. */
function positionBytes({ layers, keyValueHeads, headDim }: DecoderConfig): number {
  return 8 * layers * keyValueHeads * headDim;
}

function disposed(): SamplingError {
  return new SamplingError(
    'TASKSPACE_ERR_SAMPLING_REQUEST',
    'sampler: expected requests while it is open, got one after or during dispose. Open another engine.',
  );
}

/** Whether other threads can read the parameters. */
function isShared({ parameters, device }: SamplerContext): boolean {
  const [first] = Object.values(parameters());
  return (
    device === 'cpu' &&
    first !== undefined &&
    (first.data as Float32Array).buffer instanceof SharedArrayBuffer
  );
}
