import fc from 'fast-check';
import { expect, test } from 'vitest';
import { padRows, padTokens, planMicroBatches, planRounds } from './micro-batches.ts';

const anyLengths = fc.array(fc.integer({ min: 1, max: 300 }), { maxLength: 60 });
const anyBudget = fc.integer({ min: 1, max: 1000 });

test('every row is in exactly one micro-batch, and fits it', () => {
  fc.assert(
    fc.property(anyLengths, anyBudget, (lengths, budget) => {
      const batches = planMicroBatches(lengths, budget);
      const rows = batches.flatMap((batch) => batch.rows).sort((a, b) => a - b);
      expect(rows).toEqual(lengths.map((_, row) => row));
      for (const { rows, length } of batches) {
        expect(length % 8).toBe(0);
        for (const row of rows) expect(lengths[row]).toBeLessThanOrEqual(length);
      }
    }),
  );
});

test('a micro-batch of two rows or more stays within the budget', () => {
  fc.assert(
    fc.property(anyLengths, anyBudget, (lengths, budget) => {
      for (const { rows, length } of planMicroBatches(lengths, budget)) {
        if (rows.length > 1) expect(rows.length * length).toBeLessThanOrEqual(budget);
      }
    }),
  );
});

test('rows of similar length share a micro-batch', () => {
  expect(planMicroBatches([5, 40, 8, 38], 80)).toEqual([
    { rows: [1, 3], length: 40 },
    { rows: [2, 0], length: 8 },
  ]);
});

test('rounds hold every row once, each at most as many micro-batches as there is room for', () => {
  fc.assert(
    fc.property(anyLengths, anyBudget, fc.integer({ min: 1, max: 5 }), (lengths, budget, width) => {
      const rounds = planRounds(lengths, budget, width);
      const rows = rounds.flat().flatMap((batch) => batch.rows);
      expect(rows.sort((a, b) => a - b)).toEqual(lengths.map((_, row) => row));
      for (const round of rounds) expect(round.length).toBeLessThanOrEqual(width);
    }),
  );
});

test('micro-batches of a round are of about equal size', () => {
  const rounds = planRounds(new Array(64).fill(48), 1024, 2);
  expect(rounds.map((round) => round.map(({ rows }) => rows.length))).toEqual([
    [16, 16],
    [16, 16],
  ]);
});

test('rows are padded at their right end', () => {
  expect([...padRows([[1, 2], [3]], 4, -1)]).toEqual([1, 2, -1, -1, 3, -1, -1, -1]);
  expect([...padTokens([Int32Array.of(7), Int32Array.of(8, 9)], 2)]).toEqual([7n, 0n, 8n, 9n]);
});
