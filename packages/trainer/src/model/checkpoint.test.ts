import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CheckpointError, createRandom } from '@taskspace/core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ModelBase, readModelBase, readModelFolder, writeModelFolder } from './checkpoint.ts';
import { type DecoderConfig, initialParameters, parameterSpecs } from './config.ts';
import { writeSafetensors } from './safetensors.ts';

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
const parameters = initialParameters(config, createRandom('checkpoint test'));
const shapes = new Map(parameterSpecs(config).map(({ name, shape }) => [name, shape]));
let root: string;
let folder: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'taskspace-checkpoint-'));
  folder = join(root, 'model');
  await mkdir(folder);
  await writeModelFolder(folder, { config, parameters, companions: pocket.companions });
});

afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

describe('a model folder', () => {
  test('comes back as it was written, tokenizer files byte for byte', async () => {
    const read = await readModelFolder(folder);
    expect(read.config).toEqual(config);
    expect([...read.parameters]).toEqual([...parameters]);
    for (const name of ['tokenizer.json', 'tokenizer_config.json', 'generation_config.json']) {
      expect(await readFile(join(folder, name))).toEqual(await readFile(join(POCKET, name)));
    }
    expect((await readdir(folder)).sort()).toEqual([
      'config.json',
      'generation_config.json',
      'model.safetensors',
      'tokenizer.json',
      'tokenizer_config.json',
    ]);
    const json = JSON.parse(await readFile(join(folder, 'config.json'), 'utf8'));
    expect(json).toMatchObject({ model_type: 'llama', eos_token_id: 4, pad_token_id: 0 });
  });

  test('saved from a saved one is the same', async () => {
    const again = join(root, 'again');
    await mkdir(again);
    await writeModelFolder(again, await readModelFolder(folder));
    for (const name of await readdir(folder)) {
      expect(await readFile(join(again, name))).toEqual(await readFile(join(folder, name)));
    }
  });

  test('writes the factors of a scaled rotation as transformers wants them, with a point', async () => {
    const source = fileURLToPath(new URL('./__fixtures__/parity/llama3', import.meta.url));
    const scaled = await readModelFolder(source);
    const again = join(root, 'scaled');
    await mkdir(again);
    await writeModelFolder(again, scaled);
    const text = await readFile(join(again, 'config.json'), 'utf8');
    expect(text).toMatch(
      /"factor": 8\.0,\n\s+"low_freq_factor": 1\.0,\n\s+"high_freq_factor": 4\.0,/u,
    );
    expect((await readModelFolder(again)).config).toEqual(scaled.config);
  });

  test('may spread its weights over several files', async () => {
    const map: Record<string, string> = {};
    for (const [index, name] of [...parameters.keys()].entries()) {
      map[name] = `model-0000${1 + (index % 3)}-of-00003.safetensors`;
    }
    for (const file of new Set(Object.values(map))) {
      const names = Object.keys(map).filter((name) => map[name] === file);
      await writeSafetensors(join(folder, file), tensorsOf(names));
    }
    await rm(join(folder, 'model.safetensors'));
    await writeFile(
      join(folder, 'model.safetensors.index.json'),
      JSON.stringify({ metadata: { total_size: 1 }, weight_map: map }),
    );
    expect([...(await readModelFolder(folder)).parameters]).toEqual([...parameters]);
  });

  test('may hold tables that follow from its config, and a tied output matrix', async () => {
    const tensors = tensorsOf([...parameters.keys()]);
    tensors.set('model.layers.0.self_attn.rotary_emb.inv_freq', one(2));
    tensors.set('lm_head.weight', tensors.get('model.embed_tokens.weight')!);
    await writeSafetensors(join(folder, 'model.safetensors'), tensors);
    const read = await readModelFolder(folder);
    expect([...read.parameters.keys()]).toEqual([...parameters.keys()]);
  });
});

describe('weights that do not fit the config are refused:', () => {
  type Tensors = ReturnType<typeof tensorsOf>;
  const cases: [string, (tensors: Tensors) => void, RegExp][] = [
    [
      'a missing parameter',
      (tensors) => tensors.delete('model.norm.weight'),
      /expected model\.norm\.weight, got none of that name/u,
    ],
    [
      'another one',
      (tensors) => tensors.set('model.layers.2.mlp.up_proj.weight', one(1)),
      /expected those of config\.json only, got model\.layers\.2/u,
    ],
    [
      'a wrong shape',
      (tensors) => tensors.set('model.norm.weight', one(9)),
      /model\.norm\.weight: expected shape \[8\] by config\.json, got \[9\]/u,
    ],
    [
      'a number that is none',
      (tensors) =>
        tensors.set('model.norm.weight', {
          shape: [8],
          data: new Float32Array(8).fill(Number.NaN, 5),
        }),
      /model\.norm\.weight: expected finite numbers, got NaN at element 5/u,
    ],
    [
      'an output matrix other than the tied embedding',
      (tensors) =>
        tensors.set('lm_head.weight', {
          shape: [config.vocabSize, 8],
          data: new Float32Array(8 * config.vocabSize),
        }),
      /lm_head\.weight: expected it absent or equal to model\.embed_tokens\.weight/u,
    ],
  ];

  test.each(cases)('%s', async (_, change, message) => {
    const tensors = tensorsOf([...parameters.keys()]);
    change(tensors);
    await writeSafetensors(join(folder, 'model.safetensors'), tensors);
    await refuses(message);
  });

  test('all of a smaller model, naming the first few', async () => {
    const json = JSON.parse(await readFile(join(folder, 'config.json'), 'utf8'));
    await writeFile(
      join(folder, 'config.json'),
      JSON.stringify({ ...json, num_hidden_layers: 3, hidden_size: 16, head_dim: 8 }),
    );
    const error = await refuses(
      /model\.embed_tokens\.weight: expected shape \[\d+,16\].*and \d+ more\. Use the config\.json/su,
    );
    expect(error.message.length).toBeLessThan(1000);
  });

  test('an output matrix that an untied model lacks', async () => {
    const json = JSON.parse(await readFile(join(folder, 'config.json'), 'utf8'));
    await writeFile(
      join(folder, 'config.json'),
      JSON.stringify({ ...json, tie_word_embeddings: false }),
    );
    await refuses(/expected lm_head\.weight, got none of that name/u);
  });
});

describe('a broken folder is refused:', () => {
  test('without weights', async () => {
    await rm(join(folder, 'model.safetensors'));
    await refuses(/expected model\.safetensors or model\.safetensors\.index\.json, got neither/u);
  });

  test.each([
    [{ a: '../../secret.safetensors' }],
    [{ a: '/etc/passwd' }],
    [{ a: '..' }],
    [{ a: 7 }],
    [{}],
    [null],
  ])('with an index that maps to %j', async (map) => {
    await rm(join(folder, 'model.safetensors'));
    const index = JSON.stringify({ weight_map: map });
    await writeFile(join(folder, 'model.safetensors.index.json'), index);
    await refuses(/expected weight_map to give every parameter a file of this folder/u);
  });

  test('with a parameter in two of its files', async () => {
    await rm(join(folder, 'model.safetensors'));
    const files = ['one.safetensors', 'two.safetensors'];
    for (const file of files)
      await writeSafetensors(join(folder, file), tensorsOf([...shapes.keys()]));
    const index = JSON.stringify({ weight_map: { a: files[0], b: files[1] } });
    await writeFile(join(folder, 'model.safetensors.index.json'), index);
    await refuses(/expected it in one file, got it in one\.safetensors and two\.safetensors/u);
  });

  test('with a file missing that the index names', async () => {
    await rm(join(folder, 'model.safetensors'));
    const index = JSON.stringify({ weight_map: { a: 'absent.safetensors' } });
    await writeFile(join(folder, 'model.safetensors.index.json'), index);
    await refuses(/absent\.safetensors: expected a readable safetensors file, got ENOENT/u);
  });

  test('with weights cut off', async () => {
    const path = join(folder, 'model.safetensors');
    const bytes = await readFile(path);
    await writeFile(path, bytes.subarray(0, bytes.length - 100));
    await refuses(/model\.safetensors: expected .* within the \d+ data bytes of the file/u);
  });

  test.each([config.vocabSize - 1, 50_000])(
    'with a tokenizer that does not match a vocabulary of %d',
    async (size) => {
      const json = JSON.parse(await readFile(join(folder, 'config.json'), 'utf8'));
      const changed = JSON.stringify({ ...json, vocab_size: size });
      await writeFile(join(folder, 'config.json'), changed);
      const sizes = `${config.vocabSize} in tokenizer\\.json and a vocab_size of ${size} in config\\.json`;
      await refuses(new RegExp(sizes, 'u'));
    },
  );

  test('with a config that is not JSON or not there', async () => {
    await writeFile(join(folder, 'config.json'), '{"model_type": "llama",');
    await refuses(/config\.json: expected a JSON object/u);
    await rm(join(folder, 'config.json'));
    await refuses(/config\.json: expected a file, got none/u);
  });
});

test('writeModelFolder names a parameter that it was not given', async () => {
  const incomplete = new Map(parameters);
  incomplete.delete('model.norm.weight');
  const writing = writeModelFolder(folder, {
    config,
    parameters: incomplete,
    companions: pocket.companions,
  });
  await expect(writing).rejects.toThrow(
    /expected parameter model\.norm\.weight, got .* and \d+ more/u,
  );
});

async function refuses(message: RegExp): Promise<CheckpointError> {
  const error: unknown = await readModelFolder(folder).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(CheckpointError);
  expect((error as CheckpointError).message).toMatch(message);
  expect((error as CheckpointError).message).toContain(folder);
  return error as CheckpointError;
}

function tensorsOf(names: readonly string[]) {
  return new Map(
    names.map((name) => [name, { shape: shapes.get(name)!, data: parameters.get(name)! }]),
  );
}

function one(size: number) {
  return { shape: [size], data: new Float32Array(size) };
}
