import { describe, expect, test } from 'vitest';
import { guessTask } from '../__fixtures__/guess-domain.ts';
import { baseInstance, type HandRollout, settledGroup } from '../__fixtures__/settled-group.ts';
import { CheckpointError } from '../errors.ts';
import type { FailureKind } from '../group.ts';
import type { Instance } from '../instance.ts';
import type { Json } from '../json.ts';
import { createRandom } from '../random.ts';
import type { TaskSource } from '../task.ts';
import type { Curriculum, DrawContext } from './curriculum.ts';
import { createExitCurriculum, type EmbeddingSpace } from './exit.ts';
import { type ExitOptions, resolveExit } from './exit-options.ts';
import type { BufferEntry } from './task-buffer.ts';
import { createUniformCurriculum } from './uniform.ts';

const source: TaskSource = {
  split: 'train',
  size: 50,
  at: (index) => guessTask('train', index, 8),
};
const base = baseInstance(guessTask('train', 0, 8));
const always = { selectProbability: 1, capacity: 8, minSize: 1 } as const;

function create(options: Partial<ExitOptions>, embedding?: EmbeddingSpace | null): Curriculum {
  const resolved = resolveExit(options);
  return createExitCurriculum({
    domain: 'guess',
    source,
    options: resolved,
    embedding: embedding ?? null,
  });
}

function context(iteration: number): DrawContext {
  const random = createRandom('exit').fork(iteration);
  return { random, iteration, signal: new AbortController().signal };
}

function entriesOf(curriculum: Curriculum): BufferEntry[] {
  const { buffer } = curriculum.snapshot() as unknown as { buffer: { entries: BufferEntry[] } };
  return buffer.entries;
}

/** Every entry as `origin#turns score iterate`. */
function shown(curriculum: Curriculum): string[] {
  return entriesOf(curriculum).map(
    ({ start, score, iterate }) => `${start.origin}#${start.turns.length} ${score} ${iterate}`,
  );
}

function learn(
  curriculum: Curriculum,
  name: string,
  instance: Instance,
  rollouts: readonly HandRollout[],
  failures: readonly FailureKind[] = [],
): void {
  curriculum.learn([settledGroup(name, instance, rollouts, failures)]);
}

/** A curriculum whose only entry has score 0.25, and that entry drawn. */
async function withOneEntry(options: Partial<ExitOptions> = {}) {
  const curriculum = create({ ...always, expand: 'best', ...options });
  learn(curriculum, '0/0', base, [{ quality: 1 }, { quality: 0 }]);
  const [drawn] = await curriculum.draw(1, context(1));
  return { curriculum, drawn: drawn! };
}

describe('draw', () => {
  test('without selection equals the uniform curriculum', async () => {
    const uniform = createUniformCurriculum([{ domain: 'guess', source }]);
    const exit = create({ variant: 'grpo' });
    for (const iteration of [0, 1]) {
      expect(await exit.draw(20, context(iteration))).toEqual(
        await uniform.draw(20, context(iteration)),
      );
    }
  });

  test('gives base tasks until the buffer holds minSize entries', async () => {
    const curriculum = create({ ...always, minSize: 2 });
    learn(curriculum, '0/0', base, [{ quality: 1 }, { quality: 0 }]);
    const modes = async () => (await curriculum.draw(5, context(1))).map(({ mode }) => mode);
    expect(await modes()).toEqual(new Array(5).fill('base'));
    learn(curriculum, '0/1', base, [{ quality: 1 }, { quality: 0 }]);
    expect(await modes()).not.toContain('base');
  });

  test('selects, and diverges, as often as asked', async () => {
    const curriculum = create({
      capacity: 8,
      minSize: 1,
      selectProbability: 0.3,
      divergeProbability: 0.25,
    });
    learn(curriculum, '0/0', base, [{ quality: 1 }, { quality: 0 }]);
    const drawn = await curriculum.draw(4000, context(1));
    const share = (mode: string) => drawn.filter((one) => one.mode === mode).length / 4000;
    // Five standard deviations.
    expect(Math.abs(share('base') - 0.7)).toBeLessThan(0.037);
    expect(Math.abs(share('diverge') - 0.075)).toBeLessThan(0.021);
    expect(share('replay')).toBe(0);
  });

  test('counts depth from the iterate of the start', async () => {
    const { curriculum, drawn } = await withOneEntry();
    expect(drawn.depth).toBe(1);
    learn(curriculum, '1/0', drawn, [
      { quality: 1, iterate: 1 },
      { quality: 0, iterate: 1 },
    ]);
    const again = await curriculum.draw(50, context(2));
    expect([...new Set(again.map(({ depth }) => depth))].sort()).toEqual([1, 2]);
    for (const { depth, start } of again) expect(depth).toBe(start!.turns.at(-1)!.iterate + 1);
  });

  test('replays at depth 0 in variant curriculum', async () => {
    const { drawn } = await withOneEntry({ variant: 'curriculum' });
    expect([drawn.mode, drawn.depth, drawn.start?.turns.length]).toEqual(['replay', 0, 1]);
  });

  test('stops when aborted', async () => {
    const signal = AbortSignal.abort(new Error('stopped'));
    await expect(create({}).draw(1, { ...context(0), signal })).rejects.toThrow('stopped');
  });
});

describe('learn', () => {
  test('inserts every turn of a history with the score of its group', () => {
    const curriculum = create({ ...always, expand: 'best' });
    learn(curriculum, '0/0', base, [
      { quality: 0 },
      { quality: 1, turns: 3 },
      { quality: 0 },
      { quality: 1 },
    ]);
    expect(shown(curriculum)).toEqual(['0/0/1#1 0.25 0', '0/0/1#2 0.25 0', '0/0/1#3 0.25 0']);
    expect(entriesOf(curriculum)[0]!.start.quality).toBe(1);
  });

  test('sets the score of the drawn entry, and what grows from it inherits that', async () => {
    const { curriculum, drawn } = await withOneEntry();
    learn(curriculum, '1/0', drawn, [
      { quality: 0.5, iterate: 1 },
      { quality: 1, iterate: 1 },
    ]);
    expect(shown(curriculum)).toEqual(['0/0/0#1 0.0625 0', '1/0/1#1 0.0625 1']);
    expect(entriesOf(curriculum).map(({ born }) => born)).toEqual([0, 1]);
  });

  test('scores groups of equal qualities 0', async () => {
    const { curriculum, drawn } = await withOneEntry();
    learn(
      curriculum,
      '1/0',
      drawn,
      [0.1, 0.1, 0.1].map((quality) => ({ quality, iterate: 1 })),
    );
    expect(shown(curriculum)).toEqual(['0/0/0#1 0 0', '1/0/0#1 0 1']);
  });

  test('counts the judged rollouts of a group that failed in part', async () => {
    const { curriculum, drawn } = await withOneEntry();
    learn(curriculum, '1/0', drawn, [{ quality: 0 }, { quality: 0.5 }], ['timeout', 'verifier']);
    expect(shown(curriculum)[0]).toBe('0/0/0#1 0.0625 0');
  });

  test.each<[HandRollout[], FailureKind[]]>([
    [[{ quality: 1 }], ['timeout']],
    [[], ['timeout', 'environment']],
    [[], ['prompt-too-long', 'timeout']],
    [[], []],
  ])('changes nothing with %j judged and %j', async (rollouts, failures) => {
    const { curriculum, drawn } = await withOneEntry();
    learn(curriculum, '1/0', drawn, rollouts, failures);
    expect(shown(curriculum)).toEqual(['0/0/0#1 0.25 0']);
  });

  test.each<FailureKind>(['prompt-too-long', 'replay'])(
    'scores an entry 0 that cannot be played: %s',
    async (kind) => {
      const { curriculum, drawn } = await withOneEntry();
      learn(curriculum, '1/0', drawn, [], [kind, kind]);
      expect(shown(curriculum)).toEqual(['0/0/0#1 0 0']);
    },
  );

  test('lets the last group of an entry that was drawn twice decide', async () => {
    const { curriculum, drawn } = await withOneEntry();
    curriculum.learn([
      settledGroup('1/0', drawn, [
        { quality: 0, truncated: true },
        { quality: 1, truncated: true },
      ]),
      settledGroup('1/1', drawn, [
        { quality: 0, truncated: true },
        { quality: 0.5, truncated: true },
      ]),
    ]);
    expect(shown(curriculum)).toEqual(['0/0/0#1 0.0625 0']);
  });

  test('forgets the score of an entry that was replaced in the meantime', async () => {
    const { curriculum, drawn } = await withOneEntry({ capacity: 1 });
    curriculum.learn([
      settledGroup('1/0', base, [{ quality: 1 }, { quality: 0 }]),
      settledGroup('1/1', drawn, [
        { quality: 1, turns: 0 },
        { quality: 1, turns: 0 },
      ]),
    ]);
    expect(shown(curriculum)).toEqual(['1/0/0#1 0.25 0']);
  });

  const mixed: HandRollout[] = [
    { quality: 0 },
    { quality: 1, truncated: true },
    { quality: 0.5 },
    { quality: 0.5 },
  ];
  test.each<[Partial<ExitOptions>, string[]]>([
    [{ expand: 'all' }, ['0/0/0', '0/0/2', '0/0/3']],
    [{ expand: 'best' }, ['0/0/2']],
    [{ expand: 'all', keepTruncated: true }, ['0/0/0', '0/0/1', '0/0/2', '0/0/3']],
    [{ expand: 'best', keepTruncated: true }, ['0/0/1']],
    [{ expand: 'all', variant: 'grpo', selectProbability: 0 }, []],
  ])('expands with %j the rollouts %j', (options, expected) => {
    const curriculum = create({ ...always, ...options });
    learn(curriculum, '0/0', base, mixed);
    expect(entriesOf(curriculum).map(({ start }) => start.origin)).toEqual(expected);
  });

  test('expands one rollout that was not cut, each equally often', async () => {
    const curriculum = create({ capacity: 5000, minSize: 5000 });
    await curriculum.draw(1, context(0));
    for (let group = 0; group < 3000; group++) learn(curriculum, `0/${group}`, base, mixed);
    const counts = new Map<string, number>();
    for (const { start } of entriesOf(curriculum)) {
      const rollout = start.origin.split('/')[2]!;
      counts.set(rollout, (counts.get(rollout) ?? 0) + 1);
    }
    expect([...counts.keys()].sort()).toEqual(['0', '2', '3']);
    // Chi-square with 2 degrees of freedom passes 18.4 once in ten thousand.
    const statistic = [...counts.values()].reduce((sum, n) => sum + (n - 1000) ** 2 / 1000, 0);
    expect(statistic).toBeLessThan(18.4);
  });

  test('keeps starts out that would be rewritten too often', () => {
    const curriculum = create({ ...always, expand: 'all', maxDepth: 2 });
    learn(curriculum, '0/0', base, [
      { quality: 0, iterate: 1 },
      { quality: 1, iterate: 2 },
    ]);
    expect(shown(curriculum)).toEqual(['0/0/0#1 0.25 1']);
  });
});

describe('snapshot and restore', () => {
  test('continue bit for bit, also between draw and learn', async () => {
    const before = create({ capacity: 12, minSize: 4 });
    const rollouts = (seed: number): HandRollout[] =>
      [1, 2, 3].map((index) => ({
        quality: (((seed + index) * 7) % 5) / 5,
        turns: 1 + (seed % 3),
      }));
    let after = before;
    for (let iteration = 0; iteration < 12; iteration++) {
      const drawn = await before.draw(6, context(iteration));
      if (after !== before) expect(await after.draw(6, context(iteration))).toEqual(drawn);
      const copy = create({ capacity: 12, minSize: 4 });
      copy.restore(JSON.parse(JSON.stringify(before.snapshot())) as Json);
      after = copy;
      const groups = drawn.map((instance, index) =>
        settledGroup(`${iteration}/${index}`, instance, rollouts(iteration * 6 + index)),
      );
      for (const curriculum of [before, after]) curriculum.learn(groups);
      expect(after.snapshot()).toEqual(before.snapshot());
      expect(after.metrics()).toEqual(before.metrics());
    }
    expect(before.metrics()['buffer/size']).toBe(12);
  });

  const space = { id: 'encoder', width: 384 };
  test.each<[string, EmbeddingSpace | null, Json, string]>([
    ['nothing', null, null, 'expected a snapshot of the ExIt curriculum of guess, got null'],
    ['another curriculum', null, { kind: 'uniform' }, 'expected a snapshot of the ExIt curriculum'],
    [
      'another width',
      { ...space, width: 768 },
      create({}, space).snapshot(),
      'expected embeddings of "encoder", width 768, the run was started with "encoder", width 384',
    ],
    ['another embedder', { ...space, id: 'other' }, create({}, space).snapshot(), '"other", width'],
    ['no embedder', space, create({}).snapshot(), 'the run was started with no embedder'],
    ['an embedder', null, create({}, space).snapshot(), 'expected embeddings of no embedder'],
  ])('refuse the snapshot of %s', (_, embedding, state, message) => {
    const curriculum = create({}, embedding);
    expect(() => curriculum.restore(state)).toThrow(CheckpointError);
    expect(() => curriculum.restore(state)).toThrow(message);
  });
});

test('metrics tell what the last iteration practised', async () => {
  const { curriculum, drawn } = await withOneEntry({ divergeProbability: 0 });
  learn(curriculum, '1/0', drawn, [
    { quality: 0.5, iterate: 1 },
    { quality: 1, iterate: 1 },
  ]);
  expect(curriculum.metrics()).toMatchObject({
    instances: 1,
    depth: 1,
    recency: 1,
    startTurn: 1,
    learnability: 0.0625,
    'mode/improve/gain': -0.25,
    'measure/goldSteps': 3,
    distinct: 1,
    distinct_per_base_task: 1 / 50,
    'buffer/size': 2,
    'buffer/inserted': 1,
    'buffer/min_score': 0.0625,
  });
});

test('distinct instances count a start once a mode, and a base task once', async () => {
  const curriculum = create({ ...always, selectProbability: 0 });
  await curriculum.draw(500, context(0));
  expect(curriculum.metrics()).toMatchObject({ distinct: 50, distinct_per_base_task: 1 });
  const { curriculum: grown } = await withOneEntry();
  await grown.draw(100, context(2));
  expect(grown.metrics().distinct).toBe(2); // One start, improved and diverged from.
});
