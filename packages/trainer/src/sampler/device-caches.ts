/** Caches that stay on a device: every edit is a graph whose results replace them. */
import { Tensor } from 'onnxruntime-node';
import type { NamedTensors } from '../engine/program.ts';
import type { DecoderConfig } from '../model/config.ts';
import { nextName } from '../model/graph-names.ts';
import {
  CACHE_KINDS,
  type CacheKind,
  type CacheShape,
  cacheNames,
  cacheShape,
} from './cache-layout.ts';
import type { Caches, Joining } from './caches.ts';
import { disposeTensors, type SamplerPrograms } from './programs.ts';

export class DeviceCaches implements Caches {
  readonly #config: DecoderConfig;
  readonly #programs: SamplerPrograms;
  #shape: CacheShape;
  #tensors: NamedTensors;

  constructor(config: DecoderConfig, programs: SamplerPrograms, shape: CacheShape) {
    this.#config = config;
    this.#programs = programs;
    this.#shape = shape;
    // They begin in our memory; the first edit of each leaves it on the device.
    this.#tensors = Object.fromEntries(
      CACHE_KINDS.flatMap((kind) => {
        const dims = cacheShape(config, kind, shape);
        const size = dims.reduce((product, dim) => product * dim, 1);
        return cacheNames(config, [kind]).map((name) => [
          name,
          new Tensor('float32', new Float32Array(size), dims),
        ]);
      }),
    );
  }

  get shape(): CacheShape {
    return this.#shape;
  }

  get tensors(): NamedTensors {
    return this.#tensors;
  }

  async join(fresh: NamedTensors, width: number, prompts: readonly Joining[]): Promise<void> {
    const { slots, promptColumns } = this.#shape;
    const sources = Array.from({ length: slots }, (_, slot) => slot);
    for (const { source, slot } of prompts) sources[slot] = slots + source;
    const program = await this.#programs.join();
    const kinds: readonly CacheKind[] = ['promptKey', 'promptValue'];
    const results = await program.run({
      ...this.#select(kinds),
      ...fresh,
      sources: integers(sources),
      room: integers([promptColumns - width]),
    });
    this.#replace(results, kinds);
  }

  async append(fresh: NamedTensors, targets: readonly number[]): Promise<void> {
    const { slots, generatedColumns } = this.#shape;
    const columns = Array.from({ length: generatedColumns }, (_, column) => column);
    const program = await this.#programs.append();
    const kinds: readonly CacheKind[] = ['key', 'value'];
    const results = await program.run({
      ...this.#select(kinds),
      ...fresh,
      targets: integers(targets, [slots, 1, 1, 1, 1]),
      columns: integers(columns, [generatedColumns, 1]),
    });
    this.#replace(results, kinds);
  }

  async resize(kept: readonly number[], slots: number, generatedColumns: number): Promise<void> {
    const program = await this.#programs.resize();
    const results = await program.run({
      ...this.#tensors,
      sources: integers(Array.from({ length: slots }, (_, slot) => kept[slot] ?? 0)),
      room: integers([generatedColumns - this.#shape.generatedColumns]),
    });
    this.#replace(results, CACHE_KINDS);
    this.#shape = { ...this.#shape, slots, generatedColumns };
  }

  dispose(): void {
    disposeTensors(this.#tensors);
    this.#tensors = {};
  }

  #select(kinds: readonly CacheKind[]): NamedTensors {
    const names = cacheNames(this.#config, kinds);
    return Object.fromEntries(names.map((name) => [name, this.#tensors[name]!]));
  }

  #replace(results: NamedTensors, kinds: readonly CacheKind[]): void {
    disposeTensors(this.#select(kinds));
    const names = cacheNames(this.#config, kinds);
    const replaced = Object.fromEntries(names.map((name) => [name, results[nextName(name)]!]));
    this.#tensors = { ...this.#tensors, ...replaced };
  }
}

function integers(values: readonly number[], dims: readonly number[] = [values.length]): Tensor {
  return new Tensor('int64', BigInt64Array.from(values, BigInt), dims);
}
