/**
 * Numbers of tables that were measured on the same tasks with several seeds. Tasks and seeds are both samples of what could have
 * been, so intervals resample both: seeds with replacement, tasks with replacement, and every drawn seed with every drawn task.
 */
import { createRandom } from '@taskspace/core';
import type { Estimate } from '../bootstrap.ts';
import type { Row } from './outcomes.ts';

/** Rows by seed and task, `[S][N]`; the tasks are the same for every seed. */
export type Cells = readonly (readonly Row[])[];

/** A quantity of some rows' sums; undefined when there was nothing to take a share of. */
export type Quantity = (sums: Readonly<Record<string, number>>) => number | undefined;

/** A quantity's value over all cells, its interval, and its spread over the seeds. */
export interface Measured extends Estimate {
  /** Sample standard deviation over seeds; null of a single seed. */
  readonly deviation: number | null;
  readonly bySeed: readonly (number | null)[];
}

/** How much one method is better than another on the same tasks and seeds. */
export interface Compared extends Estimate {
  /** Two-sided, from flipping the sign of each task's mean difference at random. */
  readonly permutation: number;
  /** Seeds on which the first was better, and worse. */
  readonly wins: number;
  readonly losses: number;
  /** Two-sided sign test over the seeds. */
  readonly sign: number;
}

const RESAMPLES = 2000;
const PERMUTATIONS = 10_000;
const TAIL = 0.025;

/** A share, or undefined of nothing. */
export function share(numerator: number | undefined, denominator: number | undefined) {
  return denominator ? (numerator ?? 0) / denominator : undefined;
}

/** A quantity with its intervals; null when it has no value. */
export function measure(cells: Cells, quantity: Quantity): Measured | null {
  const value = quantity(sumsOf(cells.flat()));
  if (value === undefined) return null;
  const bySeed = cells.map((rows) => quantity(sumsOf(rows)) ?? null);
  const values = resample([cells], ([sums]) => quantity(sums!));
  return { value, ...interval(values), deviation: deviation(bySeed), bySeed };
}

/** The difference of a quantity between two methods; null when either has none. */
export function compare(first: Cells, second: Cells, quantity: Quantity): Compared | null {
  const difference = (sums: readonly Readonly<Record<string, number>>[]) => {
    const [a, b] = sums.map(quantity);
    return a === undefined || b === undefined ? undefined : a - b;
  };
  const value = difference([sumsOf(first.flat()), sumsOf(second.flat())]);
  if (value === undefined) return null;
  const bySeed = first.map((rows, seed) => difference([sumsOf(rows), sumsOf(second[seed]!)]) ?? 0);
  const wins = bySeed.filter((gain) => gain > 0).length;
  const losses = bySeed.filter((gain) => gain < 0).length;
  const byTask = first[0]!.flatMap((_, task) => {
    const column = (cells: Cells) => sumsOf(cells.map((rows) => rows[task]!));
    return difference([column(first), column(second)]) ?? [];
  });
  return {
    value,
    ...interval(resample([first, second], difference)),
    permutation: signFlips(byTask),
    wins,
    losses,
    sign: signTest(wins, losses),
  };
}

/** Two-sided: how likely so uneven a split is when both sides are equally likely. */
export function signTest(wins: number, losses: number): number {
  const total = wins + losses;
  let tail = 0;
  let ways = 1; // total choose k
  for (let k = 0; k <= Math.min(wins, losses); k++) {
    tail += ways;
    ways = (ways * (total - k)) / (k + 1);
  }
  return Math.min(1, (2 * tail) / 2 ** total);
}

/** Share of random signs under which the mean is at least as far from 0; 1 is added to both counts, so that it is never 0. */
export function signFlips(differences: readonly number[]): number {
  const random = createRandom('sign flips');
  const moved = differences.filter((difference) => difference !== 0);
  const observed = Math.abs(moved.reduce((sum, difference) => sum + difference, 0));
  let asFar = 0;
  for (let round = 0; round < PERMUTATIONS; round++) {
    let sum = 0;
    // Plain loop: ten thousand times a thousand tasks.
    for (let start = 0; start < moved.length; start += BITS) {
      let signs = random.uint32();
      const end = Math.min(moved.length, start + BITS);
      for (let index = start; index < end; index++) {
        sum += signs & 1 ? moved[index]! : -moved[index]!;
        signs >>>= 1;
      }
    }
    asFar += Number(Math.abs(sum) >= observed - ROUNDING);
  }
  return (asFar + 1) / (PERMUTATIONS + 1);
}

const BITS = 32;
const ROUNDING = 1e-9;

function sumsOf(rows: readonly Row[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const row of rows) {
    for (const [column, count] of Object.entries(row)) sums[column] = (sums[column] ?? 0) + count;
  }
  return sums;
}

/** Values of a quantity of several methods over resamples of their common seeds and tasks. */
function resample(
  methods: readonly Cells[],
  quantity: (sums: readonly Readonly<Record<string, number>>[]) => number | undefined,
): number[] {
  const seeds = methods[0]!.length;
  const tasks = methods[0]![0]?.length ?? 0;
  const columns = [...new Set(methods.flatMap((cells) => cells.flat().flatMap(Object.keys)))];
  const tables = methods.map((cells) =>
    cells.map((rows) =>
      columns.map((column) => Float64Array.from(rows, (row) => row[column] ?? 0)),
    ),
  );
  const random = createRandom('seeds and tasks');
  const values: number[] = [];
  const weights = new Float64Array(tasks);
  for (let round = 0; round < RESAMPLES; round++) {
    weights.fill(0);
    for (let drawn = 0; drawn < tasks; drawn++) weights[random.integer(tasks)]! += 1;
    const drawnSeeds = Array.from({ length: seeds }, () => random.integer(seeds));
    const sums = tables.map((table) => {
      const totals: Record<string, number> = {};
      for (const [index, column] of columns.entries()) {
        let total = 0;
        for (const seed of drawnSeeds) total += dot(table[seed]![index]!, weights);
        totals[column] = total;
      }
      return totals;
    });
    const value = quantity(sums);
    if (value !== undefined) values.push(value);
  }
  return values;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let index = 0; index < a.length; index++) sum += a[index]! * b[index]!;
  return sum;
}

function interval(values: readonly number[]): { low: number; high: number } {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (place: number) => {
    const below = Math.floor(place);
    const [a = Number.NaN, b = a] = [sorted[below], sorted[Math.ceil(place)]];
    return a + (place - below) * (b - a);
  };
  return { low: at(TAIL * (sorted.length - 1)), high: at((1 - TAIL) * (sorted.length - 1)) };
}

function deviation(bySeed: readonly (number | null)[]): number | null {
  const values = bySeed.filter((value) => value !== null);
  if (values.length < 2) return null;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1));
}
