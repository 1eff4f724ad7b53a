import { createRandom, TaskspaceError } from '@taskspace/core';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { TINY_LLAMA } from '../model/__fixtures__/tiny-models.ts';
import { initialParameters } from '../model/config.ts';
import { Engine } from './engine.ts';
import type { OpenParams } from './protocol.ts';

// Threads and graphs take a while to start on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

const engines: Engine[] = [];
afterEach(async () => {
  for (const engine of engines.splice(0)) await engine[Symbol.asyncDispose]();
});

function start(): Engine {
  const engine = new Engine();
  engines.push(engine);
  return engine;
}

function openParams(change: Partial<OpenParams> = {}): OpenParams {
  return {
    config: TINY_LLAMA,
    parameters: initialParameters(TINY_LLAMA, createRandom(1)),
    tokenBytes: null,
    device: 'cpu',
    threads: 1,
    keepReference: false,
    microBatchTokens: 1024,
    ...change,
  };
}

const REQUEST = {
  prompt: Int32Array.of(1, 2, 3),
  samples: 2,
  seed: 1,
  sampling: { maxTokens: 50, temperature: 1, topP: 1, topK: 0, stopTokens: [], stopStrings: [] },
};

function liveThreads(): number {
  const report = process.report.getReport() as unknown as { readonly workers: readonly unknown[] };
  return report.workers.length;
}

describe('Engine', () => {
  test('trains and samples in its thread', async () => {
    const engine = start();
    expect(await engine.call('open', openParams())).toEqual({ device: 'cpu, 1 thread' });
    const datum = { tokens: Int32Array.of(1, 2, 3), weights: Float32Array.of(1, 1) };
    const kernel = { name: 'cross-entropy' } as const;
    const { loss } = await engine.call('forwardBackward', { batch: [datum], kernel });
    expect(loss).toBeGreaterThan(0);
    const completions = await engine.call('sample', REQUEST);
    expect(completions.map(({ tokens }) => tokens.length)).toEqual([50, 50]);
  });

  test('an error in the thread reaches the caller with its code and message', async () => {
    const engine = start();
    await engine.call('open', openParams());
    const datum = { tokens: Int32Array.of(1, 99), weights: Float32Array.of(1) };
    const call = engine.call('forwardBackward', {
      batch: [datum],
      kernel: { name: 'cross-entropy' },
    });
    await expect(call).rejects.toBeInstanceOf(TaskspaceError);
    await expect(call).rejects.toMatchObject({
      code: 'TASKSPACE_ERR_SHAPE',
      message: expect.stringContaining('expected an id from 0 to 22, got [99]'),
      cause: expect.objectContaining({ stack: expect.stringContaining('check-data') }),
    });
  });

  test('a device that is not there is refused with those that are', async () => {
    const device = process.platform === 'win32' ? 'coreml' : 'dml';
    const call = start().call('open', openParams({ device }));
    await expect(call).rejects.toThrow(/device: expected one of auto, cpu.*, got (dml|coreml)/);
  });

  test('calls before open are refused', async () => {
    const call = start().call('updateReference', { mix: 1 });
    await expect(call).rejects.toThrow(/Call open first/);
  });

  test('a sampling call ends with the reason of its signal', async () => {
    const engine = start();
    await engine.call('open', openParams());
    const controller = new AbortController();
    const call = engine.call('sample', REQUEST, { signal: controller.signal });
    const reason = new Error('no longer wanted');
    controller.abort(reason);
    await expect(call).rejects.toBe(reason);
  });

  test('disposing ends what was asked, refuses what comes later, and leaves no thread', async () => {
    const before = liveThreads();
    const engine = new Engine();
    await engine.call('open', openParams());
    expect(liveThreads()).toBe(before + 1);
    const call = engine.call('logprobs', {
      sequences: [Int32Array.of(1, 2)],
      which: 'policy',
      temperature: 1,
    });
    await engine[Symbol.asyncDispose]();
    expect(await call).toHaveLength(1);
    await expect(engine.call('updateReference', { mix: 1 })).rejects.toThrow(/disposed/);
    expect(liveThreads()).toBe(before);
    await engine[Symbol.asyncDispose]();
  });
});
