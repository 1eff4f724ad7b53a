import { describe, expect, test, vi } from 'vitest';
import type { DecoderConfig } from '../model/config.ts';
import { LORA_TARGETS } from '../model/lora-config.ts';
import { EngineError } from './engine-error.ts';
import { type MemoryNeeds, planMemory } from './memory-plan.ts';

// A busy machine takes its time over the graphs of sixteen layers.
vi.setConfig({ testTimeout: 60_000 });

/** The shape of Llama 3.2 1B but for a small vocabulary: 975 million parameters. */
const LARGE: DecoderConfig = {
  architecture: 'llama',
  vocabSize: 1024,
  hiddenSize: 2048,
  intermediateSize: 8192,
  layers: 16,
  heads: 32,
  keyValueHeads: 8,
  headDim: 64,
  rmsNormEpsilon: 1e-5,
  ropeTheta: 500_000,
  maxPositions: 131_072,
  tieEmbeddings: true,
  attentionBias: false,
  qkNorm: false,
  initializerRange: 0.02,
};
const LORA = { rank: 8, alpha: 16, targets: LORA_TARGETS, dropout: 0 };
const NEEDS: MemoryNeeds = {
  config: LARGE,
  trains: true,
  keepReference: true,
  microBatchTokens: 1024,
  recompute: 'auto',
  width: 1,
  cacheBytes: { most: 2 ** 31, least: 2 ** 26 },
};
const ADAPTING: MemoryNeeds = { ...NEEDS, config: { ...LARGE, lora: LORA } };
const MEMORY = 24 * 2 ** 30;

describe('planMemory', () => {
  test('counts weights once, and of adapters alone what training adds', () => {
    const { memory } = planMemory(ADAPTING, null);
    expect(memory.weights / 1e9).toBeCloseTo(3.9, 0);
    expect(memory.gradients + memory.moments + memory.reference).toBeLessThan(0.4e9);
    const parts = Object.values({ ...memory, total: 0, cache: 0, available: 0 });
    expect(memory.total).toBe(parts.reduce((sum, bytes) => sum + bytes, 0));
  });

  test('computes layers again where that makes it fit, and only there', () => {
    expect(planMemory(ADAPTING, null).recompute).toBe(false);
    const kept = planMemory({ ...ADAPTING, recompute: 'never' }, null).memory;
    expect(planMemory(ADAPTING, kept.total + 2 ** 27).memory.cache).toBe(2 ** 27);
    const tight = planMemory(ADAPTING, kept.total);
    expect(tight.recompute).toBe(true);
    expect(tight.memory.activations).toBeLessThan(kept.activations / 3);
    expect(planMemory({ ...ADAPTING, recompute: 'always' }, null).recompute).toBe(true);
    expect(() => planMemory({ ...ADAPTING, recompute: 'never' }, kept.total)).toThrow(EngineError);
  });

  test('refuses what cannot fit, with its parts and what to do', () => {
    expect(() => planMemory(NEEDS, MEMORY)).toThrow(
      /memory: expected the policy to fit 25\.8 GB, what this machine has; it takes about \d+\.\d GB: weights 7\.8 GB, gradients .*\. Train adapters with policy\.lora, or lower memory\.microBatchTokens from 1024/u,
    );
    expect(planMemory(ADAPTING, MEMORY).memory.total).toBeLessThan(MEMORY);
  });

  test('a policy that is only sampled from takes weights and caches', () => {
    const { memory, recompute } = planMemory(
      { ...NEEDS, trains: false, keepReference: false },
      null,
    );
    expect(recompute).toBe(false);
    expect(memory.total).toBe(memory.weights);
    expect(memory.cache).toBe(NEEDS.cacheBytes.most);
  });
});
