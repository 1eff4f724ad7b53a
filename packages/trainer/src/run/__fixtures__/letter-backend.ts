import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createRandom } from '@taskspace/core';
import type {
  Completion,
  ForwardBackwardResult,
  LossKernel,
  SampleRequest,
  TrainingBackend,
  TrainingDatum,
} from '../../backend/backend.ts';
import { END } from '../../rollout/__fixtures__/toy-scope.ts';

const LETTERS = ['a', 'b', 'c', 'd'];

/** What a test wants to go wrong. */
export interface LetterFaults {
  /** Called before each call with its name and how many of them came before; may throw. */
  readonly before?: (call: 'sample' | 'optimStep' | 'save', count: number) => void;
  /** Whether the gradient of this optimiser step is not finite. */
  readonly notFinite?: (step: number) => boolean;
}

/** A whole backend for a policy of four numbers: the logits of a letter, whatever was asked. Plain gradient descent. */
export function createLetterBackend(faults: LetterFaults = {}): TrainingBackend {
  let logits = LETTERS.map(() => 0);
  let reference = [...logits];
  let gradient = LETTERS.map(() => 0);
  const counts = { sample: 0, optimStep: 0, save: 0 };
  const enter = (call: keyof typeof counts): number => {
    faults.before?.(call, counts[call]);
    return counts[call]++;
  };

  return {
    device: 'four numbers',
    parameterCount: 4,
    trainedCount: 4,
    memory: null,
    contextLength: 64,
    embeddingWidth: 4,
    async sample(request, signal) {
      enter('sample');
      await new Promise(setImmediate);
      signal?.throwIfAborted();
      return Array.from({ length: request.samples }, (_, index) => draw(logits, request, index));
    },
    async logprobs(sequences, which) {
      const of = logDistribution(which === 'policy' ? logits : reference);
      return sequences.map((tokens) => Float32Array.from(tokens.subarray(1), (id) => at(of, id)));
    },
    async embed(sequences) {
      return sequences.map(([first = 0]) => {
        const letter = LETTERS.indexOf(String.fromCharCode(first));
        return Float32Array.from(LETTERS, (_, index) => Number(index === Math.max(0, letter)));
      });
    },
    async forwardBackward(batch, kernel): Promise<ForwardBackwardResult> {
      const of = logDistribution(logits);
      const probabilities = of.map(Math.exp);
      const entropy = -of.reduce((sum, logprob) => sum + Math.exp(logprob) * logprob, 0);
      let loss = 0;
      for (const datum of batch) {
        for (let t = 0; t < datum.weights.length; t++) {
          const letter = LETTERS.indexOf(String.fromCharCode(datum.tokens[t + 1]!));
          if (datum.weights[t] === 0 || letter < 0) continue;
          const { value, slope } = tokenLoss(kernel, datum, t, of[letter]!);
          loss += datum.weights[t]! * value;
          probabilities.forEach((probability, other) => {
            const move = Number(other === letter) - probability;
            gradient[other]! += datum.weights[t]! * slope * move;
          });
        }
      }
      return {
        loss,
        logprobs: batch.map(({ tokens }) =>
          Float32Array.from(tokens.subarray(1), (id) => at(of, id)),
        ),
        entropies: batch.map(({ weights }) => Float32Array.from(weights, () => entropy)),
      };
    },
    async optimStep({ learningRate }) {
      const step = enter('optimStep');
      const applied = !faults.notFinite?.(step);
      const gradNorm = applied ? Math.hypot(...gradient) : Number.NaN;
      if (applied) logits = logits.map((logit, index) => logit - learningRate * gradient[index]!);
      gradient = LETTERS.map(() => 0);
      return { gradNorm, applied };
    },
    async updateReference(mix) {
      reference = reference.map((value, index) => mix * logits[index]! + (1 - mix) * value);
    },
    async save(folder) {
      enter('save');
      await writeFile(join(folder, 'letters.json'), JSON.stringify({ logits, reference }));
    },
    async load(folder) {
      ({ logits, reference } = JSON.parse(await readFile(join(folder, 'letters.json'), 'utf8')));
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
}

function draw(
  logits: readonly number[],
  { seed, sampling }: SampleRequest,
  index: number,
): Completion {
  const of = logDistribution(logits);
  let letter = of.indexOf(Math.max(...of));
  if (sampling.temperature > 0) {
    let rest = createRandom(seed).fork(index).next();
    letter = of.findIndex((logprob) => {
      rest -= Math.exp(logprob);
      return rest < 0;
    });
    if (letter < 0) letter = LETTERS.length - 1;
  }
  return {
    tokens: Int32Array.of(LETTERS[letter]!.charCodeAt(0), END),
    logprobs: Float32Array.of(of[letter]!, 0),
    stop: 'token',
  };
}

/** One token's loss and its derivative by the token's log-probability. */
function tokenLoss(
  kernel: LossKernel,
  datum: TrainingDatum,
  t: number,
  logprob: number,
): { value: number; slope: number } {
  if (kernel.name === 'cross-entropy') return { value: -logprob, slope: -1 };
  const advantage = datum.advantages![t]!;
  const ratio = Math.exp(logprob - datum.oldLogprobs![t]!);
  const binds =
    advantage > 0 ? ratio > 1 + kernel.clipHigh : advantage < 0 && ratio < 1 - kernel.clipLow;
  return binds
    ? { value: -advantage, slope: 0 }
    : { value: -ratio * advantage, slope: -ratio * advantage };
}

function logDistribution(logits: readonly number[]): number[] {
  const total = Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit), 0));
  return logits.map((logit) => logit - total);
}

function at(logDistribution: readonly number[], id: number): number {
  return logDistribution[LETTERS.indexOf(String.fromCharCode(id))] ?? 0;
}
