import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { CheckpointError, showValue } from '@taskspace/core';
import { Engine } from '../engine/engine.ts';
import type { Recompute } from '../engine/memory-plan.ts';
import type { DeviceName, OptimizerState } from '../engine/protocol.ts';
import { transferablesOf } from '../engine/transferables.ts';
import { readModelFolder, writeAdapterFolder, writeModelFolder } from '../model/checkpoint.ts';
import type { DecoderConfig, ParameterSpec } from '../model/config.ts';
import { allSpecs, trainedSpecs } from '../model/lora.ts';
import { readMetadata, readSafetensors, writeSafetensors } from '../model/safetensors.ts';
import type { TrainingBackend } from './backend.ts';
import { openPolicy, type PolicySource, readSameAdapters } from './open-policy.ts';

/** What {@link createEmbeddedBackend} opens. */
export interface EmbeddedOptions extends PolicySource {
  readonly device: 'auto' | DeviceName;
  /** Threads of one operator on the CPU; 0 is one per core. */
  readonly threads: number;
  /** Keep a copy of what is trained, as it was first, as reference policy; it costs that memory once more. Default true. */
  readonly keepReference?: boolean;
  /** Whether it will be trained, for the estimate of its memory; default true. */
  readonly trains?: boolean;
  /** Most positions, padding included, of one forward and backward pass; default 4096. */
  readonly microBatchTokens?: number;
  /** When layers are computed again in the backward pass; default `auto`: when the policy would not fit otherwise. */
  readonly recompute?: Recompute;
}

const OPTIMIZER_FILE = 'optimizer.safetensors';
const REFERENCE_FILE = 'reference.safetensors';

/**
 * A backend that runs in this process: ONNX graphs on onnxruntime-node, in a thread of their own.
 *
 * @throws {@link CheckpointError} when the policy cannot be read; {@link TaskspaceError} when the device does not work or the
 *   machine's memory would not do.
 */
export async function createEmbeddedBackend(options: EmbeddedOptions): Promise<TrainingBackend> {
  const { threads, trains = true, keepReference = true, microBatchTokens = 4096 } = options;
  const { seed = 0, recompute = 'auto' } = options;
  const { config, read, tokenizer, companions, weightsFolder } = await openPolicy(options);
  const tokenBytes = tokenizer.tokenBytes(config.vocabSize);
  const engine = new Engine();
  const common = { config, threads, keepReference, microBatchTokens };
  const start = async () => {
    // Before the weights are read, so that a model that does not fit is refused and not tried.
    const plan = await engine.call('plan', {
      ...common,
      trains,
      recompute,
      device: options.device,
    });
    const parameters = await read();
    const { device: label } = await engine.call(
      'open',
      { ...common, ...plan, cacheBytes: plan.memory.cache, parameters, tokenBytes, seed },
      { transfer: transferablesOf(parameters) },
    );
    return { label, memory: plan.memory };
  };
  const { label, memory } = await start().catch(async (error: unknown) => {
    await engine[Symbol.asyncDispose]();
    throw error;
  });
  return {
    device: label,
    parameterCount: count(allSpecs(config)),
    trainedCount: count(trainedSpecs(config)),
    memory,
    contextLength: config.maxPositions,
    embeddingWidth: config.hiddenSize,
    sample: (request, signal) => engine.call('sample', request, { signal }),
    logprobs: (sequences, which, temperature) =>
      engine.call('logprobs', { sequences, which, temperature }),
    embed: (sequences) => engine.call('embed', { sequences }),
    forwardBackward: (batch, kernel) => engine.call('forwardBackward', { batch, kernel }),
    optimStep: (params) => engine.call('optimStep', params),
    async updateReference(mix) {
      await engine.call('updateReference', { mix });
    },
    async save(folder, { optimizer }) {
      const state = await engine.call('exportState', { optimizer });
      const { lora } = config;
      const { parameters } = state;
      if (lora) {
        const adapters = { config: { ...config, lora }, parameters, companions };
        await writeAdapterFolder(folder, { ...adapters, base: weightsFolder });
      } else await writeModelFolder(folder, { config, parameters, companions });
      if (state.optimizer) await writeOptimizer(folder, config, state.optimizer);
      if (state.reference) {
        await writeSafetensors(join(folder, REFERENCE_FILE), shaped(config, state.reference));
      }
    },
    async load(folder) {
      const state = {
        parameters: await readTrained(folder, config),
        optimizer: await readOptimizer(folder, config),
        reference: keepReference ? await readReference(folder, config) : null,
      };
      await engine.call('importState', state, { transfer: transferablesOf(state) });
    },
    [Symbol.asyncDispose]: () => engine[Symbol.asyncDispose](),
  };
}

function count(specs: readonly ParameterSpec[]): number {
  return specs.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
}

/** What is trained of the model, from a folder that {@link createEmbeddedBackend} saved. */
async function readTrained(
  folder: string,
  config: DecoderConfig,
): Promise<ReadonlyMap<string, Float32Array>> {
  if (config.lora) return await readSameAdapters(folder, config);
  const saved = await readModelFolder(folder);
  requireSameModel(folder, config, saved.config);
  return saved.parameters;
}

function requireSameModel(folder: string, config: DecoderConfig, saved: DecoderConfig): void {
  const fields = new Set([...Object.keys(config), ...Object.keys(saved)]) as Set<
    keyof DecoderConfig
  >;
  for (const field of fields) {
    const expected = config[field];
    const got = saved[field];
    if (isDeepStrictEqual(got, expected)) continue;
    throw new CheckpointError(
      folder,
      `expected ${field} ${showValue(expected)} like the model in training, got ${showValue(got)}. Load a checkpoint of the same model.`,
    );
  }
}

async function writeOptimizer(
  folder: string,
  config: DecoderConfig,
  { step, firstMoments, secondMoments }: OptimizerState,
): Promise<void> {
  const moments = new Map([
    ...prefixed('first', shaped(config, firstMoments)),
    ...prefixed('second', shaped(config, secondMoments)),
  ]);
  await writeSafetensors(join(folder, OPTIMIZER_FILE), moments, { step: String(step) });
}

async function readOptimizer(folder: string, config: DecoderConfig): Promise<OptimizerState> {
  const path = join(folder, OPTIMIZER_FILE);
  const tensors = await readSafetensors(path);
  const step = Number((await readMetadata(path)).get('step'));
  if (!Number.isSafeInteger(step) || step < 0) {
    throw new CheckpointError(
      path,
      'expected the number of optimizer steps in its metadata, got none. Go on from another checkpoint.',
    );
  }
  const part = (prefix: string) => taken(path, config, tensors, `${prefix}.`);
  return { step, firstMoments: part('first'), secondMoments: part('second') };
}

/** Null when the reference was the policy. */
async function readReference(
  folder: string,
  config: DecoderConfig,
): Promise<ReadonlyMap<string, Float32Array> | null> {
  const path = join(folder, REFERENCE_FILE);
  return existsSync(path) ? taken(path, config, await readSafetensors(path), '') : null;
}

interface ShapedTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

function shaped(
  config: DecoderConfig,
  arrays: ReadonlyMap<string, Float32Array>,
): Map<string, ShapedTensor> {
  const specs = trainedSpecs(config);
  return new Map(specs.map(({ name, shape }) => [name, { shape, data: arrays.get(name)! }]));
}

function prefixed(
  prefix: string,
  tensors: ReadonlyMap<string, ShapedTensor>,
): [string, ShapedTensor][] {
  return [...tensors].map(([name, tensor]) => [`${prefix}.${name}`, tensor]);
}

/** One array a parameter from a file, each of the right size. */
function taken(
  path: string,
  config: DecoderConfig,
  tensors: ReadonlyMap<string, { readonly data: Float32Array }>,
  prefix: string,
): Map<string, Float32Array> {
  const arrays = new Map<string, Float32Array>();
  for (const { name, shape } of trainedSpecs(config)) {
    const data = tensors.get(prefix + name)?.data;
    if (data?.length !== sizeOf(shape)) {
      throw new CheckpointError(
        path,
        `expected ${prefix}${name} with ${sizeOf(shape)} numbers, got ${data ? data.length : 'none'}. It belongs to another model, or is damaged; go on from another checkpoint.`,
      );
    }
    arrays.set(name, data);
  }
  return arrays;
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}
