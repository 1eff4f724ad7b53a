/** Shares cores and memory out to runs of all competitions, so that none is slowed into its time limit by the others. */
import { availableParallelism, totalmem } from 'node:os';

/** What one run may need at most. */
export interface RunCost {
  readonly cores: number;
  readonly memoryBytes: number;
}

/** What runs have used so far. */
export interface CostRecord {
  readonly runs: number;
  /** Summed over runs, while they ran. */
  readonly runMs: number;
  /** Summed over runs, while they waited for a place. */
  readonly waitMs: number;
  readonly mostAtOnce: number;
  readonly peakMemoryBytes: number;
}

/** Lets runs in, first come, first served. */
export interface Budget {
  /**
   * Waits for a place, then works.
   *
   * @throws the signal's reason when aborted while waiting.
   */
  run<T extends { readonly peakMemoryBytes?: number }>(
    cost: RunCost,
    work: () => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T>;
  readonly record: () => CostRecord;
}

interface Waiting {
  readonly cost: RunCost;
  readonly enter: () => void;
}

let ofProcess: Budget | undefined;

/** The budget that all runs of this process share unless they are given another. */
export function sharedBudget(): Budget {
  ofProcess ??= createBudget();
  return ofProcess;
}

/** The share of memory that runs may be promised together. */
const MEMORY_SHARE = 0.75;

/**
 * @param total - Default all cores and three quarters of the memory. A run that needs more than all of it runs alone.
 */
export function createBudget(total: Partial<RunCost> = {}): Budget {
  const cores = total.cores ?? availableParallelism();
  const memoryBytes = total.memoryBytes ?? totalmem() * MEMORY_SHARE;
  const queue: Waiting[] = [];
  let usedCores = 0;
  let usedMemory = 0;
  let inside = 0;
  let [runs, runMs, waitMs, mostAtOnce, peakMemoryBytes] = [0, 0, 0, 0, 0];
  const fits = ({ cost }: Waiting): boolean =>
    inside === 0 ||
    (usedCores + cost.cores <= cores && usedMemory + cost.memoryBytes <= memoryBytes);
  const admit = (): void => {
    // Strictly in order: a large run would wait for ever if small ones went past it.
    while (queue.length > 0 && fits(queue[0]!)) {
      const { cost, enter } = queue.shift()!;
      inside += 1;
      usedCores += cost.cores;
      usedMemory += cost.memoryBytes;
      mostAtOnce = Math.max(mostAtOnce, inside);
      enter();
    }
  };
  return {
    async run(cost, work, signal) {
      signal?.throwIfAborted();
      const asked = performance.now();
      await new Promise<void>((resolve, reject) => {
        const onAbort = (): void => {
          queue.splice(queue.indexOf(waiting), 1);
          reject(signal?.reason);
          admit();
        };
        const waiting: Waiting = {
          cost,
          enter: () => {
            signal?.removeEventListener('abort', onAbort);
            resolve();
          },
        };
        signal?.addEventListener('abort', onAbort, { once: true });
        queue.push(waiting);
        admit();
      });
      const began = performance.now();
      waitMs += began - asked;
      try {
        const result = await work();
        peakMemoryBytes = Math.max(peakMemoryBytes, result.peakMemoryBytes ?? 0);
        return result;
      } finally {
        runs += 1;
        runMs += performance.now() - began;
        inside -= 1;
        usedCores -= cost.cores;
        usedMemory -= cost.memoryBytes;
        admit();
      }
    },
    record: () => ({ runs, runMs, waitMs, mostAtOnce, peakMemoryBytes }),
  };
}
