import { expect, test } from 'vitest';
import { coloursOf } from './charts.ts';
import { failuresFigure } from './failures.ts';
import type { FigureSource } from './figure.ts';

test('failures stand with their domain and kind, those that another try mended apart', async () => {
  const source: FigureSource = {
    run: {
      path: '/runs/a',
      config: {},
      status: {},
      metrics: [
        {
          iteration: 0,
          rollouts: 9,
          failures: 1,
          'a/failures/timeout': 1,
          'b/retried/sandbox': 2,
          time: {},
        },
      ],
      evaluations: [],
      rolloutFiles: [],
    },
    domains: ['a', 'b'],
    colours: coloursOf(['a', 'b']),
  };
  const { csv, note, charts } = await failuresFigure(source);
  expect(csv.rows).toEqual([
    ['training', 'a', 'timeout', 1, 1],
    ['training, mended by another try', 'b', 'sandbox', 1, 2],
  ]);
  expect(note).toContain(
    '1 of 10 rollouts failed in training, and 2 more that another try mended.',
  );
  // What was mended is no failure of an iteration.
  expect(charts).toHaveLength(1);
});
