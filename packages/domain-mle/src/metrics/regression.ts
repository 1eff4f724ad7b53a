/** Root of the mean squared difference, `[rows]` both. */
export function rmse(truth: readonly number[], predicted: readonly number[]): number {
  return Math.sqrt(meanOf(truth, (value, row) => (value - predicted[row]!) ** 2));
}

/** Mean absolute difference, `[rows]` both. */
export function mae(truth: readonly number[], predicted: readonly number[]): number {
  return meanOf(truth, (value, row) => Math.abs(value - predicted[row]!));
}

/** {@link rmse} of log(1 + x); values `>= 0`, `[rows]` both. */
export function rmsle(truth: readonly number[], predicted: readonly number[]): number {
  return rmse(truth.map(Math.log1p), predicted.map(Math.log1p));
}

function meanOf(values: readonly number[], of: (value: number, row: number) => number): number {
  let sum = 0;
  for (const [row, value] of values.entries()) sum += of(value, row);
  return sum / values.length;
}
