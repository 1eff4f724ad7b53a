import { createRandom } from '@taskspace/core';
import { Tensor } from 'onnxruntime-node';
import type { SampleRequest, SamplingParams } from '../../backend/backend.ts';
import { type Device, resolveDevice } from '../../engine/device.ts';
import type { NamedTensors } from '../../engine/program.ts';
import type { SamplerContext, TokenBytes } from '../../engine/protocol.ts';
import { createTurnstile } from '../../engine/turnstile.ts';
import { type DecoderConfig, initialParameters } from '../../model/config.ts';
import { adapterSpecs, allSpecs } from '../../model/lora.ts';
import type { DecodeScope } from '../decode-batch.ts';
import { createPrograms } from '../programs.ts';
import { Rotations } from '../rotations.ts';

/** A random policy and what samplers need to run it. */
export interface TestPolicy {
  readonly config: DecoderConfig;
  readonly parameters: NamedTensors;
  readonly device: Device;
  /** For a `Sampler`. */
  readonly context: SamplerContext;
  /** For `sampleUncached`. */
  readonly scope: DecodeScope;
}

const SMALL: DecoderConfig = {
  architecture: 'llama',
  vocabSize: 61,
  hiddenSize: 32,
  intermediateSize: 48,
  layers: 2,
  heads: 4,
  keyValueHeads: 4,
  headDim: 8,
  rmsNormEpsilon: 1e-6,
  ropeTheta: 10_000,
  maxPositions: 512,
  tieEmbeddings: true,
  attentionBias: false,
  qkNorm: false,
  initializerRange: 0.3,
};

/** Tokens spell letters: token i is the i-th from `a`, a space after every 26. */
function letters(vocabSize: number): TokenBytes {
  const bytes = Uint8Array.from({ length: vocabSize }, (_, token) =>
    token % 27 === 26 ? 32 : 97 + (token % 27),
  );
  return { bytes, offsets: Uint32Array.from({ length: vocabSize + 1 }, (_, token) => token) };
}

/**
 * A policy with drawn parameters; its logits are far from uniform.
 *
 * @param options - `threads` of one operator; `shared`: the parameters lie in memory that other threads can read.
 */
export async function createPolicy(
  overrides: Partial<DecoderConfig> = {},
  { threads = 1, shared = false } = {},
): Promise<TestPolicy> {
  const config = { ...SMALL, ...overrides };
  const values = initialParameters(config, createRandom('policy'));
  const random = createRandom('adapters');
  // Adapters that do something, as if trained.
  for (const { name, shape } of adapterSpecs(config)) {
    const length = shape.reduce((product, size) => product * size, 1);
    values.set(
      name,
      Float32Array.from({ length }, () => 0.4 * random.next() - 0.2),
    );
  }
  const parameters = Object.fromEntries(
    allSpecs(config).map(({ name, shape, decay }) => {
      const drawn = values.get(name)!;
      const data = shared ? new Float32Array(new SharedArrayBuffer(drawn.byteLength)) : drawn;
      data.set(drawn);
      // Biases and norms that do something.
      if (!decay)
        for (let index = 0; index < data.length; index++) data[index]! += 0.1 * Math.sin(index);
      return [name, new Tensor('float32', data, shape)];
    }),
  );
  const device = await resolveDevice('cpu', threads);
  return {
    config,
    parameters,
    device,
    context: {
      config,
      parameters: () => parameters,
      tokenBytes: letters(config.vocabSize),
      device: device.name,
      sessionOptions: device.sessionOptions,
      exclusive: createTurnstile(),
    },
    scope: {
      config,
      parameters: () => parameters,
      rotations: new Rotations(config),
      programs: createPrograms(config, device),
    },
  };
}

/** A request with a drawn prompt. */
export function createRequest(
  seed: number,
  promptLength: number,
  samples: number,
  sampling: Partial<SamplingParams> = {},
): SampleRequest {
  const random = createRandom(seed).fork('prompt');
  return {
    prompt: Int32Array.from({ length: promptLength }, () => random.integer(SMALL.vocabSize)),
    samples,
    seed,
    sampling: {
      maxTokens: 12,
      temperature: 1,
      topP: 1,
      topK: 0,
      stopTokens: [],
      stopStrings: [],
      ...sampling,
    },
  };
}
