/**
 * Judges answers in worker threads that can be killed. No right verdict needs this, since steps bound the work; it is
 * the second line of defence where one stuck answer would stop a whole run.
 */
import { Worker } from 'node:worker_threads';
import type { AnswerVerdict, VerifyOptions } from './options.ts';

/** What a worker is asked. */
export interface PoolRequest {
  readonly gold: string | readonly string[];
  readonly response: string;
  readonly options: VerifyOptions;
}

/** What a worker answers. */
export interface PoolReply {
  readonly verdict: AnswerVerdict;
  /** Time the verdict took inside the worker. */
  readonly timeMs: number;
}

/** The outcome of one answer: judged, or the worker was lost over it. */
export type PoolOutcome =
  | { readonly status: 'done'; readonly verdict: AnswerVerdict; readonly timeMs: number }
  | { readonly status: 'failed'; readonly cause: 'overrun' | 'crash'; readonly message: string };

/** Worker threads that judge answers; dispose of it when done. */
export interface VerifierPool extends AsyncDisposable {
  verify(
    gold: string | readonly string[],
    response: string,
    options?: VerifyOptions,
  ): Promise<PoolOutcome>;
}

/** How a pool is set up. */
export interface PoolOptions {
  /** Worker threads, at least 1. Default 1. */
  readonly size?: number;
  /** Time after which a worker is killed over one answer. Default 5,000, a thousand times what an answer takes. */
  readonly overrunMs?: number;
  /** Heap of one worker. Default 256. */
  readonly heapMegabytes?: number;
  /** The worker's program, for tests. */
  readonly workerUrl?: URL;
}

interface Job {
  readonly request: PoolRequest;
  resolve(outcome: PoolOutcome): void;
}

interface Slot {
  worker: Worker | undefined;
  job: Job | undefined;
  ready: boolean;
  timer: NodeJS.Timeout | undefined;
}

const WORKER_URL = new URL(
  import.meta.url.endsWith('.ts') ? './pool-worker.ts' : './pool-worker.js',
  import.meta.url,
);

/** Opens a pool; workers start with the first answers. */
export function createVerifierPool({
  size = 1,
  overrunMs = 5_000,
  heapMegabytes = 256,
  workerUrl = WORKER_URL,
}: PoolOptions = {}): VerifierPool {
  if (!(size >= 1))
    throw new Error(`verifier pool: expected at least 1 worker, got ${size}. Set size.`);
  const queue: Job[] = [];
  const slots: Slot[] = Array.from({ length: size }, () => emptySlot());
  let closed = false;

  const finish = (slot: Slot, outcome: PoolOutcome): void => {
    clearTimeout(slot.timer);
    const { job } = slot;
    slot.job = undefined;
    job?.resolve(outcome);
    pump();
  };
  const lose = (slot: Slot, cause: 'overrun' | 'crash', message: string): void => {
    const { worker } = slot;
    slot.worker = undefined;
    slot.ready = false;
    // The thread ends on its own time; nothing waits for it.
    void worker?.terminate();
    finish(slot, { status: 'failed', cause, message });
  };
  const start = (slot: Slot): void => {
    const worker = new Worker(workerUrl, {
      resourceLimits: { maxOldGenerationSizeMb: heapMegabytes },
    });
    slot.worker = worker;
    worker.on('message', (message: 'ready' | PoolReply) => {
      if (slot.worker !== worker) return;
      if (message === 'ready') {
        slot.ready = true;
        send(slot);
      } else {
        finish(slot, { status: 'done', ...message });
      }
    });
    worker.on('error', (error: Error) => {
      if (slot.worker === worker) lose(slot, 'crash', `verifier worker: ${error.message}`);
    });
    worker.on('exit', (code) => {
      if (slot.worker === worker) lose(slot, 'crash', `verifier worker: ended with code ${code}.`);
    });
  };
  const send = (slot: Slot): void => {
    const { job, worker } = slot;
    if (job === undefined || worker === undefined || !slot.ready) return;
    worker.ref();
    slot.timer = setTimeout(() => {
      lose(
        slot,
        'overrun',
        `verifier worker: expected a verdict within ${overrunMs} ms. The worker was ended.`,
      );
    }, overrunMs);
    worker.postMessage(job.request);
  };
  const pump = (): void => {
    for (const slot of slots) {
      if (slot.job !== undefined) continue;
      slot.job = queue.shift();
      if (slot.job === undefined) {
        slot.worker?.unref();
      } else if (slot.worker === undefined) {
        start(slot);
      } else {
        send(slot);
      }
    }
  };

  return {
    verify(gold, response, options = {}) {
      if (closed)
        throw new Error(
          'verifier pool: expected an open pool, this one is disposed of. Open another.',
        );
      return new Promise((resolve) => {
        queue.push({ request: { gold, response, options }, resolve });
        pump();
      });
    },
    async [Symbol.asyncDispose]() {
      closed = true;
      for (const job of queue.splice(0)) job.resolve(abandoned());
      await Promise.all(
        slots.map(async (slot) => {
          const { worker } = slot;
          slot.worker = undefined;
          if (slot.job !== undefined) finish(slot, abandoned());
          await worker?.terminate();
        }),
      );
    },
  };
}

function emptySlot(): Slot {
  return { worker: undefined, job: undefined, ready: false, timer: undefined };
}

function abandoned(): PoolOutcome {
  return {
    status: 'failed',
    cause: 'crash',
    message: 'verifier pool: disposed of before the verdict.',
  };
}
