import { InferenceSession, type Tensor } from 'onnxruntime-node';
import type { Graph } from '../onnx/graph.ts';
import { serializeModel } from '../onnx/serialize.ts';
import type { Device } from './device.ts';
import { EngineError } from './engine-error.ts';

/** Tensors by graph name. */
export type NamedTensors = Readonly<Record<string, Tensor>>;

/** A graph made ready to run on a device. */
export interface Program {
  /**
   * @param outputs - Outputs to compute, with the memory to put each in; null leaves that to the runtime. Left out: all.
   * @throws {@link EngineError} naming the graph when the runtime fails.
   */
  run(
    feeds: NamedTensors,
    outputs?: Readonly<Record<string, Tensor | null>>,
  ): Promise<NamedTensors>;
  release(): Promise<void>;
}

/**
 * Makes a graph ready to run.
 *
 * @param staysOnDevice - Outputs for which it holds are left on a device that keeps tensors; the others come to the CPU.
 */
export async function compile(
  graph: Graph,
  device: Device,
  staysOnDevice: (output: string) => boolean = () => false,
): Promise<Program> {
  const model = serializeModel(graph);
  const session = await InferenceSession.create(model, {
    ...device.sessionOptions,
    ...(device.keepsTensors ? { preferredOutputLocation: placements(graph, staysOnDevice) } : {}),
  }).catch((cause: unknown) => fail(graph, device, 'compile', cause));
  return {
    async run(feeds, outputs) {
      const results = outputs ? session.run(feeds, outputs) : session.run(feeds);
      return results.catch((cause: unknown) => fail(graph, device, 'run', cause));
    },
    release: () => session.release(),
  };
}

function placements(
  graph: Graph,
  staysOnDevice: (output: string) => boolean,
): Record<string, 'gpu-buffer' | 'cpu'> {
  return Object.fromEntries(
    graph.outputs.map(({ name }) => [name, staysOnDevice(name) ? 'gpu-buffer' : 'cpu']),
  );
}

function fail(graph: Graph, device: Device, verb: 'compile' | 'run', cause: unknown): never {
  const reason = cause instanceof Error ? cause.message : String(cause);
  throw new EngineError(
    `graph ${graph.name}: expected it to ${verb} on ${device.label}, got "${reason}". If memory ran out, use a smaller micro-batch.`,
    { cause },
  );
}
