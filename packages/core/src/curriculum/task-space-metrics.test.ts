import { expect, test } from 'vitest';
import { guessTask } from '../__fixtures__/guess-domain.ts';
import { baseInstance, settledGroup } from '../__fixtures__/settled-group.ts';
import type { Turn } from '../history.ts';
import type { Instance } from '../instance.ts';
import { learnability, taskSpaceMetrics } from './task-space-metrics.ts';

const task = guessTask('train', 0, 8);
const base = baseInstance({ ...task, measures: { goldSteps: 5, level: 2 } });

function rewrite(origin: string, turns: number, depth: number, quality: number): Instance {
  const turn: Turn = { request: [], response: 'x', iterate: depth - 1 };
  const start = { seed: 0, turns: new Array<Turn>(turns).fill(turn), quality, origin };
  return { task, mode: 'improve', start, depth };
}

test('are means over instances, of all and of each mode', () => {
  const groups = [
    settledGroup('7/0', base, [{ quality: 0 }, { quality: 1 }]),
    settledGroup('7/1', rewrite('6/0/1', 3, 1, 0.5), [{ quality: 1 }, { quality: 1 }]),
    settledGroup('7/2', rewrite('2/5/0', 1, 4, 0.5), [], ['timeout']),
  ];
  expect(taskSpaceMetrics(groups, 7)).toEqual({
    instances: 3,
    failed: 1,
    depth: 5 / 3,
    recency: 3,
    startTurn: 5 / 3,
    learnability: 0.125,
    quality: 0.75,
    gain: 0.5,
    'measure/goldSteps': 11 / 3,
    'measure/level': 2,
    'mode/base/instances': 1,
    'mode/base/failed': 0,
    'mode/base/depth': 0,
    'mode/base/startTurn': 1,
    'mode/base/learnability': 0.25,
    'mode/base/quality': 0.5,
    'mode/base/measure/goldSteps': 5,
    'mode/base/measure/level': 2,
    'mode/improve/instances': 2,
    'mode/improve/failed': 1,
    'mode/improve/depth': 2.5,
    'mode/improve/recency': 3,
    'mode/improve/startTurn': 2,
    'mode/improve/learnability': 0,
    'mode/improve/quality': 1,
    'mode/improve/gain': 0.5,
    'mode/improve/measure/goldSteps': 3,
  });
});

test('measure how far apart the groups of solutions lie', () => {
  const groups = [
    [1, 0],
    [0, 1],
    [-1, 0],
  ].map((embedding, index) =>
    settledGroup(`0/${index}`, base, [
      { quality: 0, embedding },
      { quality: 1, embedding },
    ]),
  );
  const { cosineDistance, l2Distance } = taskSpaceMetrics(groups, 0);
  expect(cosineDistance).toBeCloseTo((1 + 2 + 1) / 3, 12);
  expect(l2Distance).toBeCloseTo((Math.SQRT2 + 2 + Math.SQRT2) / 3, 12);
});

test('leave out what has no value', () => {
  expect(taskSpaceMetrics([], 0)).toEqual({ instances: 0, failed: 0 });
  const [one] = [settledGroup('0/0', base, [{ quality: 0, embedding: [1, 0] }])];
  expect(taskSpaceMetrics([one!], 0)).not.toHaveProperty('cosineDistance');
});

test.each<[number[], number | null]>([
  [[0, 1], 0.25],
  [[0, 0, 0, 1], 3 / 16],
  [[0, 0.5, 1], 1 / 6],
  [[0.1, 0.1, 0.1], 0],
  [[1], null],
  [[], null],
])('learnability of qualities %j is %d', (qualities, expected) => {
  const group = settledGroup('0/0', base, qualities.map((quality) => ({ quality }))); // biome-ignore format: short
  const actual = learnability(group);
  if (expected === null) expect(actual).toBeNull();
  else expect(actual).toBeCloseTo(expected, 12);
});
