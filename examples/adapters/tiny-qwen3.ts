/**
 * Writes a tiny Qwen3 with random weights and the pocket tokenizer, as a Hugging Face folder: `policy` in the run folder named.
 *
 *     node --conditions=@taskspace/source examples/adapters/tiny-qwen3.ts runs/tiny-qwen3
 */
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { loadSftConfig, sftRun } from '@taskspace/trainer';

const [, , out = 'runs/tiny-qwen3'] = process.argv;
const pocket = join(import.meta.dirname, '..', 'pocket', 'base');
const shape = await mkdtemp(join(tmpdir(), 'tiny-qwen3-'));
try {
  for (const name of ['tokenizer.json', 'tokenizer_config.json', 'generation_config.json']) {
    await copyFile(join(pocket, name), join(shape, name));
  }
  const { vocab_size, eos_token_id, pad_token_id } = JSON.parse(
    await readFile(join(pocket, 'config.json'), 'utf8'),
  );
  const config = {
    architectures: ['Qwen3ForCausalLM'],
    model_type: 'qwen3',
    vocab_size,
    eos_token_id,
    pad_token_id,
    hidden_size: 64,
    intermediate_size: 160,
    num_hidden_layers: 2,
    num_attention_heads: 4,
    num_key_value_heads: 2,
    head_dim: 16,
    hidden_act: 'silu',
    rms_norm_eps: 1e-6,
    rope_theta: 1_000_000,
    max_position_embeddings: 1024,
    tie_word_embeddings: true,
    attention_bias: false,
  };
  await writeFile(join(shape, 'config.json'), JSON.stringify(config));
  // A warm start of no iterations is the policy it starts from: fresh weights of this shape.
  const value = {
    policy: { path: shape, init: 0 },
    domains: { math: { subset: 'pocket' } },
    iterations: 0,
    optimizer: { learningRate: 0 },
    evaluation: { tasks: 0 },
    device: 'cpu',
    out: resolve(out),
  };
  const { folder } = await sftRun(await loadSftConfig({ value }));
  console.log(`Written to ${join(folder, 'policy')}.`);
} finally {
  await rm(shape, { recursive: true });
}
