import { Tensor } from 'onnxruntime-node';
import type { DecoderConfig, ParameterSpec } from '../model/config.ts';
import { nextName } from '../model/graph-names.ts';
import { allSpecs } from '../model/lora.ts';
import { buildCopyGraph } from '../model/reference-graph.ts';
import type { Device } from './device.ts';
import { EngineError } from './engine-error.ts';
import { rename } from './feeds.ts';
import { compile, type NamedTensors, type Program } from './program.ts';

/** Arrays by parameter name. */
export type NamedArrays = ReadonlyMap<string, Float32Array>;

/**
 * One tensor for each of some parameters (the parameters themselves, a moment, the gradient), which programs read and replace as a whole.
 * On the CPU two buffers take turns, so nothing is allocated however long a run; on other devices what is replaced is freed.
 */
export interface TensorSet {
  /** The tensors at this moment, by parameter name. */
  readonly tensors: NamedTensors;
  /** Memory for a program that replaces them, by output name; empty where the device allocates. */
  outputs(outputName: (parameter: string) => string): Readonly<Record<string, Tensor>>;
  /** Takes what the program gave. */
  replace(results: NamedTensors, outputName: (parameter: string) => string): void;
  /** The memory the tensors lie in, by parameter name; only on the CPU. */
  arrays(): NamedArrays;
  /** Copies of the values, in memory of their own. */
  read(): Promise<Map<string, Float32Array>>;
  /** Frees what the device holds. */
  dispose(): void;
}

/** Makes tensor sets on one device. */
export interface TensorSets {
  /** A set with the given values; on the CPU it takes over their memory. */
  create(values: NamedArrays): Promise<TensorSet>;
  /** A set of its own with the values of another. */
  copy(set: TensorSet): Promise<TensorSet>;
  /** A set of its own, all zero. */
  createZero(): Promise<TensorSet>;
  /** Zeros to read only: parameters of one shape share a tensor, or all of them memory. */
  sharedZeros(): Promise<NamedTensors>;
  dispose(): Promise<void>;
}

/**
 * Prepares the device to hold one tensor for each of some parameters.
 *
 * @param options - `shared`: memory on the CPU is such that other threads can use it, too.
 */
export async function createTensorSets(
  specs: Specs,
  device: Device,
  { shared }: { readonly shared: boolean },
): Promise<TensorSets> {
  const sizes = new Map(specs.map(({ name, shape }) => [name, elementCount(shape)]));
  if (!device.keepsTensors) return inMemorySets(specs, sizes, shared);
  const zeros = () => mapEntries(sizes, (size) => new Float32Array(size));
  const upload = await compile(buildCopyGraph(specs), device, () => true);
  const download = await compile(buildCopyGraph(specs), device);
  const create = async (tensors: NamedTensors) =>
    onDevice(specs, await upload.run(tensors), download);
  return {
    create: (values) => create(wrap(specs, values)),
    copy: (set) => create(set.tensors),
    createZero: () => create(wrap(specs, zeros())),
    async sharedZeros() {
      const { tensors } = await create(wrap(specs, zeros()));
      return shareByShape(specs, tensors);
    },
    async dispose() {
      await upload.release();
      await download.release();
    },
  };
}

function inMemorySets(
  specs: Specs,
  sizes: ReadonlyMap<string, number>,
  shared: boolean,
): TensorSets {
  const allocate = (size: number): Float32Array =>
    shared ? new Float32Array(new SharedArrayBuffer(4 * size)) : new Float32Array(size);
  const copied = (values: NamedArrays) =>
    mapEntries(values, (data) => {
      const copy = allocate(data.length);
      copy.set(data);
      return copy;
    });
  const inMemory = (values: NamedArrays) => createInMemory(specs, values, allocate);
  return {
    create: async (values) => inMemory(shared ? copied(values) : values),
    copy: async (set) => inMemory(copied(set.arrays())),
    createZero: async () => inMemory(mapEntries(sizes, allocate)),
    async sharedZeros() {
      const largest = new Float32Array(Math.max(...sizes.values()));
      return wrap(
        specs,
        mapEntries(sizes, (size) => largest.subarray(0, size)),
      );
    },
    dispose: async () => undefined,
  };
}

/** Tensors over the arrays of all of a decoder's parameters, without a copy. */
export function wrapArrays(config: DecoderConfig, arrays: NamedArrays): NamedTensors {
  return wrap(allSpecs(config), arrays);
}

type Specs = readonly ParameterSpec[];

function wrap(specs: Specs, values: NamedArrays): Record<string, Tensor> {
  return Object.fromEntries(
    specs.map(({ name, shape }) => [name, new Tensor('float32', values.get(name)!, shape)]),
  );
}

function createInMemory(
  specs: Specs,
  values: NamedArrays,
  allocate: (size: number) => Float32Array,
): TensorSet {
  let current = { arrays: values, tensors: wrap(specs, values) };
  let spare: typeof current | null = null;
  return {
    get tensors() {
      return current.tensors;
    },
    outputs(outputName) {
      if (!spare) {
        const arrays = mapEntries(values, (data) => allocate(data.length));
        spare = { arrays, tensors: wrap(specs, arrays) };
      }
      return rename(spare.tensors, outputName);
    },
    replace() {
      // The program wrote into the memory that `outputs` gave.
      [current, spare] = [spare!, current];
    },
    arrays: () => current.arrays,
    read: async () => mapEntries(current.arrays, (data) => data.slice()),
    dispose() {
      current = { arrays: new Map(), tensors: {} };
      spare = null;
    },
  };
}

function onDevice(specs: Specs, copied: NamedTensors, download: Program): TensorSet {
  const take = (results: NamedTensors, outputName: (parameter: string) => string) =>
    Object.fromEntries(specs.map(({ name }) => [name, results[outputName(name)]!]));
  let current = take(copied, nextName);
  const free = () => {
    for (const tensor of Object.values(current)) tensor.dispose();
  };
  return {
    get tensors() {
      return current;
    },
    outputs: () => ({}),
    arrays() {
      throw new EngineError('tensor set: expected it in memory, got one on a device. Use read.');
    },
    replace(results, outputName) {
      free();
      current = take(results, outputName);
    },
    async read() {
      // Reading a device tensor directly aborts the process; a program with its outputs on the CPU brings it over.
      const results = await download.run(current);
      return new Map(
        specs.map(({ name }) => [name, (results[nextName(name)]!.data as Float32Array).slice()]),
      );
    },
    dispose() {
      free();
      current = {};
    },
  };
}

/** Keeps one tensor of each shape for all parameters of that shape, and frees the rest. */
function shareByShape(specs: Specs, tensors: NamedTensors): NamedTensors {
  const kept = new Map<string, Tensor>();
  return Object.fromEntries(
    specs.map(({ name, shape }) => {
      const own = tensors[name]!;
      const shared = kept.get(shape.join()) ?? own;
      kept.set(shape.join(), shared);
      if (shared !== own) own.dispose();
      return [name, shared];
    }),
  );
}

function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

function mapEntries<From, To>(
  entries: ReadonlyMap<string, From>,
  make: (value: From) => To,
): Map<string, To> {
  return new Map([...entries].map(([name, value]) => [name, make(value)]));
}
