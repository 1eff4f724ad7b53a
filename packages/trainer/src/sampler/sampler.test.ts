import { setImmediate as nextTurn } from 'node:timers/promises';
import { createRandom } from '@taskspace/core';
import { Tensor } from 'onnxruntime-node';
import { afterAll, describe, expect, test, vi } from 'vitest';
import type { Completion, SampleRequest } from '../backend/backend.ts';
import { compile } from '../engine/program.ts';
import type { DecoderConfig } from '../model/config.ts';
import { buildLogprobsGraph } from '../model/logprobs-graph.ts';
import { LORA_TARGETS } from '../model/lora-config.ts';
import { rotationTable } from '../model/rotary.ts';
import { createPolicy, createRequest, type TestPolicy } from './__fixtures__/policy.ts';
import { SamplingError } from './errors.ts';
import { Sampler, type SamplerOptions } from './sampler.ts';
import { sampleUncached } from './uncached.ts';

const LORA = { rank: 8, alpha: 16, targets: LORA_TARGETS, dropout: 0.5 };
const { signal: never } = new AbortController();
const opened: Sampler[] = [];
// These tests take seconds when other work keeps the processor busy.
vi.setConfig({ testTimeout: 60_000 });

function open(policy: TestPolicy, options?: SamplerOptions): Sampler {
  const sampler = new Sampler(policy.context, options);
  opened.push(sampler);
  return sampler;
}

afterAll(async () => {
  for (const sampler of opened) await sampler.dispose();
});

function sampleAll(
  sampler: Sampler,
  requests: readonly SampleRequest[],
): Promise<readonly (readonly Completion[])[]> {
  return Promise.all(requests.map((request) => sampler.submit(request, never)));
}

/** Same tokens, log-probabilities within the tolerance that another order of additions explains. */
function expectClose(
  got: readonly (readonly Completion[])[],
  expected: readonly (readonly Completion[])[],
): void {
  expect(got.map((group) => group.map(({ tokens, stop }) => [...tokens, stop]))).toEqual(
    expected.map((group) => group.map(({ tokens, stop }) => [...tokens, stop])),
  );
  for (const [row, group] of got.entries()) {
    for (const [index, { logprobs }] of group.entries()) {
      const other = expected[row]![index]!.logprobs;
      for (const [at, logprob] of logprobs.entries()) {
        expect(Math.abs(logprob - other[at]!)).toBeLessThan(1e-4);
      }
    }
  }
}

/** Requests of many kinds: shared and lone, short and long, every way of drawing and stopping. */
function mixedRequests(): SampleRequest[] {
  return [
    createRequest(1, 5, 8),
    createRequest(2, 31, 3, { temperature: 0.7, topK: 7 }),
    createRequest(3, 33, 8, { topP: 0.8, maxTokens: 40 }),
    createRequest(4, 32, 1, { temperature: 0 }),
    createRequest(5, 150, 5, { temperature: 1.3, stopTokens: [3, 4, 5, 6, 7] }),
    createRequest(6, 1, 2, { maxTokens: 1 }),
    createRequest(7, 20, 4, { stopStrings: ['ab', 'e', ' q'], maxTokens: 30 }),
    createRequest(8, 260, 4, { maxTokens: 70 }),
  ];
}

describe('Sampler', () => {
  test.each([
    ['one key per head', {}],
    ['heads that share keys', { keyValueHeads: 2 }],
    [
      'biases',
      { architecture: 'qwen2', attentionBias: true, keyValueHeads: 1, tieEmbeddings: false },
    ],
    ['normed queries and keys', { architecture: 'qwen3', qkNorm: true, headDim: 16 }],
    ['adapters', { lora: LORA }],
  ] as const)('draws what a sampler without caches draws: %s', async (_, overrides) => {
    const policy = await createPolicy(overrides);
    const requests = mixedRequests();
    const expected = [];
    for (const request of requests) {
      const [completions] = await sampleUncached(
        policy.scope,
        [request],
        policy.context.tokenBytes,
      );
      expected.push(completions!);
    }
    expectClose(await sampleAll(open(policy), requests), expected);
    const stops = new Set(expected.flat().map(({ stop }) => stop));
    expect(stops).toEqual(new Set(['token', 'string', 'length']));
  });

  test.each([
    ['of weights', {}],
    ['of weights and adapters', { lora: LORA }],
  ])('gives the log-probabilities that training sees: %s', async (_, overrides) => {
    const policy = await createPolicy({ keyValueHeads: 2, ...overrides });
    const { config, parameters, device } = policy;
    const request = createRequest(11, 40, 4, { temperature: 0.8, maxTokens: 24 });
    const program = await compile(buildLogprobsGraph(config), device);
    const [completions] = await sampleAll(open(policy), [request]);
    for (const { tokens, logprobs } of completions!) {
      const all = [...request.prompt, ...tokens].map(BigInt);
      const length = all.length - 1;
      const positions = Float32Array.from({ length }, (_, position) => position);
      const { cos, sin } = rotationTable(config, positions);
      const results = await program.run({
        ...parameters,
        ids: new Tensor('int64', BigInt64Array.from(all.slice(0, -1)), [1, length]),
        targets: new Tensor('int64', BigInt64Array.from(all.slice(1)), [1, length]),
        positions: new Tensor('float32', positions, [length]),
        cos: new Tensor('float32', cos, [length, config.headDim / 2]),
        sin: new Tensor('float32', sin, [length, config.headDim / 2]),
        temperature: new Tensor('float32', Float32Array.of(0.8), []),
      });
      const trained = (results.logprobs!.data as Float32Array).subarray(-tokens.length);
      for (const [index, logprob] of logprobs.entries()) {
        expect(Math.abs(logprob - trained[index]!)).toBeLessThan(1e-4);
      }
    }
    await program.release();
  });

  test.each<
    [string, { readonly threads: number; readonly shared?: boolean }, Partial<DecoderConfig>?]
  >([
    ['one thread', { threads: 1 }],
    ['two threads in every operator', { threads: 2 }],
    ['two threads side by side', { threads: 2, shared: true }],
    ['two threads, with adapters', { threads: 2 }, { lora: LORA }],
  ])(
    'gives the same bits whoever else is under way and whenever they come: %s',
    async (_, options, overrides = {}) => {
      const policy = await createPolicy(
        {
          hiddenSize: 128,
          intermediateSize: 352,
          heads: 4,
          keyValueHeads: 4,
          headDim: 32,
          ...overrides,
        },
        options,
      );
      const requests = mixedRequests();
      const first = open(policy);
      const alone = [];
      for (const request of requests) alone.push(...(await sampleAll(first, [request])));
      expect(await sampleAll(first, requests)).toEqual(alone);
      const reversed = await sampleAll(open(policy, { rowsPerStep: 11 }), requests.toReversed());
      expect(reversed.toReversed()).toEqual(alone);
      const sampler = open(policy, { rowsPerStep: 24, cachePositions: 3000 });
      const late = requests.map(async (request, index) => {
        for (let turn = 0; turn < 7 * index; turn++) await nextTurn();
        return sampler.submit(request, never);
      });
      expect(await Promise.all(late)).toEqual(alone);
    },
  );

  test('draws completion i from (seed, i), however many completions are asked for', async () => {
    const sampler = open(await createPolicy());
    const [few, many, other] = await sampleAll(sampler, [
      createRequest(1, 9, 2),
      createRequest(1, 9, 8),
      { ...createRequest(1, 9, 2), seed: 2 },
    ]);
    expect(many!.slice(0, 2)).toEqual(few);
    expect(new Set(many!.map(({ tokens }) => tokens.join())).size).toBe(8);
    expect(other).not.toEqual(few);
  });

  test('keeps the token that stops a completion', async () => {
    const policy = await createPolicy();
    const { bytes } = policy.context.tokenBytes!;
    const stopTokens = Array.from({ length: 12 }, (_, token) => token);
    const sampling = { maxTokens: 60, stopTokens, stopStrings: ['xy', ' '] };
    const [completions] = await sampleAll(open(policy), [createRequest(21, 10, 16, sampling)]);
    const seen = new Set<string>();
    for (const { tokens, logprobs, stop } of completions!) {
      seen.add(stop);
      expect(logprobs.length).toBe(tokens.length);
      const text = String.fromCharCode(...Array.from(tokens, (token) => bytes[token]!));
      const isStop = (length: number) =>
        stopTokens.includes(tokens[length - 1]!) ||
        text.slice(0, length).endsWith('xy') ||
        text.slice(0, length).endsWith(' ');
      for (let length = 1; length < tokens.length; length++) expect(isStop(length)).toBe(false);
      expect(isStop(tokens.length)).toBe(stop !== 'length');
      expect(stopTokens.includes(tokens.at(-1)!)).toBe(stop === 'token');
    }
    expect(seen.has('token') && seen.has('string')).toBe(true);
  });

  test.each([
    ['its own thread', { threads: 1 }],
    ['several threads', { threads: 3, shared: true }],
  ])(
    'rejects an aborted request with the reason and completes the others: %s',
    async (_, options) => {
      const policy = await createPolicy({}, options);
      const sampler = open(policy, { rowsPerStep: 8 });
      const controller = new AbortController();
      const reason = new Error('enough');
      const doomed = sampler.submit(createRequest(1, 9, 4, { maxTokens: 400 }), controller.signal);
      const waiting = sampler.submit(createRequest(2, 9, 8, { maxTokens: 400 }), controller.signal);
      const kept = sampler.submit(createRequest(3, 12, 4), never);
      for (let turn = 0; turn < 20; turn++) await nextTurn();
      controller.abort(reason);
      await expect(doomed).rejects.toBe(reason);
      await expect(waiting).rejects.toBe(reason);
      expect(await kept).toEqual((await sampleAll(open(policy), [createRequest(3, 12, 4)]))[0]);
      await expect(sampler.submit(createRequest(4, 9, 1), controller.signal)).rejects.toBe(reason);
    },
  );

  test('works through a long line within its memory, and runs a request larger than that alone', async () => {
    const policy = await createPolicy();
    const requests = Array.from({ length: 12 }, (_, index) =>
      createRequest(index, 3 + 17 * index, 4, { maxTokens: 20 }),
    );
    const wide = await sampleAll(open(policy), requests);
    expect(await sampleAll(open(policy, { cachePositions: 700 }), requests)).toEqual(wide);
    expect(await sampleAll(open(policy, { cachePositions: 1 }), requests)).toEqual(wide);
  });

  test('samples from the parameters of the moment', async () => {
    const policy = await createPolicy();
    let { parameters } = policy;
    const sampler = new Sampler({ ...policy.context, parameters: () => parameters });
    opened.push(sampler);
    const [before] = await sampleAll(sampler, [createRequest(1, 9, 2)]);
    const weight = parameters['model.norm.weight']!;
    const halved = (weight.data as Float32Array).map((x) => x / 2);
    parameters = {
      ...parameters,
      'model.norm.weight': new Tensor('float32', halved, weight.dims),
    };
    const [after] = await sampleAll(sampler, [createRequest(1, 9, 2)]);
    expect(after![0]!.logprobs).not.toEqual(before![0]!.logprobs);
  });

  test('refuses a policy whose logits are not numbers, and serves again once they are', async () => {
    const policy = await createPolicy();
    const good = policy.parameters;
    const weight = good['model.norm.weight']!;
    const bad = {
      ...good,
      'model.norm.weight': new Tensor(
        'float32',
        new Float32Array(weight.dims[0]!).fill(Number.NaN),
        weight.dims,
      ),
    };
    let parameters = good;
    const sampler = new Sampler({ ...policy.context, parameters: () => parameters });
    opened.push(sampler);
    const expected = await sampleAll(sampler, [createRequest(2, 9, 4)]);
    const caught = sampler.submit(createRequest(1, 9, 4, { maxTokens: 300 }), never);
    for (let turn = 0; turn < 20; turn++) await nextTurn();
    parameters = bad;
    await expect(caught).rejects.toThrow(SamplingError);
    await expect(sampler.submit(createRequest(1, 9, 4), never)).rejects.toThrow(
      'expected finite numbers, got NaN for token 0',
    );
    parameters = good;
    expect(await sampleAll(sampler, [createRequest(2, 9, 4)])).toEqual(expected);
  });

  test('passes a failure of the runtime on and goes on', async () => {
    const policy = await createPolicy();
    let parameters = {};
    const sampler = new Sampler({ ...policy.context, parameters: () => parameters });
    opened.push(sampler);
    await expect(sampler.submit(createRequest(1, 9, 4), never)).rejects.toThrow('graph prefill');
    parameters = policy.parameters;
    await expect(sampler.submit(createRequest(1, 9, 4), never)).resolves.toHaveLength(4);
  });

  test('passes a failure of the engine on and goes on', async () => {
    const policy = await createPolicy();
    let isBroken = false;
    const parameters = () => {
      if (isBroken) throw new Error('no parameters');
      return policy.parameters;
    };
    const sampler = new Sampler({ ...policy.context, parameters });
    opened.push(sampler);
    isBroken = true;
    await expect(sampler.submit(createRequest(1, 9, 4), never)).rejects.toThrow('no parameters');
    isBroken = false;
    await expect(sampler.submit(createRequest(1, 9, 4), never)).resolves.toHaveLength(4);
  });

  test('passes on what goes wrong in another thread', async () => {
    const policy = await createPolicy({}, { threads: 2, shared: true });
    const weight = policy.parameters['model.norm.weight']!;
    (weight.data as Float32Array).fill(Number.NaN);
    const sampler = open(policy);
    const requests = [1, 2, 3, 4].map((seed) => sampler.submit(createRequest(seed, 9, 4), never));
    for (const outcome of await Promise.allSettled(requests)) {
      expect(outcome).toMatchObject({
        status: 'rejected',
        reason: { code: 'TASKSPACE_ERR_SAMPLING_LOGITS' },
      });
    }
    (weight.data as Float32Array).fill(1);
    await expect(sampleAll(sampler, mixedRequests())).resolves.toHaveLength(8);
  });

  test('refuses a request longer than the context, naming both lengths', async () => {
    const sampler = open(await createPolicy({ maxPositions: 64 }));
    const request = createRequest(1, 50, 1, { maxTokens: 15 });
    await expect(sampler.submit(request, never)).rejects.toThrow(
      "model's context of 64 tokens, got a prompt of 50 and up to 15 new ones (65)",
    );
    const fits = createRequest(1, 50, 1, { maxTokens: 14 });
    await expect(sampler.submit(fits, never)).resolves.toHaveLength(1);
  });

  test.each<[string, Partial<SampleRequest>, string]>([
    ['an empty prompt', { prompt: new Int32Array() }, 'prompt: expected at least one token'],
    ['a token the model lacks', { prompt: Int32Array.of(1, 61) }, 'prompt[1]: expected a token'],
    ['no samples', { samples: 0 }, 'samples: expected an integer from 1, got 0'],
    ['a negative seed', { seed: -1 }, 'seed: expected an unsigned 32-bit integer, got -1'],
  ])('refuses %s', async (_, change, message) => {
    const sampler = open(await createPolicy());
    const request = { ...createRequest(1, 4, 1), ...change };
    await expect(sampler.submit(request, never)).rejects.toThrow(message);
  });

  test.each([
    [{ temperature: Number.NaN }, 'temperature'],
    [{ temperature: -1 }, 'temperature'],
    [{ topP: 0 }, 'topP'],
    [{ topP: 1.5 }, 'topP'],
    [{ topK: -1 }, 'topK'],
    [{ maxTokens: 0 }, 'maxTokens'],
    [{ stopStrings: [''] }, 'stopStrings'],
  ])('refuses %o', async (sampling, field) => {
    const sampler = open(await createPolicy());
    await expect(sampler.submit(createRequest(1, 4, 1, sampling), never)).rejects.toThrow(
      `sample request, ${field}`,
    );
  });

  test('refuses stop strings when it does not know what tokens spell', async () => {
    const policy = await createPolicy();
    const sampler = new Sampler({ ...policy.context, tokenBytes: null });
    opened.push(sampler);
    const request = createRequest(1, 4, 1, { stopStrings: ['a'] });
    await expect(sampler.submit(request, never)).rejects.toThrow('model without a tokenizer');
  });

  test('lets go of every request when it is disposed', async () => {
    const sampler = new Sampler((await createPolicy()).context);
    const requests = Array.from({ length: 4 }, (_, seed) =>
      sampler.submit(createRequest(seed, 9, 8, { maxTokens: 400 }), never),
    );
    const outcomes = Promise.allSettled(requests);
    await nextTurn();
    await sampler.dispose();
    for (const { status } of await outcomes) expect(status).toBe('rejected');
    await expect(sampler.submit(createRequest(1, 9, 1), never)).rejects.toThrow('dispose');
  });

  test('completes any crowd of requests', async () => {
    const policy = await createPolicy();
    const sampler = open(policy, { rowsPerStep: 16, cachePositions: 2000 });
    const random = createRandom('crowd');
    const requests = Array.from({ length: 40 }, (_, seed) =>
      createRequest(seed, 1 + random.integer(90), 1 + random.integer(9), {
        maxTokens: 1 + random.integer(20),
        stopTokens: [random.integer(61), random.integer(61)],
      }),
    );
    const results = await sampleAll(sampler, requests);
    for (const [index, { samples, sampling }] of requests.entries()) {
      expect(results[index]).toHaveLength(samples);
      for (const { tokens } of results[index]!) {
        expect(tokens.length).toBeLessThanOrEqual(sampling.maxTokens);
      }
    }
  });
});
