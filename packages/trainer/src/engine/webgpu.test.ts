/**
 * WebGPU through whatever driver there is; without a graphics card, through the software Vulkan driver that Debian's chromium
 * package brings. Where neither is found the tests are skipped, and say so.
 */
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { createRandom } from '@taskspace/core';
import { describe, expect, test } from 'vitest';
import type { LossKernel, OptimParams } from '../backend/backend.ts';
import { TINY_MODELS } from '../model/__fixtures__/tiny-models.ts';
import { type DecoderConfig, initialParameters } from '../model/config.ts';
import { initialAdapters } from '../model/lora.ts';
import { type Device, resolveDevice } from './device.ts';
import { placeOperators } from './fallbacks.ts';
import type { EngineState } from './protocol.ts';
import { TrainingState } from './training-state.ts';
import { createTurnstile } from './turnstile.ts';

const SOFTWARE_DRIVER = '/usr/lib/chromium/vk_swiftshader_icd.json';
if (existsSync(SOFTWARE_DRIVER)) {
  process.env.VK_DRIVER_FILES ??= SOFTWARE_DRIVER;
  process.env.XDG_RUNTIME_DIR ??= tmpdir();
}

const device = await resolveDevice('webgpu', 1).catch((error: Error) => {
  console.warn(`SKIPPED: the WebGPU tests, for want of a device. ${error.message}`);
  return null;
});

const CONFIG = TINY_MODELS['qwen3, normed queries and keys']!;
const KERNEL: LossKernel = {
  name: 'clipped-ratio',
  clipLow: 0.2,
  clipHigh: 0.2,
  klCoefficient: 0.1,
  temperature: 0.9,
};
const OPTIM: OptimParams = {
  learningRate: 0.01,
  beta1: 0.9,
  beta2: 0.95,
  epsilon: 1e-8,
  weightDecay: 0.1,
  maxGradNorm: 1,
};

const ADAPTED = {
  ...CONFIG,
  lora: { rank: 4, alpha: 8, targets: ['q_proj', 'down_proj'] as const, dropout: 0.2 },
};

async function open(
  on: Device,
  config: DecoderConfig = CONFIG,
  recompute = false,
): Promise<TrainingState> {
  return await TrainingState.create({
    config,
    recompute,
    parameters: new Map([
      ...initialParameters(config, createRandom(3)),
      ...initialAdapters(config, createRandom(4)),
    ]),
    microBatchTokens: 24,
    keepReference: true,
    device: on,
    width: 1,
    threadsEach: 1,
    exclusive: createTurnstile(),
  });
}

async function train(state: TrainingState, steps: number): Promise<number[]> {
  const losses: number[] = [];
  for (let step = 0; step < steps; step++) {
    const random = createRandom(step);
    const batch = Array.from({ length: 5 }, (_, index) => {
      const targets = 4 + index;
      const numbers = (from: number, to: number) =>
        Float32Array.from({ length: targets }, () => from + (to - from) * random.next());
      return {
        tokens: Int32Array.from({ length: targets + 1 }, () => random.integer(CONFIG.vocabSize)),
        weights: numbers(0, 0.1),
        advantages: numbers(-1, 1),
        oldLogprobs: numbers(-4, -2),
        referenceLogprobs: numbers(-4, -2),
      };
    });
    losses.push((await state.forwardBackward(batch, KERNEL)).loss);
    await state.optimStep(OPTIM);
  }
  return losses;
}

function relativeDistance(a: Float32Array, b: Float32Array): number {
  let difference = 0;
  let size = 0;
  for (const [at, value] of a.entries()) {
    difference += (value - b[at]!) ** 2;
    size += value ** 2;
  }
  return Math.sqrt(difference / size);
}

describe.skipIf(device === null)('WebGPU', () => {
  test('training steps match the CPU, and tensors stay on the device', {
    timeout: 120_000,
  }, async () => {
    const results: { losses: number[]; state: EngineState }[] = [];
    for (const on of [await resolveDevice('cpu', 1), device!]) {
      const state = await open(on);
      const losses = await train(state, 3);
      await state.updateReference(0.5);
      const places = new Set(Object.values(state.parameters()).map(({ location }) => location));
      expect([...places]).toEqual([on.keepsTensors ? 'gpu-buffer' : 'cpu']);
      results.push({ losses, state: await state.exportState(true) });
      await state.dispose();
    }
    const [cpu, gpu] = results as [(typeof results)[0], (typeof results)[0]];
    for (const [step, loss] of cpu.losses.entries()) {
      expect(Math.abs(gpu.losses[step]! / loss - 1)).toBeLessThan(1e-3);
    }
    for (const [name, values] of cpu.state.parameters) {
      expect(relativeDistance(values, gpu.state.parameters.get(name)!), name).toBeLessThan(1e-3);
    }
    for (const [name, values] of cpu.state.reference!) {
      expect(relativeDistance(values, gpu.state.reference!.get(name)!), name).toBeLessThan(1e-3);
    }
  });

  test('takes every operator of sampling and training', { timeout: 600_000 }, async () => {
    const { onDevice, onCpu } = await placeOperators(device!);
    // What only computes shapes stays on the CPU.
    expect(onCpu.filter((operator) => !onDevice.includes(operator))).toEqual([]);
    expect(onDevice).toEqual(expect.arrayContaining(['MatMul', 'RotaryEmbedding', 'Softmax']));
  });

  test('training steps of adapters match the CPU, layers computed again', {
    timeout: 240_000,
  }, async () => {
    const results: { losses: number[]; state: EngineState }[] = [];
    for (const on of [await resolveDevice('cpu', 1), device!]) {
      const state = await open(on, ADAPTED, true);
      const losses = await train(state, 2);
      await state.updateReference(1);
      results.push({ losses, state: await state.exportState(true) });
      await state.dispose();
    }
    const [cpu, gpu] = results as [(typeof results)[0], (typeof results)[0]];
    for (const [step, loss] of cpu.losses.entries()) {
      expect(Math.abs(gpu.losses[step]! / loss - 1)).toBeLessThan(1e-3);
    }
    for (const [name, values] of cpu.state.parameters) {
      expect(relativeDistance(values, gpu.state.parameters.get(name)!), name).toBeLessThan(1e-3);
    }
    expect(gpu.state.reference).toEqual(gpu.state.parameters);
  });

  test('a saved state goes on where it was', { timeout: 120_000 }, async () => {
    const original = await open(device!);
    await train(original, 2);
    const restored = await open(device!);
    await restored.importState(structuredClone(await original.exportState(true)));
    for (const state of [original, restored]) await train(state, 1);
    const [a, b] = [await original.exportState(true), await restored.exportState(true)];
    for (const [name, values] of a.parameters) {
      expect(relativeDistance(values, b.parameters.get(name)!), name).toBeLessThan(1e-6);
    }
    await original.dispose();
    await restored.dispose();
  });
});
