import type { DecoderConfig } from '../model/config.ts';
import { type RotationTable, rotationTable } from '../model/rotary.ts';

/** Rotations of positions 0, 1, 2 …, computed as far as they have been asked for. */
export class Rotations {
  readonly #config: DecoderConfig;
  #table: RotationTable = { cos: new Float32Array(0), sin: new Float32Array(0) };

  constructor(config: DecoderConfig) {
    this.#config = config;
  }

  /** Table of at least the first `count` positions, `[≥ count, headDim / 2]`. */
  upTo(count: number): RotationTable {
    const half = this.#config.headDim / 2;
    if (this.#table.cos.length < count * half) {
      const length = Math.max(64, 2 ** Math.ceil(Math.log2(count)));
      this.#table = rotationTable(
        this.#config,
        Array.from({ length }, (_, index) => index),
      );
    }
    return this.#table;
  }
}
