import { expect, test } from 'vitest';
import { guessTask } from '../__fixtures__/guess-domain.ts';
import { baseInstance, type HandRollout, settledGroup } from '../__fixtures__/settled-group.ts';
import { ShapeError } from '../errors.ts';
import type { SettledGroup } from '../group.ts';
import { diversityBonus } from './diversity-bonus.ts';
import { groupAdvantages } from './group-advantages.ts';
import { runSettle } from './run-settle.ts';

const base = baseInstance(guessTask('train', 0, 8));

/** The factor on each advantage, with all advantages 1 before. */
function weights(rollouts: readonly HandRollout[]): number[] {
  const group = settledGroup('0/0', base, rollouts);
  const settled: SettledGroup = {
    ...group,
    rollouts: group.rollouts.map((rollout) => ({ ...rollout, advantage: 1 })),
  };
  return diversityBonus()
    .settle([settled], { iteration: 0 })[0]!
    .rollouts.map(({ advantage }) => advantage);
}

function embedded(...embeddings: readonly (readonly number[])[]): HandRollout[] {
  return embeddings.map((embedding, index) => ({ quality: index % 2, embedding }));
}

test.each<[string, number[][], number[]]>([
  // Centre 1, distances 1, 0, 0, 1: spread 1.
  ['on a line', [[0], [1], [1], [2]], [1, 0, 0, 1]],
  // Centre 0.75, distances 0.75 and three times 0.25: spread 0.5.
  ['with one far from the others', [[0], [1], [1], [1]], [1.5, 0.5, 0.5, 0.5]],
  // Centre (0, 1), distances 3, 3, 1, 1: spread 2.
  ['in the plane', [[-3, 1], [3, 1], [0, 0], [0, 2]], [1.5, 1.5, 0.5, 0.5]], // biome-ignore format: one case a line
])('weighs solutions %s', (_, embeddings, expected) => {
  const actual = weights(embedded(...embeddings));
  for (const [index, value] of expected.entries()) expect(actual[index]).toBeCloseTo(value, 6);
});

test.each<[string, number[][]]>([
  ['are all the same', [[0.6, 0.8], [0.6, 0.8], [0.6, 0.8]]], // biome-ignore format: one case a line
  ['are alone', [[0.6, 0.8]]],
  // Equally far from their centre, but not after rounding.
  ['are two', [[Math.fround(Math.cos(1)), Math.fround(Math.sin(1))], [0.28, 0.96]]], // biome-ignore format: one case a line
  ['are two, each twice', [[0.1, 0.7], [0.1, 0.7], [0.3, 0.3], [0.3, 0.3]]], // biome-ignore format: one case a line
])('leaves advantages as they are when the solutions %s', (_, embeddings) => {
  expect(weights(embedded(...embeddings))).toEqual(embeddings.map(() => 1));
});

test('leaves groups alone in which a rollout has no embedding', () => {
  const [far, near] = embedded([0], [1]);
  expect(weights([far!, near!, near!, { quality: 0 }])).toEqual([1, 1, 1, 1]);
  expect(weights([])).toEqual([]);
});

test('multiplies the advantages made before it', () => {
  const group = settledGroup('0/0', base, [
    { quality: 1, embedding: [0] },
    { quality: 0, embedding: [1] },
    { quality: 0, embedding: [1] },
    { quality: 0, embedding: [1] },
  ]);
  const steps = [groupAdvantages({ epsilon: 0 }), diversityBonus()];
  const [settled] = runSettle([group], steps, { iteration: 0 });
  const expected = [1.5 * Math.sqrt(3), ...new Array<number>(3).fill(-0.5 / Math.sqrt(3))];
  for (const [index, { advantage }] of settled!.rollouts.entries()) {
    expect(advantage).toBeCloseTo(expected[index]!, 6);
  }
});

test('refuses embeddings of different widths', () => {
  expect(() => weights(embedded([0], [1, 0]))).toThrow(ShapeError);
});
