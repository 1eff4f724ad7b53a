import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { guessTask } from '../__fixtures__/guess-domain.ts';
import { ShapeError } from '../errors.ts';
import type { Group, SettledGroup } from '../group.ts';
import { byDomain } from './by-domain.ts';
import { type GroupAdvantagesOptions, groupAdvantages } from './group-advantages.ts';
import { overLong } from './over-long.ts';
import { runSettle } from './run-settle.ts';
import type { SettleStep } from './settle.ts';
import { viableGroup } from './viable-group.ts';
import { zeroVariance } from './zero-variance.ts';

const task = guessTask('train', 0, 8);

/** A group with these qualities; a negative one marks a truncated rollout of quality 0. */
function group(qualities: readonly number[], index = 0): Group {
  return {
    instance: { task, mode: 'base', start: null, depth: 0 },
    rollouts: qualities.map((quality, at) => ({
      id: `0/${index}/${at}`,
      history: { task, seed: 0, turns: [], ending: 'done', closing: [] },
      verdict: { quality: Math.max(0, quality), correct: quality === 1 },
      sequences: [],
      truncated: quality < 0,
      policyVersion: 0,
    })),
    failures: [],
  };
}

function settle(
  groups: readonly Group[],
  ...steps: readonly SettleStep[]
): readonly SettledGroup[] {
  return runSettle(groups, steps, { iteration: 0 });
}

function advantages(qualities: readonly number[], options?: GroupAdvantagesOptions): number[] {
  const [settled] = settle([group(qualities)], groupAdvantages(options));
  return settled?.rollouts.map(({ advantage }) => advantage) ?? [];
}

/** Rewards on a grid, so that shifting and scaling them rounds nothing away. */
const qualities = fc
  .array(fc.integer({ min: 0, max: 64 }), { minLength: 2, maxLength: 16 })
  .map((values) => values.map((value) => value / 64));
const exact = { epsilon: 0 };

function expectClose(actual: readonly number[], expected: readonly number[]): void {
  expect(actual).toHaveLength(expected.length);
  for (const [index, value] of actual.entries()) expect(value).toBeCloseTo(expected[index] ?? 0, 9);
}

describe('runSettle', () => {
  test('starts with quality as reward, advantage 0, trained', () => {
    const [settled] = settle([group([0.25, 1])]);
    expect(settled?.rollouts).toMatchObject([
      { reward: 0.25, advantage: 0, trained: true },
      { reward: 1, advantage: 0, trained: true },
    ]);
  });

  test('does not change what it was given', () => {
    const groups = [group([0, 1])];
    const before = structuredClone(groups);
    settle(groups, overLong(), groupAdvantages(), zeroVariance({ mode: 'mask' }));
    expect(groups).toEqual(before);
  });

  test.each<[string, SettleStep['settle'], string]>([
    ['drops a group', (groups) => groups.slice(1), 'expected 2 groups, got [1]'],
    [
      'drops a rollout',
      (groups) => groups.map((one) => ({ ...one, rollouts: one.rollouts.slice(1) })),
      'expected the rollouts [0/0/0, 0/0/1] in group 0, got [0/0/1]',
    ],
    [
      'reorders rollouts',
      (groups) => groups.map((one) => ({ ...one, rollouts: one.rollouts.toReversed() })),
      'got [0/0/1, 0/0/0]',
    ],
    ['reorders groups', (groups) => groups.toReversed(), 'got [0/1/0, 0/1/1]'],
  ])('refuses a step that %s', (_, step, message) => {
    const run = () => settle([group([0, 1]), group([0, 1], 1)], { name: 'bad', settle: step });
    expect(run).toThrow(ShapeError);
    expect(run).toThrow(`settle step bad: `);
    expect(run).toThrow(message);
  });

  test('refuses a step that leaves a number that is not finite', () => {
    const step: SettleStep = {
      name: 'bad',
      settle: (groups) =>
        groups.map((one) => ({
          ...one,
          rollouts: one.rollouts.map((rollout) => ({ ...rollout, advantage: Number.NaN })),
        })),
    };
    expect(() => settle([group([0, 1])], step)).toThrow('got reward 0, advantage NaN');
  });
});

describe('groupAdvantages', () => {
  test.each<[number[], GroupAdvantagesOptions, number[]]>([
    [[0, 1], exact, [-1, 1]],
    [[0, 0, 0, 1], exact, [-1 / Math.sqrt(3), -1 / Math.sqrt(3), -1 / Math.sqrt(3), Math.sqrt(3)]],
    [[0, 0.5, 1], { normalise: 'none' }, [-0.5, 0, 0.5]],
    [[0, 1], { epsilon: 0.5 }, [-0.5, 0.5]],
    [[0.1, 0.1, 0.1], {}, [0, 0, 0]],
    [[0.1, 0.1, 0.1], { normalise: 'none' }, [0, 0, 0]],
    [[1], {}, [0]],
    [[], {}, []],
  ])('of rewards %j with %j are %j', (rewards, options, expected) => {
    expectClose(advantages(rewards, options), expected);
  });

  test('of equal rewards are exactly zero', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.integer({ min: 1, max: 9 }),
        (q, n) => {
          expect(advantages(new Array<number>(n).fill(q)).every((value) => value === 0)).toBe(true);
        },
      ),
    );
  });

  test.each(['std', 'none'] as const)('sum to zero (%s)', (normalise) => {
    fc.assert(
      fc.property(qualities, (rewards) => {
        const sum = advantages(rewards, { normalise }).reduce((total, value) => total + value, 0);
        expect(sum).toBeCloseTo(0, 9);
      }),
    );
  });

  test('have mean square 1 unless the rewards are equal', () => {
    fc.assert(
      fc.property(qualities, (rewards) => {
        fc.pre(new Set(rewards).size > 1);
        const values = advantages(rewards, exact);
        const square = values.reduce((total, value) => total + value ** 2, 0) / values.length;
        expect(square).toBeCloseTo(1, 9);
      }),
    );
  });

  test('do not change when all rewards shift or scale', () => {
    fc.assert(
      fc.property(qualities, (rewards) => {
        const scaled = rewards.map((reward) => reward / 4 + 0.5);
        expectClose(advantages(scaled, exact), advantages(rewards, exact));
        const shifted = rewards.map((reward) => reward / 2 + 0.5);
        const halved = rewards.map((reward) => reward / 2);
        const centred = { normalise: 'none' } as const;
        expectClose(advantages(shifted, centred), advantages(halved, centred));
      }),
    );
  });

  test('follow a permutation of the group', () => {
    fc.assert(
      fc.property(qualities, fc.infiniteStream(fc.nat()), (rewards, keys) => {
        const order = rewards
          .map((_, index) => ({ index, key: keys.next().value ?? 0 }))
          .toSorted((a, b) => a.key - b.key)
          .map(({ index }) => index);
        const values = advantages(rewards);
        expectClose(
          advantages(order.map((index) => rewards[index] ?? 0)),
          order.map((index) => values[index] ?? 0),
        );
      }),
    );
  });

  test('do not depend on other groups', () => {
    const together = settle([group([0, 1]), group([0.5, 1], 1)], groupAdvantages());
    const alone = settle([group([0.5, 1], 1)], groupAdvantages());
    expect(together[1]).toEqual(alone[0]);
  });
});

describe('overLong', () => {
  test('masks truncated rollouts and lets them count in the baseline', () => {
    const [settled] = settle(
      [group([1, 1, -1])],
      overLong(),
      groupAdvantages({ normalise: 'none' }),
    );
    expect(settled?.rollouts.map(({ trained }) => trained)).toEqual([true, true, false]);
    expectClose(settled?.rollouts.map(({ advantage }) => advantage) ?? [], [1 / 3, 1 / 3, -2 / 3]);
  });

  test('leaves them out of the baseline when asked', () => {
    const step = groupAdvantages({ normalise: 'none', baseline: 'trained' });
    const [settled] = settle([group([1, 0, -1, -1])], overLong(), step);
    expectClose(settled?.rollouts.map(({ advantage }) => advantage) ?? [], [0.5, -0.5, 0, 0]);
  });

  test('a group with one rollout left in the baseline gets no advantage', () => {
    const [settled] = settle(
      [group([1, -1])],
      overLong(),
      groupAdvantages({ baseline: 'trained' }),
    );
    expect(settled?.rollouts.map(({ advantage }) => advantage)).toEqual([0, 0]);
  });
});

describe('zeroVariance', () => {
  test('masks groups without a signal, and only those', () => {
    const groups = [group([1, 1]), group([0, 1], 1), group([], 2)];
    const settled = settle(groups, groupAdvantages(), zeroVariance({ mode: 'mask' }));
    expect(settled.map(({ rollouts }) => rollouts.map(({ trained }) => trained))).toEqual([
      [false, false],
      [true, true],
      [],
    ]);
  });

  test('masks a group whose only differing rollout was cut', () => {
    const steps = [
      overLong(),
      groupAdvantages({ baseline: 'trained' }),
      zeroVariance({ mode: 'mask' }),
    ];
    const [settled] = settle([group([1, 1, -1])], ...steps);
    expect(settled?.rollouts.some(({ trained }) => trained)).toBe(false);
  });

  test('keeps them when asked', () => {
    const settled = settle([group([1, 1])], groupAdvantages(), zeroVariance({ mode: 'keep' }));
    expect(settled[0]?.rollouts.every(({ trained }) => trained)).toBe(true);
  });
});

describe('byDomain', () => {
  const other = (qualities: readonly number[], domain: string): Group => ({
    ...group(qualities),
    instance: { task: { ...task, domain }, mode: 'base', start: null, depth: 0 },
  });

  test("settles each group by its own domain's step and leaves the others alone", () => {
    const groups = [other([0, 1], 'a'), other([0, 1], 'b'), other([0, 1], 'c')];
    const steps = new Map([
      ['a', groupAdvantages({ ...exact, normalise: 'std' })],
      ['b', groupAdvantages({ normalise: 'none' })],
    ]);
    const settled = settle(groups, byDomain('advantages', steps));
    expect(settled.map(({ rollouts }) => rollouts.map(({ advantage }) => advantage))).toEqual([
      [-1, 1],
      [-0.5, 0.5],
      [0, 0],
    ]);
  });

  test('domains whose rewards differ in scale share a batch: the advantages are the same', () => {
    fc.assert(
      fc.property(qualities, fc.integer({ min: 1, max: 6 }), (values, shrink) => {
        const small = values.map((value) => value / 2 ** shrink);
        const groups = [other(values, 'a'), other(small, 'b')];
        const [a, b] = settle(groups, groupAdvantages(exact));
        const of = (settled: SettledGroup | undefined): number[] =>
          settled!.rollouts.map(({ advantage }) => advantage);
        expectClose(of(b), of(a));
      }),
    );
  });
});

test('viableGroup takes groups with too few judged rollouts out of training', () => {
  const settled = settle([group([0, 1]), group([0, 1, 1])], viableGroup({ least: 3 }));
  const trained = settled.map(({ rollouts }) => rollouts.map((rollout) => rollout.trained));
  expect(trained).toEqual([
    [false, false],
    [true, true, true],
  ]);
});
