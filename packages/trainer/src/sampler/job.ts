import type { Completion, SampleRequest } from '../backend/backend.ts';
import type { TokenBytes } from '../engine/protocol.ts';
import { prepareRules, Sequence } from './sequence.ts';

/** A request on its way to its completions. */
export class Job {
  readonly request: SampleRequest;
  /** Jobs begin in this order. */
  readonly order: number;
  readonly sequences: readonly Sequence[];
  /** Settles once, with all completions or with what went wrong. */
  readonly completions: Promise<readonly Completion[]>;
  readonly #resolve: (completions: readonly Completion[]) => void;
  readonly #reject: (reason: unknown) => void;
  #isOver = false;

  constructor(request: SampleRequest, order: number, tokenBytes: TokenBytes | null) {
    const rules = prepareRules(request, tokenBytes);
    this.request = request;
    this.order = order;
    this.sequences = Array.from(
      { length: request.samples },
      (_, index) => new Sequence(rules, index),
    );
    const { promise, resolve, reject } = Promise.withResolvers<readonly Completion[]>();
    this.completions = promise;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  /** Whether nobody waits for it any more: complete, failed or aborted. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Resolves when every completion is done. */
  settle(): void {
    if (this.#isOver || !this.sequences.every(({ isDone }) => isDone)) return;
    this.#isOver = true;
    this.#resolve(this.sequences.map((sequence) => sequence.finish()));
  }

  fail(reason: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#reject(reason);
  }
}
