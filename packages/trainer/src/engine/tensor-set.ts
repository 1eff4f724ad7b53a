import { Tensor } from 'onnxruntime-node';
import { type DecoderConfig, parameterSpecs } from '../model/config.ts';
import { nextName } from '../model/graph-names.ts';
import { buildCopyGraph } from '../model/reference-graph.ts';
import type { Device } from './device.ts';
import { compile, type NamedTensors, type Program } from './program.ts';

/** Arrays by parameter name. */
export type NamedArrays = ReadonlyMap<string, Float32Array>;

/**
 * One tensor per parameter (the parameters themselves, a moment, the gradient), which programs read and replace as a whole.
 * On the CPU two buffers take turns, so nothing is allocated however long a run; on other devices what is replaced is freed.
 */
export interface TensorSet {
  /** The tensors at this moment, by parameter name. */
  readonly tensors: NamedTensors;
  /** Memory for a program that replaces them, by output name; empty where the device allocates. */
  outputs(outputName: (parameter: string) => string): Readonly<Record<string, Tensor>>;
  /** Takes what the program gave. */
  replace(results: NamedTensors, outputName: (parameter: string) => string): void;
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

/** Prepares the device to hold one tensor per parameter of the decoder. */
export async function createTensorSets(config: DecoderConfig, device: Device): Promise<TensorSets> {
  const specs = parameterSpecs(config);
  const sizes = specs.map(({ name, shape }) => [name, elementCount(shape)] as const);
  const zeros = () => new Map(sizes.map(([name, size]) => [name, new Float32Array(size)]));
  if (!device.keepsTensors) {
    return {
      create: async (values) => inMemory(specs, values),
      copy: async (set) => inMemory(specs, await set.read()),
      createZero: async () => inMemory(specs, zeros()),
      async sharedZeros() {
        const largest = new Float32Array(Math.max(...sizes.map(([, size]) => size)));
        return wrap(specs, new Map(sizes.map(([name, size]) => [name, largest.subarray(0, size)])));
      },
      dispose: async () => undefined,
    };
  }
  const upload = await compile(buildCopyGraph(config), device, () => true);
  const download = await compile(buildCopyGraph(config), device);
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

type Specs = ReturnType<typeof parameterSpecs>;

function wrap(specs: Specs, values: NamedArrays): Record<string, Tensor> {
  return Object.fromEntries(
    specs.map(({ name, shape }) => [name, new Tensor('float32', values.get(name)!, shape)]),
  );
}

function inMemory(specs: Specs, values: NamedArrays): TensorSet {
  let current = wrap(specs, values);
  let spare: Record<string, Tensor> | null = null;
  return {
    get tensors() {
      return current;
    },
    outputs(outputName) {
      spare ??= wrap(
        specs,
        new Map([...values].map(([name, data]) => [name, new Float32Array(data.length)])),
      );
      return rename(spare, outputName);
    },
    replace() {
      // The program wrote into the memory that `outputs` gave.
      [current, spare] = [spare!, current];
    },
    async read() {
      return new Map(
        specs.map(({ name }) => [name, (current[name]!.data as Float32Array).slice()]),
      );
    },
    dispose() {
      current = {};
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

function rename(
  tensors: NamedTensors,
  outputName: (parameter: string) => string,
): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, tensor]) => [outputName(name), tensor]),
  );
}
