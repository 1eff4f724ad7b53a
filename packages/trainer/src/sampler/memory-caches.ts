/**
 * Caches in our own memory, written in place. ONNX Runtime's binding copies every result into a new array, even one whose
 * memory it was given: caches that went through it as results would be copied whole at each token. So a step only reads
 * them, and the few columns it adds are written here.
 */
import { Tensor } from 'onnxruntime-node';
import type { NamedTensors } from '../engine/program.ts';
import type { DecoderConfig } from '../model/config.ts';
import {
  CACHE_KINDS,
  type CacheKind,
  type CacheShape,
  cacheName,
  cacheShape,
  freshName,
} from './cache-layout.ts';
import type { Caches, Joining } from './caches.ts';

export class MemoryCaches implements Caches {
  readonly #config: DecoderConfig;
  readonly #arrays = new Map<string, Float32Array>();
  #shape: CacheShape;
  #tensors: NamedTensors = {};

  constructor(config: DecoderConfig, shape: CacheShape) {
    this.#config = config;
    this.#shape = shape;
    this.#each(CACHE_KINDS, (kind, name) => {
      this.#arrays.set(name, new Float32Array(sizeOf(cacheShape(config, kind, shape))));
    });
    this.#wrap();
  }

  get shape(): CacheShape {
    return this.#shape;
  }

  get tensors(): NamedTensors {
    return this.#tensors;
  }

  async join(fresh: NamedTensors, width: number, prompts: readonly Joining[]): Promise<void> {
    const { keyValueHeads, headDim } = this.#config;
    const { promptColumns } = this.#shape;
    this.#each(['promptKey', 'promptValue'], (kind, name, layer) => {
      const source = fresh[freshName(kind, layer)]!.data as Float32Array;
      const target = this.#arrays.get(name)!;
      // A key's columns lie within each of its dimensions, a value's dimensions within each column.
      const rows = kind === 'promptKey' ? keyValueHeads * headDim : keyValueHeads;
      const unit = kind === 'promptKey' ? 1 : headDim;
      for (const { source: from, slot } of prompts) {
        for (let row = 0; row < rows; row++) {
          const start = (from * rows + row) * width * unit;
          const filled = source.subarray(start, start + width * unit);
          target.set(filled, (slot * rows + row) * promptColumns * unit);
        }
      }
    });
  }

  async append(fresh: NamedTensors, targets: readonly number[]): Promise<void> {
    const { keyValueHeads, headDim } = this.#config;
    const { slots, lanes, generatedColumns } = this.#shape;
    const perSlot = keyValueHeads * lanes;
    this.#each(['key', 'value'], (kind, name, layer) => {
      const source = fresh[freshName(kind, layer)]!.data as Float32Array;
      const target = this.#arrays.get(name)!;
      // A plain loop: the runs are too short for a call each.
      for (let slot = 0; slot < slots; slot++) {
        const column = targets[slot]!;
        for (let run = slot * perSlot; run < (slot + 1) * perSlot; run++) {
          const from = run * headDim;
          const to = (run * generatedColumns + column) * headDim;
          for (let index = 0; index < headDim; index++) target[to + index] = source[from + index]!;
        }
      }
    });
  }

  async resize(kept: readonly number[], slots: number, generatedColumns: number): Promise<void> {
    const before = this.#shape;
    const shape = { ...before, slots, generatedColumns };
    this.#each(CACHE_KINDS, (kind, name) => {
      const array = this.#arrays.get(name)!;
      const size = sizeOf(cacheShape(this.#config, kind, shape));
      const isWider =
        before.generatedColumns !== generatedColumns && (kind === 'key' || kind === 'value');
      const isReused = !isWider && size <= array.length;
      const target = isReused ? array : new Float32Array(size);
      const rows = isWider ? this.#config.keyValueHeads * before.lanes : 1;
      const length = sizeOf(cacheShape(this.#config, kind, { ...before, slots: 1 })) / rows;
      const stride = size / slots / rows;
      for (const [slot, source] of kept.entries()) {
        if (isReused && slot === source) continue;
        for (let row = 0; row < rows; row++) {
          const start = (source * rows + row) * length;
          target.set(array.subarray(start, start + length), (slot * rows + row) * stride);
        }
      }
      this.#arrays.set(name, target);
    });
    this.#shape = shape;
    this.#wrap();
  }

  dispose(): void {
    this.#arrays.clear();
    this.#tensors = {};
  }

  /** Tensors over the part of the arrays that is in use. */
  #wrap(): void {
    const tensors: Record<string, Tensor> = {};
    this.#each(CACHE_KINDS, (kind, name) => {
      const dims = cacheShape(this.#config, kind, this.#shape);
      const data = this.#arrays.get(name)!.subarray(0, sizeOf(dims));
      tensors[name] = new Tensor('float32', data, dims);
    });
    this.#tensors = tensors;
  }

  #each(
    kinds: readonly CacheKind[],
    visit: (kind: CacheKind, name: string, layer: number) => void,
  ): void {
    for (let layer = 0; layer < this.#config.layers; layer++) {
      for (const kind of kinds) visit(kind, cacheName(kind, layer), layer);
    }
  }
}

function sizeOf(dims: readonly number[]): number {
  return dims.reduce((product, dim) => product * dim, 1);
}
