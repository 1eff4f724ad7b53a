import { createRandom } from '@taskspace/core';

/** A measured share or mean with the interval that 95 % of resamples fall into. */
export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** Which columns make one estimate: the sum of the first over the sum of the second. */
export interface Ratio {
  readonly numerator: string;
  /** Left out, the number of rows. */
  readonly denominator?: string;
}

const RESAMPLES = 1000;
const TAIL = 0.025;

/**
 * Ratios of sums over rows, with percentile bootstrap intervals: rows are drawn anew with replacement, whole, so that what a
 * row holds together stays together. All ratios see the same resamples, and the same rows always give the same intervals.
 *
 * @param rows - One for each independent unit (a task): numbers by column.
 * @returns By the ratios' names; null where the denominator is 0.
 */
export function bootstrapRatios<Name extends string>(
  rows: readonly Readonly<Record<string, number>>[],
  ratios: Readonly<Record<Name, Ratio>>,
): Record<Name, Estimate | null> {
  const names = Object.keys(ratios) as Name[];
  const columns = [
    ...new Set(names.flatMap((name) => [ratios[name].numerator, ratios[name].denominator ?? ROWS])),
  ];
  const width = columns.length;
  const table = Float64Array.from(
    rows.flatMap((row) => columns.map((column) => (column === ROWS ? 1 : (row[column] ?? 0)))),
  );
  const places = names.map((name) => ({
    name,
    numerator: columns.indexOf(ratios[name].numerator),
    denominator: columns.indexOf(ratios[name].denominator ?? ROWS),
    values: [] as number[],
  }));
  const random = createRandom('bootstrap');
  const sums = new Float64Array(width);
  // Plain loops: a thousand resamples of thousands of tasks.
  for (let resample = 0; resample < RESAMPLES; resample++) {
    sums.fill(0);
    for (let drawn = 0; drawn < rows.length; drawn++) {
      // A bias of 2^-32 moves nothing here, and this is most of the work.
      const start = Math.floor((random.uint32() / 2 ** 32) * rows.length) * width;
      for (let column = 0; column < width; column++) sums[column]! += table[start + column]!;
    }
    for (const { numerator, denominator, values } of places) {
      if (sums[denominator] !== 0) values.push(sums[numerator]! / sums[denominator]!);
    }
  }
  sums.fill(0);
  for (let index = 0; index < table.length; index++) sums[index % width]! += table[index]!;
  const estimates = places.map(({ name, numerator, denominator, values }) => {
    if (rows.length === 0 || sums[denominator] === 0) return [name, null] as const;
    values.sort((a, b) => a - b);
    const value = sums[numerator]! / sums[denominator]!;
    return [
      name,
      { value, low: quantile(values, TAIL), high: quantile(values, 1 - TAIL) },
    ] as const;
  });
  return Object.fromEntries(estimates) as Record<Name, Estimate | null>;
}

const ROWS = 'rows';

/** Of sorted values, at least one, interpolated. */
function quantile(values: readonly number[], share: number): number {
  const place = share * (values.length - 1);
  const below = values[Math.floor(place)]!;
  const above = values[Math.ceil(place)]!;
  return below + (place - Math.floor(place)) * (above - below);
}
