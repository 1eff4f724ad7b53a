import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AutoModelForCausalLM, AutoTokenizer, env } from '@huggingface/transformers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runTaskspace } from './run-taskspace.ts';

const POCKET = 'pocket';
const FIXTURES = fileURLToPath(
  new URL('../packages/trainer/src/model/__fixtures__/parity', import.meta.url),
);
const PROMPT = 'What is 2 + 3? 今何時?';
let root: string;

beforeAll(async () => {
  env.allowRemoteModels = false;
  root = await mkdtemp(join(tmpdir(), 'taskspace-export-'));
});

afterAll(() => rm(root, { recursive: true, force: true }));

const policies = [
  [POCKET, POCKET],
  ...['llama3', 'llama-linear', 'qwen2.5', 'qwen3', 'mistral'].map((name) => [
    name,
    join(FIXTURES, name),
  ]),
  // Adapters, which are merged into the model they belong to.
  ['adapters', join(FIXTURES, '..', 'adapters', 'qwen3', 'ours')],
] as [string, string][];

describe.each(policies)('%s', (name, policy) => {
  test('as an ONNX folder gives the same prompt and greedy tokens in @huggingface/transformers', async () => {
    const folder = join(root, `${name}-onnx`);
    const exported = await runTaskspace(['export', policy, folder, '--onnx', '--json']);
    expect(exported).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(exported.stdout)).toMatchObject({ folder, format: 'onnx' });

    const settings = ['--set', 'sampling.temperature=0', '--set', 'sampling.maxTokens=24'];
    const args = ['generate', PROMPT, '--policy', policy, '--device', 'cpu', '--json'];
    const { code, stdout } = await runTaskspace([...args, ...settings]);
    expect(code).toBe(0);
    const ours = JSON.parse(stdout);

    const tokenizer = await AutoTokenizer.from_pretrained(folder);
    const model = await AutoModelForCausalLM.from_pretrained(folder);
    const inputs = tokenizer.apply_chat_template([{ role: 'user', content: PROMPT }], {
      add_generation_prompt: true,
      return_dict: true,
    }) as Record<string, { readonly dims: readonly number[] }>;
    const output = await model.generate({ ...inputs, max_new_tokens: 24, do_sample: false });
    const ids = (output as { tolist(): bigint[][] }).tolist()[0]!.map(Number);
    const promptLength = inputs.input_ids!.dims[1]!;
    expect(ids.slice(0, promptLength)).toEqual(ours.prompt);
    expect(ids.slice(promptLength)).toEqual(ours.completions[0].tokens);
    await model.dispose();
  });
});

test('as a Hugging Face folder it is the same policy', async () => {
  const folder = join(root, 'copy');
  const source = join(FIXTURES, 'llama3'); // in several files of bfloat16
  const { code, stdout } = await runTaskspace(['export', source, folder]);
  expect(code).toBe(0);
  expect(stdout).toContain(folder);
  expect((await readdir(folder)).sort()).toEqual([
    'chat_template.jinja',
    'config.json',
    'generation_config.json',
    'model.safetensors',
    'special_tokens_map.json',
    'tokenizer.json',
    'tokenizer_config.json',
  ]);
  const answer = async (policy: string) =>
    (await runTaskspace(['generate', PROMPT, '--policy', policy, '--seed', '3', '--json'])).stdout;
  expect(JSON.parse(await answer(folder)).completions).toEqual(
    JSON.parse(await answer(source)).completions,
  );
});

test('a folder that holds something is left alone', async () => {
  const { code, stderr } = await runTaskspace(['export', POCKET, FIXTURES]);
  expect(code).toBe(2);
  expect(stderr).toMatch(/expected a folder that is new or empty, got .*llama3/u);
});
