import type { SettledGroup, SettledRollout, TokenSequence } from '@taskspace/core';

/** A sequence of a prompt of two tokens and one sampled token per log-probability given. */
export function sequence(sampledLogprobs: readonly number[], firstToken = 10): TokenSequence {
  const length = 2 + sampledLogprobs.length;
  return {
    tokens: Int32Array.from({ length }, (_, t) => firstToken + t),
    lossMask: Uint8Array.from({ length }, (_, t) => (t < 2 ? 0 : 1)),
    sampledLogprobs: Float32Array.from([0, 0, ...sampledLogprobs]),
  };
}

/** A settled rollout around the given sequences. */
export function rollout(
  sequences: readonly TokenSequence[],
  settled: Partial<SettledRollout> = {},
): SettledRollout {
  return {
    id: '0/0/0',
    history: { task: TASK, seed: 0, turns: [], ending: 'done', closing: [] },
    verdict: { quality: settled.reward ?? 0, correct: (settled.reward ?? 0) === 1 },
    sequences,
    truncated: false,
    policyVersion: 0,
    reward: 0,
    advantage: 0,
    trained: true,
    ...settled,
  };
}

/** A group of rollouts of one base task. */
export function group(rollouts: readonly SettledRollout[], domain = TASK.domain): SettledGroup {
  const instance = { task: { ...TASK, domain }, mode: 'base', start: null, depth: 0 } as const;
  return { instance, rollouts, failures: [] };
}

const TASK = { id: 't', domain: 'toy', instruction: 'say a', payload: null };
