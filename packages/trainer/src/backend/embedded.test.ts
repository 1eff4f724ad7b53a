import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CheckpointError, createRandom } from '@taskspace/core';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type ModelBase, readModelBase, writeModelFolder } from '../model/checkpoint.ts';
import { type DecoderConfig, initialParameters } from '../model/config.ts';
import type { LossKernel, OptimParams, TrainingBackend, TrainingDatum } from './backend.ts';
import { createEmbeddedBackend } from './embedded.ts';

// Threads and graphs take a while to start on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

const POCKET = fileURLToPath(new URL('../../../../examples/pocket/base', import.meta.url));
const pocket: ModelBase = await readModelBase(POCKET);
const config: DecoderConfig = {
  ...pocket.config,
  hiddenSize: 8,
  intermediateSize: 12,
  layers: 2,
  heads: 2,
  keyValueHeads: 1,
  headDim: 4,
};
const OPTIM: OptimParams = {
  learningRate: 0.01,
  beta1: 0.9,
  beta2: 0.95,
  epsilon: 1e-8,
  weightDecay: 0.1,
  maxGradNorm: 1,
};
const KERNEL: LossKernel = { name: 'cross-entropy' };

let root: string;
let policyFolder: string;
let backends: AsyncDisposableStack;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'taskspace-embedded-'));
  policyFolder = await modelFolder('policy', config);
  backends = new AsyncDisposableStack();
});

afterEach(async () => {
  await backends.disposeAsync();
  await rm(root, { recursive: true, force: true });
});

async function modelFolder(name: string, modelConfig: DecoderConfig): Promise<string> {
  const folder = await emptyFolder(name);
  const parameters = initialParameters(modelConfig, createRandom('embedded test'));
  const { companions } = pocket;
  await writeModelFolder(folder, { config: modelConfig, parameters, companions });
  return folder;
}

async function emptyFolder(name: string): Promise<string> {
  const folder = join(root, name);
  await mkdir(folder);
  return folder;
}

async function open(): Promise<TrainingBackend> {
  return backends.use(await createEmbeddedBackend({ policyFolder, device: 'cpu', threads: 1 }));
}

function makeBatch(seed: number): TrainingDatum[] {
  const random = createRandom(seed);
  return Array.from({ length: 5 }, () => ({
    tokens: Int32Array.from({ length: 12 }, () => random.integer(config.vocabSize)),
    weights: new Float32Array(11).fill(1 / 55),
  }));
}

async function train(backend: TrainingBackend, seed: number): Promise<number> {
  const { loss } = await backend.forwardBackward(makeBatch(seed), KERNEL);
  await backend.optimStep(OPTIM);
  return loss;
}

const SEQUENCES = makeBatch(99).map(({ tokens }) => tokens);

describe('the embedded backend', () => {
  test('says what it is', async () => {
    const backend = await open();
    expect(backend).toMatchObject({ device: 'cpu, 1 thread', contextLength: config.maxPositions });
    const sizes = [...initialParameters(config, createRandom(1)).values()].map((x) => x.length);
    expect(backend.parameterCount).toBe(sizes.reduce((a, b) => a + b, 0));
  });

  test('goes on after save and load bit for bit', async () => {
    const original = await open();
    for (const seed of [1, 2]) await train(original, seed);
    await original.updateReference(0.5);
    await train(original, 3);
    const folder = await emptyFolder('saved');
    await original.save(folder, { optimizer: true });

    const restored = await open();
    await train(restored, 77);
    await restored.load(folder);
    for (const seed of [4, 5]) {
      expect(await train(restored, seed)).toBe(await train(original, seed));
    }
    for (const which of ['policy', 'reference'] as const) {
      expect(await restored.logprobs(SEQUENCES, which, 1)).toEqual(
        await original.logprobs(SEQUENCES, which, 1),
      );
    }
    const request = {
      prompt: Int32Array.of(5, 6, 7),
      samples: 3,
      seed: 9,
      sampling: {
        maxTokens: 20,
        temperature: 1,
        topP: 1,
        topK: 0,
        stopTokens: [],
        stopStrings: [],
      },
    };
    expect(await restored.sample(request)).toEqual(await original.sample(request));
  });

  test('before the first step, too, what is saved can be loaded', async () => {
    const backend = await open();
    const folder = await emptyFolder('saved');
    await backend.save(folder, { optimizer: true });
    await backend.load(folder);
    // The reference is still the policy, so it takes no file.
    expect(await readdir(folder)).not.toContain('reference.safetensors');
  });

  test('without the optimizer a saved folder holds a model and nothing else', async () => {
    const backend = await open();
    await train(backend, 1);
    const folder = await emptyFolder('saved');
    await backend.save(folder, { optimizer: false });
    expect((await readdir(folder)).sort()).toEqual((await readdir(policyFolder)).sort());
    await expect(backend.load(folder)).rejects.toThrow(CheckpointError);
  });

  test('a checkpoint of another model is refused by the field that differs', async () => {
    const other = await modelFolder('other', { ...config, intermediateSize: 16 });
    const backend = await open();
    await expect(backend.load(other)).rejects.toThrow(/expected intermediateSize 12 .* got 16/);
  });

  test('a seed in place of weights makes the same fresh ones every time', async () => {
    const options = { policyFolder, init: 5, device: 'cpu', threads: 1 } as const;
    const a = backends.use(await createEmbeddedBackend(options));
    const b = backends.use(await createEmbeddedBackend(options));
    const fresh = await a.logprobs(SEQUENCES, 'policy', 1);
    expect(await b.logprobs(SEQUENCES, 'policy', 1)).toEqual(fresh);
    expect(await (await open()).logprobs(SEQUENCES, 'policy', 1)).not.toEqual(fresh);
  });

  test('a folder that is no model is refused', async () => {
    const call = createEmbeddedBackend({ policyFolder: root, device: 'cpu', threads: 1 });
    await expect(call).rejects.toThrow(CheckpointError);
  });
});
