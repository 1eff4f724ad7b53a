/**
 * Which operators of our graphs a device leaves to the CPU. A tiny policy is sampled from and trained on the device while the
 * runtime writes down which provider ran each operator; only running tells, as what a provider takes depends on shapes and types too.
 */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRandom } from '@taskspace/core';
import type { LossKernel } from '../backend/backend.ts';
import { type DecoderConfig, initialParameters } from '../model/config.ts';
import { Sampler } from '../sampler/sampler.ts';
import type { Device } from './device.ts';
import { TrainingState } from './training-state.ts';
import { createTurnstile } from './turnstile.ts';

/** Operators by where they ran, each name once, in order of the alphabet. */
export interface Placement {
  readonly onDevice: readonly string[];
  /** Besides what only moves data between the two. */
  readonly onCpu: readonly string[];
}

/**
 * Finds out where the operators of sampling and training run.
 *
 * @param device - One that works.
 * @throws {@link EngineError} when it cannot run one of the graphs.
 */
export async function placeOperators(device: Device): Promise<Placement> {
  const folder = await mkdtemp(join(tmpdir(), 'taskspace-placement-'));
  try {
    const profileFilePrefix = join(folder, 'profile');
    const sessionOptions = { ...device.sessionOptions, enableProfiling: true, profileFilePrefix };
    await runEverything({ ...device, sessionOptions });
    return await readPlacement(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Has every kind of operator that the supported families have. */
const CONFIG: DecoderConfig = {
  architecture: 'qwen3',
  vocabSize: 32,
  hiddenSize: 16,
  intermediateSize: 32,
  layers: 1,
  heads: 2,
  keyValueHeads: 1,
  headDim: 8,
  rmsNormEpsilon: 1e-6,
  ropeTheta: 10_000,
  maxPositions: 64,
  tieEmbeddings: true,
  attentionBias: true,
  qkNorm: true,
  initializerRange: 0.1,
};

const KERNEL: LossKernel = {
  name: 'clipped-ratio',
  clipLow: 0.2,
  clipHigh: 0.2,
  klCoefficient: 0.1,
  temperature: 1,
};

async function runEverything(device: Device): Promise<void> {
  const exclusive = createTurnstile();
  const state = await TrainingState.create({
    config: CONFIG,
    parameters: initialParameters(CONFIG, createRandom('placement')),
    microBatchTokens: 64,
    keepReference: true,
    device,
    width: 1,
    threadsEach: 1,
    exclusive,
  });
  const sampler = new Sampler({
    config: CONFIG,
    parameters: () => state.parameters(),
    tokenBytes: null,
    device: device.name,
    sessionOptions: device.sessionOptions,
    exclusive,
  });
  const prompt = Int32Array.of(1, 2, 3, 4);
  const sampling = { maxTokens: 4, temperature: 1, topP: 1, topK: 0 };
  try {
    await sampler.submit(
      { prompt, samples: 2, seed: 0, sampling: { ...sampling, stopTokens: [], stopStrings: [] } },
      new AbortController().signal,
    );
    const ones = new Float32Array(3).fill(1);
    const datum = {
      tokens: prompt,
      weights: ones,
      advantages: ones,
      oldLogprobs: new Float32Array(3),
      referenceLogprobs: new Float32Array(3),
    };
    await state.logprobs([prompt], 'policy', 1);
    await state.forwardBackward([datum], KERNEL);
    await state.optimStep({
      learningRate: 1e-3,
      beta1: 0.9,
      beta2: 0.99,
      epsilon: 1e-8,
      weightDecay: 0,
      maxGradNorm: 1,
    });
  } finally {
    // The runtime writes a profile when its session ends.
    await sampler.dispose();
    await state.dispose();
  }
}

/** Profiles are lists of events; those of operators name the provider that ran them. */
async function readPlacement(folder: string): Promise<Placement> {
  const places = { onDevice: new Set<string>(), onCpu: new Set<string>() };
  for (const name of await readdir(folder)) {
    const events: readonly ProfileEvent[] = JSON.parse(await readFile(join(folder, name), 'utf8'));
    for (const { args } of events) {
      const { op_name: operator, provider } = args ?? {};
      if (operator === undefined || provider === undefined || /^Memcpy/u.test(operator)) continue;
      places[provider === 'CPUExecutionProvider' ? 'onCpu' : 'onDevice'].add(operator);
    }
  }
  return { onDevice: [...places.onDevice].sort(), onCpu: [...places.onCpu].sort() };
}

interface ProfileEvent {
  readonly args?: { readonly op_name?: string; readonly provider?: string };
}
