import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readGenerationConfig } from './generation-config.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'taskspace-generation-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function read(generation: object, config: object = {}) {
  await writeFile(join(folder, 'generation_config.json'), JSON.stringify(generation));
  await writeFile(join(folder, 'config.json'), JSON.stringify(config));
  return readGenerationConfig(folder);
}

test('gives the ends of a response as one or several, from config.json when it has none itself', async () => {
  expect((await read({ eos_token_id: [2, 5] })).eosTokenIds).toEqual([2, 5]);
  expect((await read({ eos_token_id: 7 }, { eos_token_id: 1 })).eosTokenIds).toEqual([7]);
  expect((await read({}, { eos_token_id: [1, 3] })).eosTokenIds).toEqual([1, 3]);
  await rm(join(folder, 'generation_config.json'));
  await rm(join(folder, 'config.json'));
  expect(await readGenerationConfig(folder)).toEqual({
    eosTokenIds: [],
    eosSource: join(folder, 'config.json'),
    sampling: {},
    ignored: [],
  });
});

test('gives what is said of sampling, and names what the sampler does not do', async () => {
  const published = {
    bos_token_id: 151643,
    pad_token_id: 151643,
    do_sample: true,
    eos_token_id: [151645, 151643],
    repetition_penalty: 1.05,
    temperature: 0.7,
    top_p: 0.8,
    top_k: 20,
    transformers_version: '4.37.0',
  };
  expect(await read(published)).toEqual({
    eosTokenIds: [151645, 151643],
    eosSource: join(folder, 'generation_config.json'),
    sampling: { temperature: 0.7, topP: 0.8, topK: 20 },
    ignored: ['repetition_penalty 1.05'],
  });
  const plain = { repetition_penalty: 1, num_beams: 1, bad_words_ids: null, top_p: null };
  expect(await read(plain)).toMatchObject({ sampling: {}, ignored: [] });
});

test('reads a wish for the most likely tokens as temperature 0', async () => {
  const { sampling } = await read({ do_sample: false, temperature: 0.6 });
  expect(sampling).toEqual({ temperature: 0 });
});

test.each([
  ['temperature', -1],
  ['temperature', '1'],
  ['top_p', 0],
  ['top_p', 2],
  ['top_k', 1.5],
  ['top_k', []],
])('refuses %s of %j', async (name, value) => {
  await expect(read({ [name]: value })).rejects.toThrow(
    new RegExp(`generation_config\\.json: ${name}: expected .*, got .*\\. Correct the field`, 'u'),
  );
});
