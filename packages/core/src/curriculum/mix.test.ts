import { describe, expect, test } from 'vitest';
import { guessTask } from '../__fixtures__/guess-domain.ts';
import { settledGroup } from '../__fixtures__/settled-group.ts';
import { CheckpointError, TaskspaceError } from '../errors.ts';
import type { Instance } from '../instance.ts';
import type { Json } from '../json.ts';
import { createRandom } from '../random.ts';
import type { Curriculum, DrawContext } from './curriculum.ts';
import { createExitCurriculum } from './exit.ts';
import { resolveExit } from './exit-options.ts';
import { createMixedCurriculum, type MixPart } from './mix.ts';

function part(domain: string, weight = 1): MixPart {
  const source = {
    split: 'train' as const,
    size: 40,
    at: (index: number) => ({ ...guessTask('train', index, 8), domain }),
  };
  const options = resolveExit({ capacity: 16, minSize: 4 });
  return { domain, weight, curriculum: createExitCurriculum({ domain, source, options }) };
}

function context(iteration: number): DrawContext {
  const random = createRandom('mix').fork(iteration);
  return { random, iteration, signal: new AbortController().signal };
}

function count(drawn: readonly Instance[], domain: string): number {
  return drawn.filter(({ task }) => task.domain === domain).length;
}

function groupsOf(drawn: readonly Instance[], iteration: number) {
  return drawn.map((instance, index) =>
    settledGroup(
      `${iteration}/${index}`,
      instance,
      [0, 1, (index % 3) / 2].map((quality) => ({ quality, iterate: instance.depth })),
    ),
  );
}

async function train(curriculum: Curriculum, from: number, to: number): Promise<void> {
  for (let iteration = from; iteration < to; iteration++) {
    const drawn = await curriculum.draw(8, context(iteration));
    curriculum.learn(groupsOf(drawn, iteration));
  }
}

describe('draw', () => {
  test('shares every iteration by weight, to less than one draw', async () => {
    const curriculum = createMixedCurriculum([part('a', 3), part('b', 1), part('c', 0)]);
    let total = 0;
    for (let iteration = 0; iteration < 200; iteration++) {
      const drawn = await curriculum.draw(6, context(iteration));
      expect([4, 5]).toContain(count(drawn, 'a'));
      expect(count(drawn, 'c')).toBe(0);
      total += count(drawn, 'a');
    }
    // 4.5 on average; five standard deviations of a fair coin.
    expect(Math.abs(total / 200 - 4.5)).toBeLessThan(0.18);
  });

  test('lets no domain fall below the floor', async () => {
    const curriculum = createMixedCurriculum([part('a', 1e6), part('b', 1)], { floor: 0.25 });
    const drawn = await curriculum.draw(400, context(0));
    expect(Math.abs(count(drawn, 'b') - 100)).toBeLessThan(1);
  });

  test('mixes the order of the domains', async () => {
    const drawn = await createMixedCurriculum([part('a'), part('b')]).draw(64, context(0));
    const changes = drawn.filter(
      ({ task }, index) => index > 0 && task.domain !== drawn[index - 1]!.task.domain,
    );
    expect(changes.length).toBeGreaterThan(16);
  });

  test('of nothing is nothing', async () => {
    expect(await createMixedCurriculum([part('a')]).draw(0, context(0))).toEqual([]);
  });

  test('depends on context and state alone', async () => {
    const [first, second] = [0, 1].map(() => createMixedCurriculum([part('a'), part('b', 2)]));
    await train(first!, 0, 3);
    await train(second!, 0, 3);
    expect(await second!.draw(9, context(3))).toEqual(await first!.draw(9, context(3)));
  });
});

describe('a part with a count', () => {
  const counted = (domain: string, count: number): MixPart => ({ ...part(domain), count });

  test('gets exactly that, and the rest is shared by weight', async () => {
    const curriculum = createMixedCurriculum([counted('a', 3), part('b', 2), part('c', 1)]);
    for (let iteration = 0; iteration < 50; iteration++) {
      const drawn = await curriculum.draw(9, context(iteration));
      expect(['a', 'b', 'c'].map((domain) => count(drawn, domain))).toEqual([3, 4, 2]);
    }
  });

  test('may be every part', async () => {
    const curriculum = createMixedCurriculum([counted('a', 3), counted('b', 1)]);
    const drawn = await curriculum.draw(4, context(0));
    expect(['a', 'b'].map((domain) => count(drawn, domain))).toEqual([3, 1]);
  });

  test('and others in one domain depend on the results of its own groups alone', async () => {
    const [plain, other] = [0, 1].map(() => createMixedCurriculum([counted('a', 4), part('b')]));
    await train(plain!, 0, 4);
    for (let iteration = 0; iteration < 4; iteration++) {
      const groups = groupsOf(await other!.draw(8, context(iteration)), iteration);
      const worse = groups.map((group) =>
        group.instance.task.domain === 'b' ? { ...group, rollouts: [] } : group,
      );
      other!.learn(worse);
    }
    const ofA = async (curriculum: Curriculum) =>
      (await curriculum.draw(8, context(4))).filter(({ task }) => task.domain === 'a');
    expect(await ofA(other!)).toEqual(await ofA(plain!));
  });

  test.each([
    [[counted('a', 5), part('b')], 4, 'counts that sum to at most 4, got 5'],
    [[counted('a', 3)], 4, 'counts that sum to 4, got 3'],
  ])('must fit the number of draws: %#', async (parts, draws, message) => {
    const drawing = createMixedCurriculum(parts).draw(draws, context(0));
    await expect(drawing).rejects.toThrow(message);
  });

  test.each([
    [[counted('a', 0)], 0, 'a count of at least 1 for a, got 0'],
    [[counted('a', 1)], 0.1, 'no floor, as every part has a count, got 0.1'],
  ])('is refused where it makes no sense: %#', (parts, floor, message) => {
    expect(() => createMixedCurriculum(parts, { floor })).toThrow(message);
  });
});

test('every domain learns from its own groups', async () => {
  const parts = [part('a'), part('b')];
  await train(createMixedCurriculum(parts), 0, 6);
  for (const { domain, curriculum } of parts) {
    const { buffer } = curriculum.snapshot() as unknown as {
      buffer: { entries: { task: { domain: string } }[] };
    };
    expect(buffer.entries.length).toBeGreaterThan(0);
    expect(new Set(buffer.entries.map(({ task }) => task.domain))).toEqual(new Set([domain]));
  }
});

test('metrics are those of all groups and of each domain', async () => {
  const curriculum = createMixedCurriculum([part('a'), part('b')]);
  await train(curriculum, 0, 6);
  const metrics = curriculum.metrics();
  const of = (name: string) => metrics[name] ?? Number.NaN;
  expect(of('instances')).toBe(8);
  expect(of('domain/a/instances') + of('domain/b/instances')).toBe(8);
  const depths = ['a', 'b'].map((d) => of(`domain/${d}/depth`) * of(`domain/${d}/instances`));
  expect(of('depth')).toBeCloseTo((depths[0]! + depths[1]!) / 8, 12);
  expect(of('domain/a/buffer/size')).toBeGreaterThan(0);
});

test('snapshot and restore continue bit for bit', async () => {
  const before = createMixedCurriculum([part('a'), part('b', 2)]);
  await train(before, 0, 5);
  const drawn = await before.draw(8, context(5));
  const after = createMixedCurriculum([part('a'), part('b', 2)]);
  after.restore(JSON.parse(JSON.stringify(before.snapshot())) as Json);
  for (const curriculum of [before, after]) curriculum.learn(groupsOf(drawn, 5));
  await train(before, 6, 9);
  await train(after, 6, 9);
  expect(after.snapshot()).toEqual(before.snapshot());
  expect(after.metrics()).toEqual(before.metrics());
});

test('refuses the snapshot of another mix', () => {
  const state = createMixedCurriculum([part('a'), part('b')]).snapshot();
  const other = createMixedCurriculum([part('a'), part('c')]);
  expect(() => other.restore(state)).toThrow(CheckpointError);
  expect(() => other.restore(null)).toThrow('expected a snapshot of a mix of a, c, got null');
});

test.each<[MixPart[], number, string]>([
  [[], 0, 'a part with a weight above 0, got none'],
  [[part('a', 0)], 0, 'a part with a weight above 0, got none'],
  [[part('a', -1)], 0, 'a weight of at least 0 for a, got -1'],
  [[part('a', Number.NaN)], 0, 'a weight of at least 0 for a, got NaN'],
  [[part('a'), part('a')], 0, 'every domain once, got a twice'],
  [[part('a'), part('b')], 0.6, 'a floor from 0 to 1/2, got 0.6'],
  [[part('a')], Number.NaN, 'a floor from 0 to 1/1, got NaN'],
])('refuses parts that cannot be mixed: %#', (parts, floor, message) => {
  expect(() => createMixedCurriculum(parts, { floor })).toThrow(TaskspaceError);
  expect(() => createMixedCurriculum(parts, { floor })).toThrow(message);
});
