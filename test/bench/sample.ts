/**
 * Sampling speed at the pocket shape: 8 prompts of 32 tokens, 8 completions each, 28 new tokens. Prints tokens per second with the
 * caches over tokens per second without them, and how much of the sampler's time is spent outside ONNX Runtime.
 *
 *     node --conditions=@taskspace/source test/bench/sample.ts [threads]
 */
import { createRandom } from '@taskspace/core';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { SampleRequest } from '../../packages/trainer/src/backend/backend.ts';
import { resolveDevice } from '../../packages/trainer/src/engine/device.ts';
import { createTurnstile } from '../../packages/trainer/src/engine/turnstile.ts';
import {
  type DecoderConfig,
  initialParameters,
  parameterSpecs,
} from '../../packages/trainer/src/model/config.ts';
import { createPrograms } from '../../packages/trainer/src/sampler/programs.ts';
import { Rotations } from '../../packages/trainer/src/sampler/rotations.ts';
import { Sampler } from '../../packages/trainer/src/sampler/sampler.ts';
import { sampleUncached } from '../../packages/trainer/src/sampler/uncached.ts';

const LEAST_SPEEDUP = 5;
const MOST_OUTSIDE = 0.25;
const ROUNDS = 15;

const config: DecoderConfig = {
  architecture: 'llama',
  vocabSize: 512,
  hiddenSize: 128,
  intermediateSize: 352,
  layers: 4,
  heads: 4,
  keyValueHeads: 4,
  headDim: 32,
  rmsNormEpsilon: 1e-6,
  ropeTheta: 10_000,
  maxPositions: 512,
  tieEmbeddings: true,
  attentionBias: false,
  qkNorm: false,
  initializerRange: 0.1,
};
const random = createRandom('bench/sample');
const values = initialParameters(config, random);
const tensors = Object.fromEntries(
  parameterSpecs(config).map(({ name, shape }) => [
    name,
    new Tensor('float32', values.get(name)!, shape),
  ]),
);
/** Threads of one operator, the first argument; one per core without it. */
const threads = Number(process.argv[2] ?? 0);
const device = await resolveDevice('cpu', threads);
const parameters = () => tensors;
/** As an engine of several threads keeps them: where all of these can read them. */
const sharedTensors = Object.fromEntries(
  Object.entries(tensors).map(([name, { data, dims }]) => {
    const values = data as Float32Array;
    const shared = new Float32Array(new SharedArrayBuffer(values.byteLength));
    shared.set(values);
    return [name, new Tensor('float32', shared, dims)];
  }),
);
const requests: readonly SampleRequest[] = Array.from({ length: 8 }, (_, seed) => ({
  prompt: Int32Array.from({ length: 32 }, () => random.integer(config.vocabSize)),
  samples: 8,
  seed,
  sampling: { maxTokens: 28, temperature: 1, topP: 1, topK: 0, stopTokens: [], stopStrings: [] },
}));
const tokens = requests.reduce(
  (sum, { samples, sampling }) => sum + samples * sampling.maxTokens,
  0,
);

let insideMs = 0;
// The package declares its session as a factory; at run time it is a class like any other.
type Run = (this: InferenceSession, ...args: unknown[]) => Promise<unknown>;
const { prototype } = InferenceSession as unknown as { prototype: { run: Run } };
const { run } = prototype;
prototype.run = async function (...args) {
  const start = performance.now();
  const results = await run.apply(this, args);
  insideMs += performance.now() - start;
  return results;
};

const { sessionOptions } = device;
const context = { config, tokenBytes: null, device: 'cpu', sessionOptions } as const;
const sampler = new Sampler({ ...context, parameters, exclusive: createTurnstile() });
const crew = new Sampler({
  ...context,
  parameters: () => sharedTensors,
  exclusive: createTurnstile(),
});
const uncached = {
  config,
  parameters,
  rotations: new Rotations(config),
  programs: createPrograms(config, device),
};
const { signal } = new AbortController();
const roads = {
  cached: () => Promise.all(requests.map((request) => sampler.submit(request, signal))),
  sideBySide: () => Promise.all(requests.map((request) => crew.submit(request, signal))),
  uncached: () => sampleUncached(uncached, requests),
};

/** Milliseconds of one round inside the runtime and outside. */
async function time(road: keyof typeof roads): Promise<{ inside: number; outside: number }> {
  insideMs = 0;
  const start = performance.now();
  await roads[road]();
  return { inside: insideMs, outside: performance.now() - start - insideMs };
}

type Parts = Awaited<ReturnType<typeof time>>;
const rounds: Record<keyof typeof roads, Parts[]> = { cached: [], sideBySide: [], uncached: [] };
for (const road of ['cached', 'sideBySide', 'uncached'] as const) await time(road);
for (let round = 0; round < ROUNDS; round++) {
  rounds.cached.push(await time('cached'));
  rounds.sideBySide.push(await time('sideBySide'));
  if (round % 5 === 0) rounds.uncached.push(await time('uncached'));
}
// Other work may disturb any round: the smallest time of each part is the one least disturbed.
const least = (road: keyof typeof roads, part: 'inside' | 'outside') =>
  Math.min(...rounds[road].map((round) => round[part]));
const totalMs = (road: keyof typeof roads) => least(road, 'inside') + least(road, 'outside');
const speedup = totalMs('uncached') / totalMs('cached');
const outside = least('cached', 'outside') / totalMs('cached');
const rate = (ms: number) => `${Math.round((tokens / ms) * 1000)} tokens/s`;
console.log(`with caches    ${rate(totalMs('cached'))} (${device.label})`);
console.log(`without        ${rate(totalMs('uncached'))}`);
console.log(
  `side by side   ${rate(totalMs('sideBySide'))} (requests dealt out to as many threads)`,
);
console.log(`ratio          ${speedup.toFixed(1)} (limit: at least ${LEAST_SPEEDUP})`);
console.log(
  `outside run    ${(100 * outside).toFixed(1)} % (limit: at most ${100 * MOST_OUTSIDE} %)`,
);
await sampler.dispose();
await crew.dispose();
await uncached.programs.release();
if (speedup < LEAST_SPEEDUP || outside > MOST_OUTSIDE) process.exitCode = 1;
