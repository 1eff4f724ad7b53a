import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Json } from '@taskspace/core';

const root = fileURLToPath(new URL('../..', import.meta.url));
const shape = join(root, 'examples', 'pocket', 'base');

/** The command's source file. */
export const COMMAND = join(root, 'packages', 'trainer', 'src', 'cli', 'main.ts');

/** What Node needs to run sources as they are. */
export const NODE_FLAGS = [
  '--conditions=@taskspace/source',
  '--disable-warning=ExperimentalWarning',
];

/** A folder with the pocket tokenizer and the config of a decoder of a few thousand parameters, without weights. */
export async function tinyPolicy(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  for (const file of ['tokenizer.json', 'tokenizer_config.json', 'generation_config.json']) {
    await copyFile(join(shape, file), join(folder, file));
  }
  const config = JSON.parse(await readFile(join(shape, 'config.json'), 'utf8'));
  const tiny = {
    hidden_size: 32,
    intermediate_size: 64,
    num_hidden_layers: 2,
    num_attention_heads: 2,
    num_key_value_heads: 2,
    head_dim: 16,
    max_position_embeddings: 64,
  };
  await writeFile(join(folder, 'config.json'), JSON.stringify({ ...config, ...tiny }));
  return folder;
}

/** The config of a short run of the tiny policy on the domain of even codes, one thread, every decision seeded. */
export async function tinyConfig(folder: string): Promise<{ readonly [key: string]: Json }> {
  return {
    policy: { path: await tinyPolicy(join(folder, 'policy')), init: 1 },
    domains: { even: { plugin: join(root, 'test', '__fixtures__', 'even-domain.ts') } },
    iterations: 12,
    rollout: { prompts: 4, groupSize: 4, timeoutMs: 5000, sampling: { maxTokens: 3 } },
    optimizer: { learningRate: 0.01 },
    evaluation: { tasks: 16, samples: 2 },
    checkpoint: { every: 3, keep: 2 },
    device: 'cpu',
    threads: 1,
  };
}

/** The lines of a run's metrics without what time changes. */
export async function metricsOf(run: string): Promise<Record<string, unknown>[]> {
  const text = await readFile(join(run, 'metrics.jsonl'), 'utf8');
  return text
    .trim()
    .split('\n')
    .map((line) => {
      const { time: _, ...rest } = JSON.parse(line);
      return rest;
    });
}
