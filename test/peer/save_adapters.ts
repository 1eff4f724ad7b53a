/**
 * Trains adapters on two of the tiny models of `model_parity.py` for three steps and saves them where `adapter_parity.py` then
 * loads them with PEFT:
 *
 *     node --conditions=@taskspace/source test/peer/save_adapters.ts
 */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createEmbeddedBackend } from '../../packages/trainer/src/backend/embedded.ts';
import { type LoraConfig, resolveTargets } from '../../packages/trainer/src/model/lora-config.ts';

const FIXTURES = join(import.meta.dirname, '../../packages/trainer/src/model/__fixtures__');
const ADAPTERS: Readonly<Record<string, LoraConfig>> = {
  qwen3: { rank: 4, alpha: 6, targets: resolveTargets(['all-linear']), dropout: 0.1 },
  'qwen2.5': { rank: 2, alpha: 8, targets: resolveTargets(['q_proj', 'v_proj']), dropout: 0 },
};

for (const [family, lora] of Object.entries(ADAPTERS)) {
  const policyFolder = join(FIXTURES, 'parity', family);
  const folder = join(FIXTURES, 'adapters', family, 'ours');
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const { tokens } = JSON.parse(await readFile(join(policyFolder, 'expected.json'), 'utf8'));
  const count = tokens.length - 1;
  const datum = {
    tokens: Int32Array.from(tokens as number[]),
    weights: new Float32Array(count).fill(1 / count),
  };
  await using backend = await createEmbeddedBackend({
    policyFolder,
    lora,
    seed: 1,
    device: 'cpu',
    threads: 1,
  });
  for (let step = 0; step < 3; step++) {
    await backend.forwardBackward([datum], { name: 'cross-entropy' });
    await backend.optimStep({
      learningRate: 0.05,
      beta1: 0.9,
      beta2: 0.99,
      epsilon: 1e-8,
      weightDecay: 0,
      maxGradNorm: 1,
    });
  }
  await backend.save(folder, { optimizer: false });
  // The tokenizer is the model's, and paths of this machine are nobody's business.
  for (const name of [
    'tokenizer.json',
    'tokenizer_config.json',
    'generation_config.json',
    'special_tokens_map.json',
    'chat_template.jinja',
  ]) {
    await rm(join(folder, name), { force: true });
  }
  const path = join(folder, 'adapter_config.json');
  const json = JSON.parse(await readFile(path, 'utf8'));
  const relative = { ...json, base_model_name_or_path: `../../../parity/${family}` };
  await writeFile(path, `${JSON.stringify(relative, null, 2)}\n`);
}
