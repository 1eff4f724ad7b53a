/** A value of one curve at one iteration. */
export interface CurvePoint {
  /** Completed iterations. */
  readonly iteration: number;
  readonly value: number;
}

/**
 * At most so many points: a longer curve is cut into stretches of equal length, each of which becomes the mean of its points.
 *
 * @param points - Ascending by iteration.
 */
export function thin(points: readonly CurvePoint[], limit: number): readonly CurvePoint[] {
  if (points.length <= limit) return points;
  return Array.from({ length: limit }, (_, index) => {
    const from = Math.floor((index * points.length) / limit);
    const to = Math.floor(((index + 1) * points.length) / limit);
    const own = points.slice(from, to);
    const mean = own.reduce((sum, { value }) => sum + value, 0) / own.length;
    return { iteration: own[Math.floor(own.length / 2)]!.iteration, value: mean };
  });
}

/** Centred moving mean over a twentieth of the curve, at the ends over what there is; a curve of few points stays as it is. */
export function smooth(points: readonly CurvePoint[]): readonly CurvePoint[] {
  const reach = Math.floor(points.length / 40);
  let sum = 0;
  const sums = [0, ...points.map(({ value }) => (sum += value))];
  return points.map(({ iteration }, index) => {
    const from = Math.max(0, index - reach);
    const to = Math.min(points.length, index + reach + 1);
    return { iteration, value: (sums[to]! - sums[from]!) / (to - from) };
  });
}

/** So many members of a list, evenly spaced, first and last among them. */
export function evenly<Item>(items: readonly Item[], limit: number): readonly Item[] {
  if (items.length <= limit) return items;
  if (limit < 2) return items.slice(0, limit);
  return Array.from(
    { length: limit },
    (_, index) => items[Math.round((index * (items.length - 1)) / (limit - 1))]!,
  );
}
