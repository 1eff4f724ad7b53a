import { Worker } from 'node:worker_threads';
import { EngineError, reviveError } from './engine-error.ts';
import type { EngineMethod, EngineParams, EngineResponse, EngineResult } from './protocol.ts';
import { WORKER_LIMITS } from './worker-limits.ts';

/** How one call is made. */
export interface CallOptions {
  /** Stops the call; its promise rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Buffers that move to the engine instead of being copied. */
  readonly transfer?: readonly ArrayBuffer[];
}

interface PendingCall {
  readonly method: EngineMethod;
  readonly resolve: (result: never) => void;
  readonly reject: (reason: unknown) => void;
  readonly signal: AbortSignal | undefined;
  readonly onAbort: () => void;
}

/**
 * The caller's end of the thread in which sessions live; onnxruntime-node blocks the thread that runs a session, and the run
 * loop must stay free to verify answers and draw progress meanwhile.
 */
export class Engine implements AsyncDisposable {
  readonly #worker: Worker;
  readonly #pending = new Map<number, PendingCall>();
  readonly #ended: Promise<void>;
  #lastId = 0;
  #closed: EngineError | null = null;

  constructor() {
    // The extension tells sources, which Node runs as they are, from what tsc built.
    const file = import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js';
    this.#worker = new Worker(new URL(file, import.meta.url), {
      name: 'taskspace-engine',
      resourceLimits: WORKER_LIMITS,
    });
    // Alive only for the calls under way: a caller that forgets to dispose still ends.
    this.#worker.unref();
    this.#worker.on('message', (response: EngineResponse) => this.#settle(response));
    this.#worker.on('error', (error) => {
      this.#close(new EngineError(`engine: the thread broke: ${error}`, { cause: error }));
    });
    this.#ended = new Promise((resolve) => {
      this.#worker.on('exit', (code) => {
        this.#close(new EngineError(`engine: the thread ended with code ${code}. Open a new one.`));
        resolve();
      });
    });
  }

  /**
   * Has the engine do one thing.
   *
   * @throws {@link EngineError} when it fails, when the thread ended before, or ends meanwhile.
   */
  call<M extends EngineMethod>(
    method: M,
    params: EngineParams<M>,
    { signal, transfer = [] }: CallOptions = {},
  ): Promise<EngineResult<M>> {
    if (this.#closed) return Promise.reject(this.#closed);
    if (signal?.aborted) return Promise.reject(signal.reason);
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      const onAbort = () => this.#worker.postMessage({ id, abort: true });
      this.#worker.postMessage({ id, method, params }, [...transfer]);
      signal?.addEventListener('abort', onAbort, { once: true });
      if (this.#pending.size === 0) this.#worker.ref();
      this.#pending.set(id, { method, resolve, reject, signal, onAbort });
    });
  }

  /** Ends the thread after what it was already asked; calls that come later are refused. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#closed) {
      const disposed = this.call('dispose', null);
      this.#closed = new EngineError('engine: it was disposed. Open a new one.');
      await disposed;
    }
    this.#worker.ref();
    await this.#ended;
  }

  #settle(response: EngineResponse): void {
    const call = this.#take(response.id);
    if (!call) return;
    if (response.status === 'done') call.resolve(response.result as never);
    else if (response.status === 'aborted') call.reject(call.signal?.reason);
    else call.reject(reviveError(response.error, call.method));
  }

  #take(id: number): PendingCall | undefined {
    const call = this.#pending.get(id);
    if (!call) return undefined;
    this.#pending.delete(id);
    call.signal?.removeEventListener('abort', call.onAbort);
    if (this.#pending.size === 0) this.#worker.unref();
    return call;
  }

  #close(reason: EngineError): void {
    this.#closed ??= reason;
    for (const id of [...this.#pending.keys()]) this.#take(id)?.reject(reason);
  }
}
