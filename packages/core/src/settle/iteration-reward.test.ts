import { expect, test } from 'vitest';
import { guessTask } from '../__fixtures__/guess-domain.ts';
import { settledGroup } from '../__fixtures__/settled-group.ts';
import type { IterationReward } from '../domain.ts';
import type { Instance, InstanceMode } from '../instance.ts';
import { iterationReward } from './iteration-reward.ts';
import { runSettle } from './run-settle.ts';

const task = guessTask('train', 0, 8);

function instance(mode: InstanceMode, quality: number): Instance {
  const turns = [{ request: [], response: 'x', iterate: 0 }];
  const start = mode === 'base' ? null : { seed: 0, turns, quality, origin: '0/0/0' };
  return { task, mode, start, depth: 0 };
}

function rewards(
  mode: InstanceMode,
  start: number,
  qualities: readonly number[],
  rule?: Partial<IterationReward>,
): number[] {
  const group = settledGroup(
    '1/0',
    instance(mode, start),
    qualities.map((quality) => ({ quality })),
  );
  const step = iterationReward(new Map(rule && [['guess', rule]]));
  const [settled] = runSettle([group], [step], { iteration: 1 });
  return settled!.rollouts.map(({ reward }) => reward);
}

const gain = { improve: 'improvement', diverge: 'improvement' } as const;

test.each<[InstanceMode, number, number[], Partial<IterationReward> | undefined, number[]]>([
  ['base', 0.5, [0, 0.25, 1], gain, [0, 0.25, 1]],
  ['replay', 0.5, [0, 0.25, 1], gain, [0, 0.25, 1]],
  ['improve', 0.5, [0, 0.5, 0.75, 1], gain, [0, 0, 0.5, 1]],
  ['diverge', 0.2, [0.1, 0.6, 1], gain, [0, 0.5, 1]],
  ['improve', 0, [0, 0.25, 1], gain, [0, 0.25, 1]],
  ['improve', 1, [0, 0.5, 1], gain, [0, 0, 0]],
  ['improve', 0.5, [0.75], { diverge: 'improvement' }, [0.75]],
  ['diverge', 0.5, [0.75], { improve: 'improvement' }, [0.75]],
  ['improve', 0.5, [0.25, 1], undefined, [0.25, 1]],
])('%s from quality %d to %j under %j is rewarded', (mode, start, qualities, rule, expected) => {
  const actual = rewards(mode, start, qualities, rule);
  for (const [index, value] of expected.entries()) expect(actual[index]).toBeCloseTo(value, 12);
});
