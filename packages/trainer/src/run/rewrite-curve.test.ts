import { expect, test } from 'vitest';
import type { AnswerLine } from './answer-lines.ts';
import { rewriteCurve } from './rewrite-curve.ts';

const kStep = { kind: 'k-step' } as const;

/** A task's lines, from whether each sample was right after 0, 1 and 2 rewrites; `x` failed. */
function task(...samples: readonly string[]): AnswerLine[] {
  return samples.flatMap((text, sample) =>
    [...text].map((mark, rewrites): AnswerLine => {
      const place = { domain: 'd', task: 't', category: null, mode: 'sampled' as const };
      const line = { ...place, sample, rewrites };
      if (mark === 'x') return { ...line, failure: { kind: 'endpoint-timeout', message: '' } };
      const correct = mark === '1';
      const verdict = { quality: correct ? 1 : 0.5, correct };
      const chain = [...text].map((each) => each === '1');
      return { ...line, verdict, ...(rewrites === text.length - 1 && { chain }) };
    }),
  );
}

const tasks = [task('011', '100'), task('111', '001'), task('000', '101')];
const { points, ...about } = rewriteCurve(tasks, [0, 1, 2], 2, kStep);
const values = (index: number): Record<string, number | null> =>
  Object.fromEntries(
    Object.entries(points[index]!).map(([name, estimate]) => [
      name,
      typeof estimate === 'object' ? (estimate?.value ?? null) : estimate,
    ]),
  );

test('counts answers by hand', () => {
  expect(about).toEqual({ scaffold: 'k-step', samples: 2, tasks: 3 });
  // First right: 3 of 6. After one: 2. After two: 4.
  expect(values(0)).toMatchObject({ rewrites: 0, average: 3 / 6, pass: 1, gain: 0, quality: 0.75 });
  expect(values(1)).toMatchObject({ average: 2 / 6, pass: 2 / 3, gain: -1 / 6 });
  expect(values(2)).toMatchObject({ average: 4 / 6, pass: 1, gain: 1 / 6 });
});

test('net corrections are what was corrected less what was broken', () => {
  expect(values(1)).toMatchObject({ corrected: 1, broken: 2, netCorrections: -1 });
  expect(values(2)).toMatchObject({ corrected: 2, broken: 1, netCorrections: 1 });
});

test('keep and fix rates are shares of what was right and wrong at first', () => {
  expect(values(2)).toMatchObject({ keep: 2 / 3, fix: 2 / 3 });
  expect(values(0)).toMatchObject({ keep: 1, fix: 0 });
});

test('each rewrite is counted as well, where each was judged', () => {
  // Steps shown a right answer: 011 one, 100 one, 111 two, 101 one; kept in 011 and twice in 111.
  expect(values(2)).toMatchObject({ keepEach: 3 / 5, fixEach: 3 / 7 });
  const bare = tasks.map((lines) => lines.map(({ chain, ...line }) => line));
  expect(rewriteCurve(bare, [0, 1, 2], 2, kStep).points[2]!.keepEach).toBeNull();
});

test('an answer that failed later is at no point, so that all points speak of the same answers', () => {
  const curve = rewriteCurve([...tasks, task('11x', 'xxx')], [0, 1, 2], 2, kStep);
  expect(curve).toMatchObject({ tasks: 3 });
  expect(curve.points[0]!.average).toEqual(points[0]!.average);
  const half = rewriteCurve([...tasks, task('111', '11x')], [0, 1, 2], 2, kStep);
  expect(half.points[0]!.average!.value).toBe(4 / 7);
  // One answer of two is no fair chance to pass.
  expect(half.points[0]!.pass!.value).toBe(1);
  expect(half.points[1]!.pass!.value).toBe(2 / 3);
});

test('a greedy scaffold says what it selects by', () => {
  const greedy = (select?: string) =>
    rewriteCurve(tasks, [0], 2, { kind: 'greedy', ...(select && { select }) });
  expect(greedy()).toMatchObject({ scaffold: 'greedy', select: 'quality' });
  expect(greedy('validation')).toMatchObject({ select: 'validation' });
});

test('without a complete answer there is nothing to take shares of', () => {
  expect(rewriteCurve([task('x')], [0], 1, kStep)).toMatchObject({
    tasks: 0,
    points: [{ rewrites: 0, average: null, netCorrections: 0 }],
  });
});
