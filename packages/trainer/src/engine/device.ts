import { availableParallelism } from 'node:os';
import { InferenceSession, listSupportedBackends, Tensor } from 'onnxruntime-node';
import { Graph } from '../onnx/graph.ts';
import { serializeModel } from '../onnx/serialize.ts';
import { EngineError } from './engine-error.ts';
import { hasDriver } from './find-driver.ts';
import type { DeviceName } from './protocol.ts';

/** A device that was tried and works. */
export interface Device {
  readonly name: DeviceName;
  /** In words, for example `cpu, 2 threads`. */
  readonly label: string;
  /** True when tensors can stay on it between runs; the CPU's are plain memory and need no such thing. */
  readonly keepsTensors: boolean;
  /** What every session on it starts from. */
  readonly sessionOptions: InferenceSession.SessionOptions;
}

/** Accelerators in the order `auto` tries them; the others are for those who ask. */
const AUTO_ORDER: readonly DeviceName[] = ['cuda', 'webgpu', 'dml'];

/**
 * An accelerator is worth taking when it multiplies matrices this many times as fast as the CPU; drivers that emulate one
 * in software work but do not come near.
 */
const WORTHWHILE_SPEEDUP = 2;

/** Width of the probe's square matrices: 268 million multiplications and additions. */
const PROBE_WIDTH = 512;

/**
 * Finds out which device sessions run on.
 *
 * @param requested - `auto` takes the first accelerator that works and clearly beats the CPU, else the CPU.
 * @param threads - Threads of one operator on the CPU; 0 is one per core.
 * @throws {@link EngineError} naming what is available when the requested device does not work.
 */
export async function resolveDevice(
  requested: 'auto' | DeviceName,
  threads: number,
): Promise<Device> {
  const cpu = describeDevice('cpu', threads);
  if (requested === 'cpu') return cpu;
  const supported = listSupportedBackends().map(({ name }) => name);
  if (requested !== 'auto') {
    const device = describeDevice(requested, threads);
    if (!supported.includes(requested)) {
      throw new EngineError(
        `device: expected one of ${available(supported)}, got ${requested}, which onnxruntime-node has not got on ${process.platform}. Choose another.`,
      );
    }
    await probe(device).catch((cause: unknown) => {
      const reason = cause instanceof Error ? cause.message.split('\n')[0] : String(cause);
      throw new EngineError(
        `device: expected ${requested} to run a matrix product, got "${reason}". ${ADVICE[requested]} This machine offers ${available(supported)}, of which cpu always works.`,
        { cause },
      );
    });
    return device;
  }
  let cpuMs: number | null = null;
  for (const name of AUTO_ORDER) {
    if (!supported.includes(name) || !hasDriver(name)) continue;
    const device = describeDevice(name, threads);
    // Not working here is an answer, not an error: the next is tried.
    const elapsedMs = await probe(device).catch(() => null);
    if (elapsedMs === null) continue;
    cpuMs ??= await probe(cpu);
    if (elapsedMs * WORTHWHILE_SPEEDUP <= cpuMs) return device;
  }
  return cpu;
}

/** What adds CUDA's provider. */
export const CUDA_INSTALL =
  'ONNXRUNTIME_NODE_INSTALL=cuda12 node node_modules/onnxruntime-node/script/install.js';

/** What to do about a device that does not work. */
export function deviceAdvice(name: DeviceName): string {
  return ADVICE[name];
}

const ADVICE: Readonly<Record<DeviceName, string>> = {
  cpu: '',
  webgpu:
    'WebGPU needs a graphics driver (on Linux Vulkan, in VK_DRIVER_FILES if it is not found).',
  cuda: `CUDA needs an NVIDIA driver, CUDA 12, cuDNN 9, and its provider: ${CUDA_INSTALL}.`,
  coreml: 'Core ML needs macOS.',
  dml: 'DirectML needs Windows and a DirectX 12 driver.',
};

function available(supported: readonly string[]): string {
  return ['auto', ...supported.filter((name) => name in ADVICE)].join(', ');
}

/** The CPU with this many threads for one operator; 0 is one per core. */
export function describeCpu(threads: number): Device {
  return describeDevice('cpu', threads);
}

function describeDevice(name: DeviceName, threads: number): Device {
  const count = threads === 0 ? availableParallelism() : threads;
  return {
    name,
    label: name === 'cpu' ? `cpu, ${count} ${count === 1 ? 'thread' : 'threads'}` : name,
    keepsTensors: name === 'webgpu',
    sessionOptions: {
      executionProviders: name === 'cpu' ? ['cpu'] : [name, 'cpu'],
      graphOptimizationLevel: 'all',
      intraOpNumThreads: count,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      // Shapes change with every batch; a memory plan made for one is useless for the next.
      enableMemPattern: false,
      logSeverityLevel: 3,
      extra: {
        // Masked attention weights underflow; arithmetic with denormal numbers is a hundred times slower. The setting counts for
        // the thread that made a session last, so all sessions of the engine must share it.
        // Threads that wait for more work by spinning take the core from other sessions and from replicas: not between runs.
        session: { set_denormal_as_zero: '1', force_spinning_stop: '1' },
        // It moves transposes past cheap operators to places where they cannot become part of a product any more.
        optimization: {
          disable_specified_optimizers:
            'TransposeOptimizer;TransposeOptimizer_CPUExecutionProvider',
        },
      },
    },
  };
}

/** Runs a matrix product; gives the milliseconds of the second run. */
async function probe(device: Device): Promise<number> {
  const graph = new Graph('probe');
  const a = graph.input('a', 'float32', [PROBE_WIDTH, PROBE_WIDTH]);
  graph.output('b', graph.matMul(a, a));
  const session = await InferenceSession.create(serializeModel(graph), device.sessionOptions);
  try {
    const ones = new Float32Array(PROBE_WIDTH * PROBE_WIDTH).fill(1);
    const feeds = { a: new Tensor('float32', ones, [PROBE_WIDTH, PROBE_WIDTH]) };
    await session.run(feeds);
    const start = performance.now();
    const { b } = await session.run(feeds);
    const elapsedMs = performance.now() - start;
    const corner = (b?.data as Float32Array | undefined)?.[0];
    if (corner !== PROBE_WIDTH)
      throw new Error(`a matrix product gave ${corner}, not ${PROBE_WIDTH}`);
    return elapsedMs;
  } finally {
    await session.release();
  }
}
