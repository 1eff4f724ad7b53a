import { Tensor } from 'onnxruntime-node';
import type { DecoderConfig } from '../model/config.ts';
import { rotationTable } from '../model/rotary.ts';

/** Feeds of the rotation tables, `[positions, headDim / 2]`. */
export interface RotationFeeds {
  readonly [name: string]: Tensor;
  readonly cos: Tensor;
  readonly sin: Tensor;
}

/** Rotations of positions 0, 1, 2 …, computed as far as they have been asked for. */
export class Rotations {
  readonly #config: DecoderConfig;
  #feeds: RotationFeeds | null = null;

  constructor(config: DecoderConfig) {
    this.#config = config;
  }

  /** Tables of at least the first `count` positions. */
  upTo(count: number): RotationFeeds {
    if (this.#feeds === null || this.#feeds.cos.dims[0]! < count) {
      const length = Math.max(64, 2 ** Math.ceil(Math.log2(count)));
      const positions = Array.from({ length }, (_, position) => position);
      const { cos, sin } = rotationTable(this.#config, positions);
      const dims = [length, this.#config.headDim / 2];
      this.#feeds = {
        cos: new Tensor('float32', cos, dims),
        sin: new Tensor('float32', sin, dims),
      };
    }
    return this.#feeds;
  }
}
