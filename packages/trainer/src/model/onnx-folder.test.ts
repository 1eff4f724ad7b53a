import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as ort from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readModelBase, readModelFolder } from './checkpoint.ts';
import type { DecoderConfig } from './config.ts';
import { writeOnnxFolder } from './onnx-folder.ts';
import { readSafetensors } from './safetensors.ts';

const FIXTURES = fileURLToPath(new URL('./__fixtures__/parity', import.meta.url));
/** Tokens of the first call, and padding before them. */
const FIRST = 20;
const PADDING = 3;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'taskspace-onnx-'));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe.each(['llama3', 'qwen3', 'deepseek-r1-distill-qwen'])('%s', (family) => {
  // Logits by PyTorch of the whole text at once.
  test('read in two parts, behind padding, has the logits of the whole to 1e-4', async () => {
    const source = join(FIXTURES, family);
    const model = await readModelFolder(source);
    await writeOnnxFolder(folder, model);
    const { tokens, logitPositions } = JSON.parse(
      await readFile(join(source, 'expected.json'), 'utf8'),
    ) as { tokens: number[]; logitPositions: number[] };
    const expected = (await readSafetensors(join(source, 'expected.safetensors'))).get('logits')!;

    const { config } = model;
    const session = await ort.InferenceSession.create(join(folder, 'onnx', 'model.onnx'), {
      intraOpNumThreads: 1,
    });
    const padded = [...new Array<number>(PADDING).fill(0), ...tokens.slice(0, -1)];
    const cut = PADDING + FIRST;
    const first = await session.run({ ...feeds(padded, 0, cut), ...emptyPast(config) });
    const past = Object.fromEntries(
      Object.entries(first)
        .filter(([name]) => name.startsWith('present.'))
        .map(([name, value]) => [name.replace('present', 'past_key_values'), value]),
    );
    const second = await session.run({ ...feeds(padded, cut, padded.length), ...past });
    await session.release();
    const logits = [
      ...(first.logits!.data as Float32Array).subarray(PADDING * config.vocabSize),
      ...(second.logits!.data as Float32Array),
    ];
    const ours = logitPositions.flatMap((at) =>
      logits.slice(at * config.vocabSize, (at + 1) * config.vocabSize),
    );
    const distances = ours.map((value, index) => Math.abs(value - expected.data[index]!));
    expect(ours).toHaveLength(expected.data.length);
    expect(Math.max(...distances)).toBeLessThan(1e-4);
  });
});

test('an ONNX folder keeps config and tokenizer readable, its template in either place', async () => {
  const source = join(FIXTURES, 'qwen3');
  await writeOnnxFolder(folder, await readModelFolder(source));
  const read = await readModelBase(folder);
  expect(read.config).toEqual((await readModelBase(source)).config);
  const config = JSON.parse(await readFile(join(folder, 'tokenizer_config.json'), 'utf8'));
  expect(config.chat_template).toBe(await readFile(join(source, 'chat_template.jinja'), 'utf8'));
});

/** Positions count from the first token behind the padding, which the mask hides. */
function feeds(ids: readonly number[], start: number, end: number): Record<string, ort.Tensor> {
  const part = Array.from({ length: end - start }, (_, index) => start + index);
  const integers = (values: readonly number[]) =>
    new ort.Tensor('int64', BigInt64Array.from(values, BigInt), [1, values.length]);
  return {
    input_ids: integers(ids.slice(start, end)),
    position_ids: integers(part.map((at) => Math.max(0, at - PADDING))),
    attention_mask: integers(ids.slice(0, end).map((_, at) => (at < PADDING ? 0 : 1))),
  };
}

function emptyPast({ layers, keyValueHeads, headDim }: DecoderConfig): Record<string, ort.Tensor> {
  const names = Array.from({ length: layers }, (_, layer) =>
    ['key', 'value'].map((kind) => `past_key_values.${layer}.${kind}`),
  ).flat();
  const empty = () => new ort.Tensor('float32', [], [1, keyValueHeads, 0, headDim]);
  return Object.fromEntries(names.map((name) => [name, empty()]));
}
