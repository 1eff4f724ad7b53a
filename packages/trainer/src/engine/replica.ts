import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { LossVariant } from '../model/training-graph.ts';
import { EngineError, reviveError } from './engine-error.ts';
import type { MicroBatchData } from './feeds.ts';
import type { MicroBatchOutcome } from './gradient-runner.ts';
import type { ReplicaAnswer, ReplicaData, ReplicaTask } from './replica-protocol.ts';
import type { NamedArrays } from './tensor-set.ts';
import { WORKER_LIMITS } from './worker-limits.ts';

/**
 * The engine's end of a thread that computes gradients beside the engine's own. With small models the cores are far better
 * used by whole micro-batches side by side than by all of them inside each small operator.
 */
export class Replica {
  readonly #worker: Worker;
  #gradient: NamedArrays | null = null;

  constructor(workerData: ReplicaData) {
    const file = import.meta.url.endsWith('.ts') ? './replica-worker.ts' : './replica-worker.js';
    this.#worker = new Worker(new URL(file, import.meta.url), {
      name: 'taskspace-replica',
      workerData,
      resourceLimits: WORKER_LIMITS,
    });
    // Alive only while at work, so that an engine that breaks is not held up.
    this.#worker.unref();
  }

  /** All that has gathered since {@link clear}, in shared memory; null when nothing has. */
  get gradient(): NamedArrays | null {
    return this.#gradient;
  }

  clear(): void {
    this.#gradient = null;
  }

  /** Adds the gradient of a micro-batch; when it fails, all that had gathered is forgotten. */
  async add(
    parameters: NamedArrays,
    variant: LossVariant,
    data: MicroBatchData,
  ): Promise<MicroBatchOutcome> {
    const isFirst = this.#gradient === null;
    this.#gradient = null;
    const answer = await this.#ask({ kind: 'add', parameters, variant, data, isFirst });
    if (answer.status !== 'added') throw unexpected(answer);
    this.#gradient = answer.gradient;
    return answer.outcome;
  }

  /** Log-probabilities of a micro-batch's targets, `[rows, length]`. */
  async logprobs(parameters: NamedArrays, data: MicroBatchData): Promise<Float32Array> {
    const answer = await this.#ask({ kind: 'logprobs', parameters, data });
    if (answer.status !== 'logprobs') throw unexpected(answer);
    return answer.logprobs;
  }

  /** Mean last hidden state of every row, `[rows, hiddenSize]` of each batch. */
  async embed(
    parameters: NamedArrays,
    batches: readonly MicroBatchData[],
  ): Promise<readonly Float32Array[]> {
    const answer = await this.#ask({ kind: 'embed', parameters, batches });
    if (answer.status !== 'embedded') throw unexpected(answer);
    return answer.embeddings;
  }

  /** Ends the thread. */
  async dispose(): Promise<void> {
    const ended = once(this.#worker, 'exit');
    await this.#ask({ kind: 'dispose' });
    this.#worker.ref();
    await ended;
  }

  async #ask(task: ReplicaTask): Promise<ReplicaAnswer> {
    this.#worker.ref();
    const answered = once(this.#worker, 'message');
    this.#worker.postMessage(task);
    // `once` rejects when the thread breaks.
    const [answer] = (await answered.finally(() => this.#worker.unref())) as [ReplicaAnswer];
    if (answer.status === 'failed') throw reviveError(answer.error, task.kind);
    return answer;
  }
}

function unexpected({ status }: ReplicaAnswer): EngineError {
  return new EngineError(`replica: expected the answer to its task, got "${status}".`);
}
