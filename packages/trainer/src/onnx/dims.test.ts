import { describe, expect, test } from 'vitest';
import {
  addDims,
  broadcastShapes,
  dimSize,
  divideDims,
  multiplyDims,
  normalizeAxis,
} from './dims.ts';

describe('dimension arithmetic', () => {
  test.each([
    [7, 7],
    ['B', 6],
    ['2*B*T', 60],
    ['(T+3)', 8],
    ['(B+T-1)', 10],
    ['(T+1)*B', 36],
    ['(B/3)', 2],
    ['(2*B/(T+1))', 2],
  ])('%j is %d where B is 6 and T is 5', (dim, size) => {
    expect(dimSize(dim, { B: 6, T: 5 })).toBe(size);
  });

  test('a name without a size is refused', () => {
    expect(() => dimSize('N*T', { T: 5 })).toThrow(/expected a size for N, got \[T\]/u);
  });

  test.each([
    [[2, 3], 6],
    [['B', 'T'], 'B*T'],
    [['T', 'B'], 'B*T'],
    [[4, 'B', 2], '8*B'],
    [['2*B', 3, 'T'], '6*B*T'],
    [['(T+1)', 'B'], '(T+1)*B'],
    [[0, 'B'], 0],
    [[], 1],
  ] as const)('the product of %j is %j', (dims, product) => {
    expect(multiplyDims(dims)).toBe(product);
  });

  test.each([
    [12, 4, 3],
    [12, 5, null],
    ['B*T', 'B', 'T'],
    ['8*B*T', '2*T', '4*B'],
    ['B', 'B', 1],
    ['B*T', 1, 'B*T'],
    ['N', 4, '(N/4)'],
    ['N', 'M', '(N/M)'],
  ] as const)('%j over %j is %j', (dim, by, quotient) => {
    expect(divideDims(dim, by)).toBe(quotient);
  });

  test.each([
    [[2, 3], 5],
    [['T', 1], '(T+1)'],
    [['(T+1)', 2], '(T+3)'],
    [['(T+1)', -1], 'T'],
    [['T', -2], '(T-2)'],
    [['P', 'T'], '(P+T)'],
    [['T', 'P'], '(P+T)'],
    [['T'], 'T'],
  ] as const)('the sum of %j is %j', (dims, sum) => {
    expect(addDims(dims)).toBe(sum);
  });
});

describe('broadcastShapes', () => {
  test.each([
    [
      [['B', 'T', 3], [3]],
      ['B', 'T', 3],
    ],
    [
      [
        ['B', 1],
        [1, 'T'],
      ],
      ['B', 'T'],
    ],
    [[[], [2]], [2]],
    [[['B'], ['B'], [1]], ['B']],
  ] as const)('joins %j to %j', (shapes, result) => {
    expect(broadcastShapes('add', shapes)).toEqual(result);
  });

  test.each([
    [['B'], ['T']],
    [['B'], [2]],
    [[3], [2]],
  ] as const)('refuses %j with %j', (a, b) => {
    expect(() => broadcastShapes('add', [a, b])).toThrow(
      `add: expected shapes that broadcast, [${a}] and [${b}] have ${a} and ${b} in one place, got [${b}].`,
    );
  });
});

test('an axis the tensor does not have is refused', () => {
  expect(normalizeAxis('concat', -1, ['B', 2])).toBe(1);
  expect(() => normalizeAxis('concat', 2, ['B', 2])).toThrow(
    'concat: expected a tensor with axis 2, got [B, 2]. Choose an axis it has.',
  );
});
