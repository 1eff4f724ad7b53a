import { Worker } from 'node:worker_threads';
import type { Completion, SampleRequest } from '../backend/backend.ts';
import { EngineError, reviveError } from '../engine/engine-error.ts';
import type { NamedTensors } from '../engine/program.ts';
import { WORKER_LIMITS } from '../engine/worker-limits.ts';
import type {
  SamplerReplicaData,
  SamplerReplicaMessage,
  SamplerTurned,
} from './replica-protocol.ts';
import { loadOf, type SamplerSite } from './site.ts';

interface Pending {
  readonly request: SampleRequest;
  readonly resolve: (completions: readonly Completion[]) => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * The sampler's end of a thread that decodes beside its own. It works only during a turn, so the parameters, which lie in shared
 * memory, do not change under its hands.
 */
export class ReplicaSite implements SamplerSite {
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  readonly #ended: Promise<void>;
  #lastId = 0;
  #parameters: NamedTensors | null = null;
  #endTurn: (() => void) | null = null;
  #broken: unknown = null;

  constructor(workerData: SamplerReplicaData) {
    const file = import.meta.url.endsWith('.ts') ? './replica-worker.ts' : './replica-worker.js';
    this.#worker = new Worker(new URL(file, import.meta.url), {
      name: 'taskspace-sampler',
      workerData,
      resourceLimits: WORKER_LIMITS,
    });
    // The engine's thread lives as long as its port is open; replicas must not prolong that.
    this.#worker.unref();
    this.#worker.on('message', (turned: SamplerTurned) => this.#finishTurn(turned));
    this.#worker.on('error', (cause) => this.#break(cause));
    this.#ended = new Promise((resolve) => {
      this.#worker.on('exit', (code) => {
        this.#break(new EngineError(`sampler: a thread ended with code ${code}.`));
        resolve();
      });
    });
  }

  get isBusy(): boolean {
    return this.#pending.size > 0;
  }

  get load(): number {
    if (this.#broken) return Infinity;
    let load = 0;
    for (const { request } of this.#pending.values()) load += loadOf(request);
    return load;
  }

  async submit(request: SampleRequest, signal: AbortSignal): Promise<readonly Completion[]> {
    if (this.#broken) throw this.#broken;
    const id = ++this.#lastId;
    const { promise, resolve, reject } = Promise.withResolvers<readonly Completion[]>();
    const abort = () => {
      this.#send({ kind: 'abort', id });
      reject(signal.reason);
    };
    signal.addEventListener('abort', abort, { once: true });
    this.#pending.set(id, { request, resolve, reject });
    this.#send({ kind: 'submit', id, request });
    try {
      return await promise;
    } finally {
      this.#pending.delete(id);
      signal.removeEventListener('abort', abort);
    }
  }

  async turn(parameters: NamedTensors, rounds: number): Promise<void> {
    if (this.#broken) return;
    const isNew = parameters !== this.#parameters;
    this.#parameters = parameters;
    const arrays = Object.entries(parameters).map(
      ([name, { data }]) => [name, data as Float32Array] as const,
    );
    const turned = new Promise<void>((resolve) => {
      this.#endTurn = resolve;
    });
    this.#send({ kind: 'turn', rounds, parameters: isNew ? new Map(arrays) : null });
    await turned;
  }

  fail(reason: unknown): void {
    for (const [id, { reject }] of this.#pending) {
      if (!this.#broken) this.#send({ kind: 'abort', id });
      reject(reason);
    }
  }

  async dispose(): Promise<void> {
    if (!this.#broken) this.#send({ kind: 'dispose' });
    this.#worker.ref();
    await this.#ended;
  }

  #send(message: SamplerReplicaMessage): void {
    this.#worker.postMessage(message);
  }

  #finishTurn({ outcomes }: SamplerTurned): void {
    for (const outcome of outcomes) {
      const pending = this.#pending.get(outcome.id);
      // Gone when it was aborted meanwhile.
      if (outcome.status === 'done') pending?.resolve(outcome.completions);
      else pending?.reject(reviveError(outcome.error, 'sample'));
    }
    this.#endTurn?.();
    this.#endTurn = null;
  }

  #break(cause: unknown): void {
    this.#broken ??= cause;
    this.fail(this.#broken);
    this.#endTurn?.();
    this.#endTurn = null;
  }
}
