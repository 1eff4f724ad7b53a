import { describe, expect, test } from 'vitest';
import { guessTask } from '../__fixtures__/guess-domain.ts';
import { CheckpointError, DomainError, TaskspaceError } from '../errors.ts';
import { createRandom } from '../random.ts';
import type { TaskSource } from '../task.ts';
import type { DrawContext } from './curriculum.ts';
import { createUniformCurriculum, type WeightedSource } from './uniform.ts';

function source(domain: string, size: number): TaskSource {
  return {
    split: 'train',
    size,
    at: (index) => ({ ...guessTask('train', index, 8), id: `${domain}/${index}`, domain }),
  };
}

function context(iteration: number): DrawContext {
  const random = createRandom(1).fork(iteration);
  return { random, iteration, signal: new AbortController().signal };
}

function weighted(domain: string, size: number, weight?: number): WeightedSource {
  return { domain, source: source(domain, size), ...(weight === undefined ? {} : { weight }) };
}

describe('draw', () => {
  test('gives base instances of every task equally often', async () => {
    const curriculum = createUniformCurriculum([weighted('guess', 10)]);
    const counts = new Map<string, number>();
    for (const { task, mode, start, depth } of await curriculum.draw(5000, context(0))) {
      expect([mode, start, depth]).toEqual(['base', null, 0]);
      counts.set(task.id, (counts.get(task.id) ?? 0) + 1);
    }
    expect(counts.size).toBe(10);
    const statistic = [...counts.values()].reduce((sum, n) => sum + (n - 500) ** 2 / 500, 0);
    // Chi-square with 9 degrees of freedom passes 33.7 once in ten thousand.
    expect(statistic).toBeLessThan(33.7);
  });

  test('shares the draws by weight', async () => {
    const curriculum = createUniformCurriculum([
      weighted('a', 5, 3),
      weighted('b', Number.POSITIVE_INFINITY),
      weighted('c', 5, 0),
    ]);
    const drawn = await curriculum.draw(4000, context(0));
    const shareOfA = drawn.filter(({ task }) => task.domain === 'a').length / 4000;
    expect(Math.abs(shareOfA - 0.75)).toBeLessThan(0.035); // five standard deviations
    expect(drawn.some(({ task }) => task.domain === 'c')).toBe(false);
  });

  test('draws indices below 2^31 from a source that never runs out', async () => {
    const curriculum = createUniformCurriculum([weighted('a', Number.POSITIVE_INFINITY)]);
    const indices = (await curriculum.draw(200, context(0))).map(({ task }) =>
      Number(task.id.split('/')[1]),
    );
    expect(Math.max(...indices)).toBeLessThan(2 ** 31);
    expect(Math.max(...indices)).toBeGreaterThan(2 ** 30);
    expect(indices.every((index) => Number.isInteger(index) && index >= 0)).toBe(true);
  });

  test('depends on the context alone', async () => {
    const first = createUniformCurriculum([weighted('a', 1000), weighted('b', 1000)]);
    const second = createUniformCurriculum([weighted('a', 1000), weighted('b', 1000)]);
    await second.draw(17, context(3));
    expect(await second.draw(20, context(4))).toEqual(await first.draw(20, context(4)));
    expect(await first.draw(20, context(5))).not.toEqual(await first.draw(20, context(4)));
  });

  test('stops when aborted', async () => {
    const curriculum = createUniformCurriculum([weighted('a', 1)]);
    const signal = AbortSignal.abort(new Error('stopped'));
    await expect(curriculum.draw(1, { ...context(0), signal })).rejects.toThrow('stopped');
  });

  test.each<[string, TaskSource['at']]>([
    ['throws', () => Promise.reject(new Error('disk gone'))],
    ['gives another domain', (index) => guessTask('train', index, 8)],
    ['gives no task', () => undefined as never],
  ])('names the domain whose source %s', async (_, at) => {
    const curriculum = createUniformCurriculum([
      { domain: 'math', source: { split: 'train', size: 3, at } },
    ]);
    const draw = curriculum.draw(1, context(0));
    await expect(draw).rejects.toThrow(DomainError);
    await expect(draw).rejects.toMatchObject({
      domain: 'math',
      code: 'TASKSPACE_ERR_DOMAIN_TASK',
    });
  });
});

test('snapshot and restore continue the metrics', async () => {
  const before = createUniformCurriculum([weighted('a', 5), weighted('b', 5)]);
  await before.draw(10, context(0));
  const after = createUniformCurriculum([weighted('a', 5), weighted('b', 5)]);
  after.restore(JSON.parse(JSON.stringify(before.snapshot())));
  await Promise.all([before.draw(7, context(1)), after.draw(7, context(1))]);
  expect(after.metrics()).toEqual(before.metrics());
  const { 'drawn/a': a = 0, 'drawn/b': b = 0 } = after.metrics();
  expect(a + b).toBe(17);
});

test('refuses a snapshot of something else', () => {
  const curriculum = createUniformCurriculum([weighted('a', 5)]);
  expect(() => curriculum.restore({ kind: 'exit' })).toThrow(CheckpointError);
  expect(() => curriculum.restore(null)).toThrow(CheckpointError);
});

test.each([
  [[], 'a source with a weight above 0, got none'],
  [[weighted('a', 5, 0)], 'a source with a weight above 0, got none'],
  [[weighted('a', 0)], 'at least one task in a train, got none'],
  [[weighted('a', 5, -1)], 'a weight of at least 0 for a, got -1'],
  [[weighted('a', 5, Number.NaN)], 'a weight of at least 0 for a, got NaN'],
  [[weighted('a', 1.5)], 'a size that is a count or Infinity for a train, got 1.5'],
])('refuses sources that give nothing to draw: %#', (sources, message) => {
  expect(() => createUniformCurriculum(sources)).toThrow(TaskspaceError);
  expect(() => createUniformCurriculum(sources)).toThrow(message);
});
