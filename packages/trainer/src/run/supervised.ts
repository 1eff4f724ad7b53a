/** One iteration of a supervised warm start: a batch of demonstrations, the likelihood of their responses, one step. */
import {
  type Clock,
  type Demonstration,
  DomainError,
  type RandomStream,
  TaskspaceError,
} from '@taskspace/core';
import type { TrainingBackend, TrainingDatum } from '../backend/backend.ts';
import type { Example } from '../model/conversation.ts';
import type { RolloutScope } from '../rollout/play-groups.ts';
import type { LoopState } from './checkpoint.ts';
import type { SftConfig } from './config.ts';
import { DemonstrationStream, type StreamPosition } from './demonstration-stream.ts';
import type { RunListener } from './listener.ts';
import type { IterationOutcome, Training } from './loop.ts';
import { evaluateAt, Laps, optimParamsAt } from './training.ts';

/** What a warm start is made of. */
export interface SupervisedParts {
  readonly backend: TrainingBackend;
  /** How a demonstration becomes tokens. */
  readonly example: (demonstration: Demonstration) => Example;
  readonly scope: RolloutScope;
  /** The run's root stream. */
  readonly random: RandomStream;
  readonly clock: Clock;
}

/** A warm start as the loop sees it. */
export function createSupervised(
  config: SftConfig,
  parts: SupervisedParts,
  listener: RunListener,
): Training {
  const streams = new Map<string, DemonstrationStream>();
  for (const [name, domain] of parts.scope.domains) {
    const random = parts.random.fork('demonstrations').fork(name);
    streams.set(name, new DemonstrationStream(name, domain, 'train', random));
  }
  const batches = new Batches(config, parts, streams);
  return {
    kind: 'sft',
    iterate: (state, signal) => iterate(config, parts, batches, state, signal),
    evaluate: (iteration, signal) =>
      evaluateAt(iteration, config.evaluation, parts.scope, parts.random, listener, signal),
    snapshot: () =>
      Object.fromEntries([...streams].map(([name, { position }]) => [name, { ...position }])),
    async restore(progress) {
      const positions = progress as unknown as Readonly<Record<string, StreamPosition>>;
      for (const [name, stream] of streams) {
        const position = positions[name];
        if (position) await stream.restore(position);
      }
    },
  };
}

async function iterate(
  config: SftConfig,
  { backend, clock }: SupervisedParts,
  batches: Batches,
  { iteration }: LoopState,
  signal: AbortSignal,
): Promise<IterationOutcome> {
  signal.throwIfAborted();
  const laps = new Laps(clock);
  const { examples, skipped } = await batches.next(iteration);
  laps.end('draw');
  const tokens = examples.reduce((sum, { completion }) => sum + completion.length, 0);
  const result = await backend.forwardBackward(
    examples.map((example) => asDatum(example, 1 / tokens)),
    { name: 'cross-entropy' },
  );
  const optim = optimParamsAt(iteration, config.iterations, config.optimizer);
  const step = await backend.optimStep(optim);
  laps.end('update');
  const heldOut = iteration % config.heldOut.every === 0 || iteration === config.iterations - 1;
  const finite = step.applied && Number.isFinite(result.loss);
  const metrics = {
    ...(finite && { loss: result.loss, grad_norm: step.gradNorm }),
    ...(heldOut && (await batches.heldOutLoss())),
    learning_rate: optim.learningRate,
    skipped_demonstrations: skipped,
  };
  laps.end('held_out');
  return {
    metrics,
    finite: [finite],
    applied: Number(step.applied),
    tokens,
    seconds: laps.seconds,
    rollouts: [],
  };
}

/** The token-mean likelihood: only the response's tokens have a weight. */
function asDatum({ prompt, completion }: Example, weight: number): TrainingDatum {
  const tokens = joined(prompt, completion);
  const weights = new Float32Array(tokens.length - 1).fill(weight, prompt.length - 1);
  return { tokens, weights };
}

function joined(prompt: Int32Array, completion: Int32Array): Int32Array {
  const tokens = new Int32Array(prompt.length + completion.length);
  tokens.set(prompt);
  tokens.set(completion, prompt.length);
  return tokens;
}

/** Draws demonstrations of all domains by weight, and measures the loss on held-out ones. */
class Batches {
  readonly #config: SftConfig;
  readonly #parts: SupervisedParts;
  readonly #streams: ReadonlyMap<string, DemonstrationStream>;
  #heldOut: ReadonlyMap<string, readonly Example[]> | null = null;

  constructor(
    config: SftConfig,
    parts: SupervisedParts,
    streams: ReadonlyMap<string, DemonstrationStream>,
  ) {
    this.#config = config;
    this.#parts = parts;
    this.#streams = streams;
    if (!(this.#weights().reduce((sum, weight) => sum + weight, 0) > 0)) {
      throw new TaskspaceError(
        'TASKSPACE_ERR_DEMONSTRATIONS',
        'domains: expected at least one with a weight above 0, got none. Raise a weight.',
      );
    }
  }

  /** A batch of examples that fit the context. */
  async next(iteration: number): Promise<{ examples: readonly Example[]; skipped: number }> {
    const random = this.#parts.random.fork('iteration').fork(iteration);
    const examples: Example[] = [];
    let skipped = 0;
    while (examples.length < this.#config.batchSize) {
      const name = this.#pick(random);
      const example = this.#parts.example(await this.#streams.get(name)!.next());
      if (this.#fits(example)) examples.push(example);
      else skipped += 1;
      this.#assertFitting(name, examples.length, skipped);
    }
    return { examples, skipped };
  }

  /** Mean negative log-probability of a response's token, by domain and over all. */
  async heldOutLoss(): Promise<Record<string, number>> {
    this.#heldOut ??= await this.#readHeldOut();
    const losses: Record<string, number> = {};
    let [sum, tokens] = [0, 0];
    for (const [name, examples] of this.#heldOut) {
      const own = await this.#lossOf(examples);
      if (own.tokens > 0) losses[`${name}/held_out_loss`] = own.sum / own.tokens;
      sum += own.sum;
      tokens += own.tokens;
    }
    return tokens > 0 ? { held_out_loss: sum / tokens, ...losses } : {};
  }

  async #lossOf(examples: readonly Example[]): Promise<{ sum: number; tokens: number }> {
    const sequences = examples.map(({ prompt, completion }) => joined(prompt, completion));
    const logprobs = await this.#parts.backend.logprobs(sequences, 'policy', 1);
    let [sum, tokens] = [0, 0];
    examples.forEach(({ prompt, completion }, row) => {
      tokens += completion.length;
      for (const logprob of logprobs[row]!.subarray(prompt.length - 1)) sum -= logprob;
    });
    return { sum, tokens };
  }

  /** The same demonstrations whatever the run's seed. */
  async #readHeldOut(): Promise<ReadonlyMap<string, readonly Example[]>> {
    const heldOut = new Map<string, readonly Example[]>();
    for (const [name, domain] of this.#parts.scope.domains) {
      const examples: Example[] = [];
      const wanted = this.#config.heldOut.demonstrations;
      let left = wanted === 0 ? 0 : 10 * wanted + 100;
      if (left > 0) {
        for await (const demonstration of domain.demonstrations!('validation', 0)) {
          const example = this.#parts.example(demonstration);
          if (this.#fits(example)) examples.push(example);
          left -= 1;
          if (examples.length >= wanted || left === 0) break;
        }
      }
      heldOut.set(name, examples);
    }
    return heldOut;
  }

  #weights(): number[] {
    return [...this.#streams.keys()].map((name) => this.#config.domains[name]?.weight ?? 1);
  }

  #pick(random: RandomStream): string {
    const names = [...this.#streams.keys()];
    const weights = this.#weights();
    let rest = random.next() * weights.reduce((sum, weight) => sum + weight, 0);
    const index = weights.findIndex((weight) => {
      rest -= weight;
      return rest < 0;
    });
    return names[index < 0 ? names.length - 1 : index]!;
  }

  #fits({ prompt, completion }: Example): boolean {
    return prompt.length + completion.length <= this.#parts.backend.contextLength;
  }

  #assertFitting(name: string, fitting: number, skipped: number): void {
    if (skipped <= 100 + 10 * fitting) return;
    throw new DomainError(
      `expected demonstrations that fit the context of ${this.#parts.backend.contextLength} tokens, ` +
        `${skipped} of ${skipped + fitting} did not. Take a policy with a longer context or choose shorter tasks.`,
      { domain: name },
    );
  }
}
