import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CheckpointError, createRandom } from '@taskspace/core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { type ModelBase, readModelBase, writeModelFolder } from '../model/checkpoint.ts';
import { type DecoderConfig, initialParameters } from '../model/config.ts';
import { LORA_TARGETS, type LoraConfig } from '../model/lora-config.ts';
import type { OptimParams, TrainingBackend, TrainingDatum } from './backend.ts';
import { createEmbeddedBackend, type EmbeddedOptions } from './embedded.ts';

// Threads and graphs take a while to start on a busy machine.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

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
const LORA: LoraConfig = { rank: 2, alpha: 3, targets: LORA_TARGETS, dropout: 0.2 };
const OPTIM: OptimParams = {
  learningRate: 0.05,
  beta1: 0.9,
  beta2: 0.95,
  epsilon: 1e-8,
  weightDecay: 0,
  maxGradNorm: 1,
};

let root: string;
let base: string;
/** A folder with trained adapters, and the log-probabilities of their policy. */
let trained: { readonly folder: string; readonly logprobs: readonly Float32Array[] };
let backends: AsyncDisposableStack;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'taskspace-adapters-'));
  base = await emptyFolder();
  const parameters = initialParameters(config, createRandom('adapters test'));
  await writeModelFolder(base, { config, parameters, companions: pocket.companions });
  backends = new AsyncDisposableStack();
  const backend = await open();
  await train(backend, [1, 2, 3]);
  const folder = await emptyFolder();
  await backend.save(folder, { optimizer: false });
  trained = { folder, logprobs: await logprobsOf(backend) };
  await backends.disposeAsync();
});

beforeEach(() => {
  backends = new AsyncDisposableStack();
});

afterEach(() => backends.disposeAsync());

afterAll(() => rm(root, { recursive: true, force: true }));

const emptyFolder = (): Promise<string> => mkdtemp(join(root, 'folder-'));

async function open(options: Partial<EmbeddedOptions> = {}): Promise<TrainingBackend> {
  const all = { policyFolder: base, device: 'cpu', threads: 1, lora: LORA, ...options } as const;
  return backends.use(await createEmbeddedBackend(all));
}

function makeBatch(seed: number): TrainingDatum[] {
  const random = createRandom(seed);
  return Array.from({ length: 5 }, () => ({
    tokens: Int32Array.from({ length: 12 }, () => random.integer(config.vocabSize)),
    weights: new Float32Array(11).fill(1 / 55),
  }));
}

async function train(backend: TrainingBackend, seeds: readonly number[]): Promise<number[]> {
  const losses: number[] = [];
  for (const seed of seeds) {
    losses.push((await backend.forwardBackward(makeBatch(seed), { name: 'cross-entropy' })).loss);
    await backend.optimStep(OPTIM);
  }
  return losses;
}

const SEQUENCES = makeBatch(99).map(({ tokens }) => tokens);
const logprobsOf = (backend: TrainingBackend) => backend.logprobs(SEQUENCES, 'policy', 1);

describe('a backend that trains adapters', () => {
  test('begins as the base, says how much it trains, and leaves the base as it was', async () => {
    const plain = await open({ lora: undefined });
    const backend = await open();
    expect(await logprobsOf(backend)).toEqual(await logprobsOf(plain));
    // Rank times inputs and outputs of the seven matrices, in two layers.
    const sizes = 16 + 12 + 12 + 16 + 20 + 20 + 20;
    expect(backend.trainedCount).toBe(2 * 2 * sizes);
    expect(backend.parameterCount).toBe(plain.parameterCount + backend.trainedCount);
    const before = await readFile(join(base, 'model.safetensors'));
    await train(backend, [1]);
    expect(await logprobsOf(backend)).not.toEqual(await logprobsOf(plain));
    expect(await readFile(join(base, 'model.safetensors'))).toEqual(before);
  });

  test('goes on after save and load bit for bit', async () => {
    const original = await open();
    await train(original, [1, 2]);
    await original.updateReference(1);
    await train(original, [3]);
    const folder = await emptyFolder();
    await original.save(folder, { optimizer: true });
    const restored = await open();
    await train(restored, [77]);
    await restored.load(folder);
    expect(await train(restored, [4, 5])).toEqual(await train(original, [4, 5]));
    for (const which of ['policy', 'reference'] as const) {
      expect(await restored.logprobs(SEQUENCES, which, 1)).toEqual(
        await original.logprobs(SEQUENCES, which, 1),
      );
    }
    const sizes = await readFile(join(folder, 'optimizer.safetensors'));
    expect(sizes.length).toBeLessThan((await readFile(join(base, 'model.safetensors'))).length);
  });

  test('saves what PEFT reads, beside the tokenizer', async () => {
    const { folder } = trained;
    const names = (await readdir(base)).filter((name) => !/^(model|config)/u.test(name));
    expect((await readdir(folder)).sort()).toEqual(
      [...names, 'adapter_config.json', 'adapter_model.safetensors'].sort(),
    );
    expect(JSON.parse(await readFile(join(folder, 'adapter_config.json'), 'utf8'))).toMatchObject({
      peft_type: 'LORA',
      base_model_name_or_path: base,
      r: 2,
      lora_alpha: 3,
      lora_dropout: 0.2,
      target_modules: [...LORA_TARGETS],
    });
  });

  test('opens a folder of adapters as the policy they make, merged unless they are trained on', async () => {
    const { folder, logprobs } = trained;
    const merged = await open({ policyFolder: folder, lora: undefined });
    expect(merged.trainedCount).toBe(merged.parameterCount);
    for (const [row, expected] of logprobs.entries()) {
      const got = (await logprobsOf(merged))[row]!;
      for (const [t, logprob] of expected.entries()) expect(got[t]).toBeCloseTo(logprob, 5);
    }
    const again = await open({ policyFolder: folder, lora: { ...LORA, dropout: 0 } });
    expect(await logprobsOf(again)).toEqual(logprobs);
    const saved = await emptyFolder();
    await again.save(saved, { optimizer: false });
    const json = JSON.parse(await readFile(join(saved, 'adapter_config.json'), 'utf8'));
    expect(json.base_model_name_or_path).toBe(base);
  });

  test('draws the same fresh adapters from the same seed', async () => {
    const results = [];
    for (const seed of [1, 1, 2]) {
      const backend = await open({ seed });
      await train(backend, [1, 2]);
      results.push(await logprobsOf(backend));
    }
    expect(results[1]).toEqual(results[0]);
    expect(results[2]).not.toEqual(results[0]);
  });
});

describe('adapters are refused', () => {
  async function changed(change: (json: Record<string, unknown>) => void): Promise<string> {
    const folder = await emptyFolder();
    await cp(trained.folder, folder, { recursive: true });
    const path = join(folder, 'adapter_config.json');
    const json = JSON.parse(await readFile(path, 'utf8'));
    change(json);
    await writeFile(path, JSON.stringify(json));
    return folder;
  }

  test('of another rank than the one asked for', async () => {
    const { folder } = trained;
    await expect(open({ policyFolder: folder, lora: { ...LORA, rank: 4 } })).rejects.toThrow(
      /expected adapters with rank 4 as in policy\.lora, got 2/u,
    );
  });

  test.each<[string, Record<string, unknown>, RegExp]>([
    ['of another kind', { peft_type: 'IA3' }, /peft_type: expected "LORA", got "IA3"/u],
    ['whose mathematics differs', { use_dora: true }, /use_dora: expected false, got true/u],
    ['with a field nobody knows', { twist: 3 }, /twist: expected a field that is known here/u],
    ['of several ranks', { rank_pattern: { q_proj: 4 } }, /rank_pattern: expected it empty/u],
    [
      'with weights saved whole',
      { modules_to_save: ['lm_head'] },
      /modules_to_save: expected null/u,
    ],
    [
      'without their model',
      { base_model_name_or_path: 'a/b' },
      /got "a\/b", where there is no config/u,
    ],
    [
      'whose rank is not that of their tensors',
      { r: 3 },
      /lora_A\.weight: expected shape \[3,8\], got \[2,8\]/u,
    ],
  ])('%s', async (_, fields, message) => {
    const folder = await changed((json) => Object.assign(json, fields));
    const refused = open({ policyFolder: folder, lora: undefined });
    await expect(refused).rejects.toThrow(message);
    await expect(refused).rejects.toBeInstanceOf(CheckpointError);
  });

  test('a checkpoint without adapters', async () => {
    const backend = await open();
    await expect(backend.load(base)).rejects.toThrow(/expected adapters with an adapter_config/u);
  });
});
