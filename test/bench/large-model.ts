/**
 * A model of a billion parameters on the CPU: the shape of Llama 3.2 1B with random weights and the pocket tokenizer is written to a
 * temporary folder (3.9 GB), loaded, sampled from, and trained by one step of adapters. Prints for each part the seconds it took,
 * the processor's seconds among them (which do not depend on what else the machine does), and the peak of resident memory beside
 * the estimate that a run prints; the limit is 24 GB.
 *
 *     node --conditions=@taskspace/source test/bench/large-model.ts [completions] [tokens] [auto|always|never]
 */
import { copyFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRandom } from '@taskspace/core';
import { createEmbeddedBackend } from '../../packages/trainer/src/backend/embedded.ts';
import { gigabytes, type Recompute } from '../../packages/trainer/src/engine/memory-plan.ts';
import { parameterSpecs, parseDecoderConfig } from '../../packages/trainer/src/model/config.ts';
import { resolveTargets } from '../../packages/trainer/src/model/lora-config.ts';
import { writeSafetensors } from '../../packages/trainer/src/model/safetensors.ts';

const LIMIT_BYTES = 24e9;
const SAMPLED = 8;
/** Ids below this are ordinary tokens of the pocket tokenizer. */
const VOCABULARY = 470;
const completions = Number(process.argv[2] ?? 4);
const tokens = Number(process.argv[3] ?? 64);
const recompute = (process.argv[4] ?? 'auto') as Recompute;
const shape = join(import.meta.dirname, '..', '..', 'examples', 'pocket', 'base');
const folder = await mkdtemp(join(tmpdir(), 'bench-large-'));
const random = createRandom('large model');

async function writeModel(): Promise<void> {
  for (const name of await readdir(shape)) {
    if (name.startsWith('tokenizer') || name.startsWith('generation')) {
      await copyFile(join(shape, name), join(folder, name));
    }
  }
  const pocket = JSON.parse(await readFile(join(shape, 'config.json'), 'utf8'));
  const json = {
    architectures: ['LlamaForCausalLM'],
    model_type: 'llama',
    vocab_size: pocket.vocab_size,
    bos_token_id: pocket.bos_token_id,
    eos_token_id: pocket.eos_token_id,
    hidden_size: 2048,
    intermediate_size: 8192,
    num_hidden_layers: 16,
    num_attention_heads: 32,
    num_key_value_heads: 8,
    head_dim: 64,
    rms_norm_eps: 1e-5,
    rope_theta: 500_000,
    max_position_embeddings: 131_072,
    tie_word_embeddings: true,
    hidden_act: 'silu',
  };
  await writeFile(join(folder, 'config.json'), JSON.stringify(json));
  // Every matrix is a piece of one list of numbers, begun at another place: a billion draws would take longer than the rest.
  const drawn = Float32Array.from({ length: 2 ** 20 }, () => 0.06 * (random.next() - 0.5));
  const numbers = new Float32Array(2 ** 24 + 2 ** 20);
  for (let at = 0; at < numbers.length; at += drawn.length) numbers.set(drawn, at);
  const tensors = parameterSpecs(parseDecoderConfig(json)).map(({ name, shape: dims, decay }) => {
    const size = dims.reduce((product, dim) => product * dim, 1);
    const start = random.integer(2 ** 20);
    const data = decay ? numbers.subarray(start, start + size) : new Float32Array(size).fill(1);
    return [name, { shape: dims, data }] as const;
  });
  await writeSafetensors(join(folder, 'model.safetensors'), new Map(tensors), { format: 'pt' });
}

async function timed<T>(title: string, work: () => Promise<T>): Promise<T> {
  const before = process.cpuUsage();
  const start = performance.now();
  const result = await work();
  const { user, system } = process.cpuUsage(before);
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  const busy = ((user + system) / 1e6).toFixed(1);
  const peak = gigabytes(1024 * process.resourceUsage().maxRSS);
  console.log(`${title}: ${seconds} s, ${busy} s of the processor; peak so far ${peak}`);
  return result;
}

try {
  console.log(`${cpus()[0]?.model.trim()}, ${availableParallelism()} cores`);
  await timed('write', writeModel);
  const backend = await timed('load', () =>
    createEmbeddedBackend({
      policyFolder: folder,
      lora: { rank: 8, alpha: 16, targets: resolveTargets(['all-linear']), dropout: 0 },
      device: 'cpu',
      threads: 0,
      microBatchTokens: completions * tokens,
      recompute,
    }),
  );
  await using _ = backend;
  const millions = (count: number): string => `${(count / 1e6).toFixed(1)} M`;
  console.log(
    `${millions(backend.parameterCount)} parameters, ${millions(backend.trainedCount)} trained; estimate ${gigabytes(backend.memory!.total)}`,
    JSON.stringify(backend.memory),
  );
  const prompt = Int32Array.from({ length: 32 }, () => random.integer(VOCABULARY));
  const sampling = { temperature: 1, topP: 1, topK: 0, stopTokens: [], stopStrings: [] };
  const request = {
    prompt,
    samples: completions,
    seed: 1,
    sampling: { ...sampling, maxTokens: SAMPLED },
  };
  const drawn = await timed(
    `sample ${completions} × ${SAMPLED} tokens after ${prompt.length}`,
    () => backend.sample(request),
  );
  const batch = Array.from({ length: completions }, (_, row) => ({
    tokens: Int32Array.from({ length: tokens + 1 }, (_, at) =>
      at < SAMPLED ? drawn[row]!.tokens[at]! : random.integer(VOCABULARY),
    ),
    weights: new Float32Array(tokens).fill(1 / (completions * tokens)),
  }));
  const { loss } = await timed(`forward and backward, ${completions} × ${tokens} tokens`, () =>
    backend.forwardBackward(batch, { name: 'cross-entropy' }),
  );
  const step = { learningRate: 1e-3, beta1: 0.9, beta2: 0.99, epsilon: 1e-8 };
  const { applied } = await timed('step', () =>
    backend.optimStep({ ...step, weightDecay: 0, maxGradNorm: 1 }),
  );
  const sequences = batch.map((datum) => datum.tokens);
  const logprobs = await timed('log-probabilities', () => backend.logprobs(sequences, 'policy', 1));
  const sum = logprobs.flatMap((row) => [...row]).reduce((total, logprob) => total + logprob, 0);
  const after = -sum / (completions * tokens);
  console.log(`loss ${loss.toFixed(4)} before the step, ${after.toFixed(4)} after it`);
  const peak = 1024 * process.resourceUsage().maxRSS;
  console.log(
    `peak ${gigabytes(peak)}, ${(peak / LIMIT_BYTES).toFixed(2)} of the limit of ${gigabytes(LIMIT_BYTES)}, ${(peak / backend.memory!.total).toFixed(2)} of the estimate`,
  );
  process.exitCode = applied && after < loss && peak <= LIMIT_BYTES ? 0 : 1;
} finally {
  await rm(folder, { recursive: true });
}
