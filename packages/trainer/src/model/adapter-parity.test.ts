/**
 * Our adapters beside PEFT's, from numbers that `test/peer/adapter_parity.py` wrote: adapters that PEFT saved and trained, and
 * adapters of ours that PEFT loaded.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { TrainingDatum } from '../backend/backend.ts';
import { createEmbeddedBackend } from '../backend/embedded.ts';
import { Graph } from '../onnx/graph.ts';
import { compileGraph } from '../onnx/run.ts';
import { type Expected, furthest, inputsOf, length } from './__fixtures__/parity.ts';
import { type Adapters, readAdapters } from './adapters.ts';
import {
  type ModelFolder,
  readModelBase,
  readModelFolder,
  writeAdapterFolder,
} from './checkpoint.ts';
import type { DecoderConfig } from './config.ts';
import { declareSequence, decodeSequence } from './decoder.ts';
import { gradientName } from './graph-names.ts';
import { declareParameters } from './layers.ts';
import { adapterSpecs } from './lora.ts';
import { readSafetensors, type StoredTensor } from './safetensors.ts';
import { buildTrainingGraph } from './training-graph.ts';
import { readWeights } from './weights.ts';

// Threads and graphs take a while to start on a busy machine.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const ROOT = fileURLToPath(new URL('./__fixtures__/adapters', import.meta.url));
const PEFT_PREFIX = 'base_model.model.';
let saved: string;

beforeAll(async () => {
  saved = await mkdtemp(join(tmpdir(), 'taskspace-adapter-parity-'));
});

afterAll(() => rm(saved, { recursive: true, force: true }));

describe.each(['qwen3', 'qwen2.5'])('%s', (family) => {
  describe.each(['peft', 'ours'])('adapters of %s', (origin) => {
    const folder = join(ROOT, family, origin);
    let config: DecoderConfig;
    let adapters: Adapters;
    let whole: Pick<ModelFolder, 'config' | 'parameters'>;
    let expected: Expected;
    let tensors: Map<string, StoredTensor>;

    beforeAll(async () => {
      const base = await readModelBase(folder);
      adapters = await readAdapters(folder, base.config);
      config = { ...base.config, lora: adapters.lora };
      const weights = await readWeights(base.weightsFolder, base.config);
      whole = { config, parameters: new Map([...weights, ...adapters.parameters]) };
      expected = JSON.parse(await readFile(join(ROOT, family, 'peft', 'expected.json'), 'utf8'));
      tensors = await readSafetensors(join(folder, 'expected.safetensors'));
    });

    test.each(['beside the weights', 'merged into them'])(
      'logits are the same to 1e-4, adapters %s',
      async (how) => {
        const model = how === 'merged into them' ? await readModelFolder(folder) : whole;
        const graph = new Graph('logits');
        const scope = { config: model.config, parameters: declareParameters(graph, model.config) };
        graph.output('logits', decodeSequence(graph, scope, declareSequence(graph, scope)));
        await using compiled = await compileGraph(graph);
        const { logits } = await compiled.run(inputsOf(model, expected.tokens));
        const { vocabSize } = config;
        const rows = expected.logitPositions.flatMap((at) =>
          logits!.data.slice(at * vocabSize, (at + 1) * vocabSize),
        );
        expect(furthest(rows, tensors.get('logits')!.data)).toBeLessThan(1e-4);
      },
    );

    if (origin === 'ours') {
      test('what PEFT loaded is what is written', async () => {
        const { lora } = adapters;
        const json = JSON.parse(await readFile(join(folder, 'adapter_config.json'), 'utf8'));
        const target = await mkdtemp(join(saved, 'written-'));
        await writeAdapterFolder(target, {
          config: { ...config, lora },
          parameters: adapters.parameters,
          companions: { files: new Map(), tokenIds: {} },
          base: json.base_model_name_or_path,
        });
        for (const name of ['adapter_config.json', 'adapter_model.safetensors']) {
          expect(
            (await readFile(join(target, name))).equals(await readFile(join(folder, name))),
          ).toBe(true);
        }
      });
      return;
    }

    test('the gradient of every adapter is the same to 1e-3 of its length', async () => {
      await using compiled = await compileGraph(buildTrainingGraph(config, 'cross-entropy'));
      const results = await compiled.run(inputsOf(whole, expected.tokens));
      for (const { name } of adapterSpecs(config)) {
        const theirs = tensors.get(`gradient.${PEFT_PREFIX}${name}`)!.data;
        expect(length(theirs), name).toBeGreaterThan(1e-4);
        const difference = results[gradientName(name)]!.data.map((ours, i) => ours - theirs[i]!);
        expect(length(difference) / length(theirs), name).toBeLessThan(1e-3);
      }
    });

    test('losses, and adapters after five steps of AdamW, are the same to 1e-4', async () => {
      await using backend = await createEmbeddedBackend({
        policyFolder: folder,
        lora: adapters.lora,
        device: 'cpu',
        threads: 1,
      });
      const tokens = Int32Array.from(expected.tokens);
      const count = tokens.length - 1;
      const datum: TrainingDatum = { tokens, weights: new Float32Array(count).fill(1 / count) };
      for (const theirs of expected.losses) {
        const { loss } = await backend.forwardBackward([datum], { name: 'cross-entropy' });
        expect(Math.abs(loss - theirs)).toBeLessThan(1e-4);
        await backend.optimStep(expected.optimizer);
      }
      const target = await mkdtemp(join(saved, 'trained-'));
      await backend.save(target, { optimizer: false });
      const { parameters } = await readAdapters(target, config);
      for (const [name, data] of parameters) {
        const theirs = tensors.get(`after.${PEFT_PREFIX}${name}`)!.data;
        expect(furthest(data, theirs), name).toBeLessThan(1e-4);
      }
    });
  });
});
