import { TaskspaceError } from '@taskspace/core';
import * as ort from 'onnxruntime-node';
import type { DType, Graph } from './graph.ts';
import { serializeModel } from './serialize.ts';

/** Elements and dimensions of a tensor outside a graph; int64 and bool as numbers. */
export interface PlainTensor {
  readonly data: readonly number[];
  readonly shape: readonly number[];
}

/** A graph made ready to run on the CPU. */
export interface CompiledGraph extends AsyncDisposable {
  run(inputs: Readonly<Record<string, PlainTensor>>): Promise<Record<string, PlainTensor>>;
}

/** Prepares a graph for checks and small jobs: tensors are plain numbers, copied in and out. */
export async function compileGraph(
  graph: Graph,
  options: ort.InferenceSession.SessionOptions = {},
): Promise<CompiledGraph> {
  const settings = { intraOpNumThreads: 1, logSeverityLevel: 3, ...options } as const;
  const session = await ort.InferenceSession.create(serializeModel(graph), settings);
  return {
    async run(inputs) {
      const feeds = Object.fromEntries(
        graph.inputs
          .filter(({ name }) => session.inputNames.includes(name))
          .map(({ name, dtype }) => [name, toTensor(name, dtype, inputs[name])]),
      );
      const results = await session.run(feeds);
      return Object.fromEntries(
        Object.entries(results).map(([name, { data, dims }]) => [
          name,
          { data: Array.from(data as ArrayLike<number | bigint>, Number), shape: dims },
        ]),
      );
    },
    async [Symbol.asyncDispose]() {
      await session.release();
    },
  };
}

function toTensor(name: string, dtype: DType, tensor: PlainTensor | undefined): ort.Tensor {
  if (!tensor) throw runError(`a tensor for ${name}, got none. Pass every input.`);
  const { data, shape } = tensor;
  if (dtype === 'int64') return new ort.Tensor(dtype, BigInt64Array.from(data, BigInt), shape);
  if (dtype === 'int32') return new ort.Tensor(dtype, Int32Array.from(data), shape);
  if (dtype === 'bool') return new ort.Tensor(dtype, Uint8Array.from(data), shape);
  if (dtype === 'float32') return new ort.Tensor(dtype, Float32Array.from(data), shape);
  throw runError(`${name} of float32, int32, int64 or bool, got ${dtype}. Cast it in the graph.`);
}

function runError(message: string): TaskspaceError {
  return new TaskspaceError('TASKSPACE_ERR_GRAPH', `run: expected ${message}`);
}
