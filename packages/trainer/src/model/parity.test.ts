/**
 * Ours beside PyTorch and transformers, from numbers that `test/peer/model_parity.py` wrote: model folders as
 * `save_pretrained` leaves them, in every way weights and templates are stored.
 */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TrainingBackend, TrainingDatum } from '../backend/backend.ts';
import { createEmbeddedBackend } from '../backend/embedded.ts';
import { Graph } from '../onnx/graph.ts';
import { compileGraph } from '../onnx/run.ts';
import { type Expected, furthest, inputsOf, length } from './__fixtures__/parity.ts';
import { type ModelFolder, readModelFolder } from './checkpoint.ts';
import { parameterSpecs } from './config.ts';
import { declareSequence, decodeSequence } from './decoder.ts';
import { gradientName } from './graph-names.ts';
import { declareParameters } from './layers.ts';
import { readSafetensors, type StoredTensor } from './safetensors.ts';
import { buildTrainingGraph } from './training-graph.ts';

const ROOT = fileURLToPath(new URL('./__fixtures__/parity', import.meta.url));
const FAMILIES = await readdir(ROOT);

test('every family has its numbers', () => {
  expect(FAMILIES.toSorted()).toEqual([
    'deepseek-r1-distill-qwen',
    'llama-linear',
    'llama3',
    'mistral',
    'qwen2.5',
    'qwen3',
    'smollm2',
  ]);
});

describe.each(FAMILIES)('%s', (family) => {
  const folder = join(ROOT, family);
  let model: ModelFolder;
  let expected: Expected;
  let tensors: Map<string, StoredTensor>;

  beforeAll(async () => {
    model = await readModelFolder(folder);
    expected = JSON.parse(await readFile(join(folder, 'expected.json'), 'utf8'));
    tensors = await readSafetensors(join(folder, 'expected.safetensors'));
  });

  test('token ids and decoded texts are the same', () => {
    for (const { text, ids, decoded } of expected.samples) {
      expect(model.tokenizer.encode(text)).toEqual(ids);
      expect(model.tokenizer.decode(ids)).toBe(decoded);
    }
  });

  test('rendered conversations and their ids are the same', () => {
    for (const { messages, addGenerationPrompt, text, ids } of expected.conversations) {
      expect(model.template.render(messages, { addGenerationPrompt })).toBe(text);
      expect(model.tokenizer.encode(text)).toEqual(ids);
    }
  });

  test('logits are the same to 1e-4', async () => {
    const graph = new Graph('logits');
    const scope = { config: model.config, parameters: declareParameters(graph, model.config) };
    graph.output('logits', decodeSequence(graph, scope, declareSequence(graph, scope)));
    await using compiled = await compileGraph(graph);
    const { logits } = await compiled.run(inputsOf(model, expected.tokens));
    const rows = expected.logitPositions.flatMap((at) =>
      logits!.data.slice(at * model.config.vocabSize, (at + 1) * model.config.vocabSize),
    );
    expect(furthest(rows, tensors.get('logits')!.data)).toBeLessThan(1e-4);
  });

  test('the gradient of every parameter is the same to 1e-3 of its length', async () => {
    await using compiled = await compileGraph(buildTrainingGraph(model.config, 'cross-entropy'));
    const results = await compiled.run(inputsOf(model, expected.tokens));
    expect(furthest(results.logprobs!.data, tensors.get('logprobs')!.data)).toBeLessThan(1e-4);
    for (const { name } of parameterSpecs(model.config)) {
      const theirs = tensors.get(`gradient.${name}`)!.data;
      expect(length(theirs), name).toBeGreaterThan(1e-4);
      const difference = results[gradientName(name)]!.data.map((ours, i) => ours - theirs[i]!);
      expect(length(difference) / length(theirs), name).toBeLessThan(1e-3);
    }
  });

  describe('in training', () => {
    let backend: TrainingBackend;
    let saved: string;

    beforeAll(async () => {
      backend = await createEmbeddedBackend({ policyFolder: folder, device: 'cpu', threads: 1 });
      saved = await mkdtemp(join(tmpdir(), 'taskspace-parity-'));
    });

    afterAll(async () => {
      await backend[Symbol.asyncDispose]();
      await rm(saved, { recursive: true, force: true });
    });

    test('log-probabilities, and parameters after five steps of AdamW, are the same to 1e-4', async () => {
      const tokens = Int32Array.from(expected.tokens);
      const [logprobs] = await backend.logprobs([tokens], 'policy', 1);
      expect(furthest(logprobs!, tensors.get('logprobs')!.data)).toBeLessThan(1e-4);

      const count = tokens.length - 1;
      const datum: TrainingDatum = { tokens, weights: new Float32Array(count).fill(1 / count) };
      for (const theirs of expected.losses) {
        const { loss } = await backend.forwardBackward([datum], { name: 'cross-entropy' });
        expect(Math.abs(loss - theirs)).toBeLessThan(1e-4);
        await backend.optimStep(expected.optimizer);
      }
      await backend.save(saved, { optimizer: false });
      const { parameters } = await readModelFolder(saved);
      for (const [name, data] of parameters) {
        expect(furthest(data, tensors.get(`after.${name}`)!.data), name).toBeLessThan(1e-4);
      }
    });
  });
});
