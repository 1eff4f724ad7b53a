import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createEncoderEmbedder, type EncoderEmbedder } from './encoder-embedder.ts';

vi.setConfig({ testTimeout: 60_000 });

const fixtures = fileURLToPath(new URL('__fixtures__', import.meta.url));
const { texts, embeddings } = JSON.parse(
  await readFile(join(fixtures, 'encoders.json'), 'utf8'),
) as { texts: string[]; embeddings: Record<string, number[][]> };

const opened: EncoderEmbedder[] = [];
let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'encoder-'));
});
afterEach(async () => {
  for (const embedder of opened.splice(0)) await embedder[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

async function open(path: string, maxTokens?: number): Promise<EncoderEmbedder> {
  const embedder = await createEncoderEmbedder({ path, threads: 1, maxTokens });
  opened.push(embedder);
  return embedder;
}

const FILES = ['config.json', 'tokenizer.json', 'tokenizer_config.json', 'model.safetensors'];

async function changed(edit: (config: Record<string, unknown>) => void): Promise<string> {
  for (const file of FILES) await copyFile(join(fixtures, 'bert', file), join(folder, file));
  const config = JSON.parse(await readFile(join(folder, 'config.json'), 'utf8'));
  edit(config);
  await writeFile(join(folder, 'config.json'), JSON.stringify(config));
  return folder;
}

describe('an encoder', () => {
  test.each([
    ['bert', 'bert'],
    ['roberta', 'roberta'],
    ['distilbert', 'distilbert'],
    ['bert/model.onnx', 'bert'],
  ])('%s embeds as PyTorch does', async (path, name) => {
    const embedder = await open(join(fixtures, path));
    const got = await embedder.embed(texts);
    expect(embedder.width).toBe(12);
    for (const [row, expected] of embeddings[name]!.entries()) {
      // Unit vectors; two layers in single precision, sums in another order.
      for (const [axis, x] of expected.entries()) expect(got[row]![axis]).toBeCloseTo(x, 5);
    }
  });

  test('cuts a text at the limit asked for', async () => {
    const embedder = await open(join(fixtures, 'bert'), 5);
    const [long, short] = await embedder.embed(['x x x x x x x x', 'x x x']);
    expect(long).toEqual(short);
  });

  test('another limit is another embedder', async () => {
    const one = await open(join(fixtures, 'bert'), 5);
    const other = await open(join(fixtures, 'bert'), 6);
    expect(one.id).not.toBe(other.id);
  });

  test('equal texts get one embedding, and none is no work', async () => {
    const embedder = await open(join(fixtures, 'bert'));
    const [first, , third] = await embedder.embed(['x', 'sum', 'x']);
    expect(first).toBe(third);
    expect(await embedder.embed([])).toEqual([]);
  });
});

describe('what cannot be used is named', () => {
  test('nothing there', async () => {
    await expect(open(join(folder, 'none'))).rejects.toThrow(/none: expected a folder/);
  });

  test('another family', async () => {
    const path = await changed((config) => Object.assign(config, { model_type: 'mpnet' }));
    await expect(open(path)).rejects.toThrow(/model_type as one of bert, roberta.*"mpnet"/);
  });

  test('other mathematics', async () => {
    const path = await changed((config) => Object.assign(config, { hidden_act: 'swish' }));
    await expect(open(path)).rejects.toThrow(/hidden_act as one of gelu/);
  });

  test('weights of another shape', async () => {
    const path = await changed((config) => Object.assign(config, { intermediate_size: 24 }));
    await expect(open(path)).rejects.toThrow(/intermediate\.dense\.weight \[24, 12\]/);
  });

  test('a file that is no ONNX', async () => {
    await writeFile(join(folder, 'model.onnx'), 'no');
    await expect(open(join(folder, 'model.onnx'))).rejects.toThrow(/model.onnx: expected an ONNX/);
  });
});
