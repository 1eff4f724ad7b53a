import { createRandom, type RandomStream } from '@taskspace/core';
import type { DecoderConfig } from '../model/config.ts';
import { MOST_DROPOUT_FACTOR } from '../model/dropout.ts';
import { DROPOUT_TOKENS, dropoutName } from '../model/graph-names.ts';
import { adaptedModules } from '../model/lora.ts';
import type { MicroBatchData } from './feeds.ts';

/**
 * The numbers from which each micro-batch's dropout is decided. They depend on the seed, the optimiser's step and the place of
 * the micro-batch since then, so a run that goes on from a checkpoint drops what it would have dropped.
 */
export class DropoutNoise {
  readonly #config: DecoderConfig;
  readonly #random: RandomStream;
  #drawn = 0;

  constructor(config: DecoderConfig, seed: number) {
    this.#config = config;
    this.#random = createRandom(seed).fork('dropout');
  }

  /** Begins anew with the first micro-batch of a step. */
  restart(): void {
    this.#drawn = 0;
  }

  /** The micro-batch with its numbers; as it is where nothing is dropped. */
  addTo(data: MicroBatchData, optimStep: number): MicroBatchData {
    if (!this.#config.lora?.dropout) return data;
    const random = this.#random.fork(optimStep).fork(this.#drawn++);
    const uniform = (length: number) => Float32Array.from({ length }, () => random.next());
    const tokens = uniform(data.rows * data.length);
    const pairs = Object.fromEntries(
      adaptedModules(this.#config).map(({ module, inputs }) => {
        const numbers = uniform(2 * inputs);
        for (let at = 0; at < inputs; at++) numbers[at] = 1 + random.integer(MOST_DROPOUT_FACTOR);
        return [dropoutName(module), numbers];
      }),
    );
    return { ...data, floats: { ...data.floats, [DROPOUT_TOKENS]: tokens }, pairs };
  }
}
