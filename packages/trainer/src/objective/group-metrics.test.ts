import { expect, test } from 'vitest';
import { group, rollout, sequence } from './__fixtures__/settled.ts';
import { groupMetrics } from './group-metrics.ts';

const right = rollout([sequence([-1, -1, -1])], { reward: 1 });
const wrong = rollout([sequence([-1])], { reward: 0, truncated: true });

test('rewards, lengths and truncation are means over rollouts', () => {
  const metrics = groupMetrics([group([right, wrong]), group([right, right])]);
  expect(metrics).toMatchObject({
    rollouts: 4,
    reward: 0.75,
    reward_std: 0.25,
    frac_reward_zero_std: 0.5,
    solved: 0.75,
    'completions/mean_length': 2.5,
    'completions/min_length': 1,
    'completions/max_length': 3,
    'completions/clipped_ratio': 0.25,
  });
});

test('each domain has numbers of its own', () => {
  const metrics = groupMetrics([group([right], 'math'), group([wrong], 'tools')]);
  expect(metrics['math/reward']).toBe(1);
  expect(metrics['tools/reward']).toBe(0);
});

test('failures are counted by kind and score nothing', () => {
  const failed = {
    ...group([right]),
    failures: [
      { kind: 'timeout', message: '' },
      { kind: 'environment', message: '' },
      { kind: 'timeout', message: '' },
    ],
  } as const;
  expect(groupMetrics([failed])).toMatchObject({
    reward: 1,
    failures: 3,
    'failures/timeout': 2,
    'toy/failures/environment': 1,
  });
});

test('failures that another try mended are counted apart', () => {
  const mended = { ...group([right]), retried: [{ kind: 'sandbox', message: '' }] } as const;
  expect(groupMetrics([mended])).toMatchObject({
    failures: 0,
    retried: 1,
    'toy/retried/sandbox': 1,
  });
});

test('an iteration in which everything failed has counts and no means', () => {
  const metrics = groupMetrics([group([])]);
  expect(metrics).toEqual({ rollouts: 0, failures: 0, 'toy/rollouts': 0, 'toy/failures': 0 });
});
