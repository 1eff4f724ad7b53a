/** How the learning rate moves over a run. */
export interface ScheduleOptions {
  /** The highest rate. */
  readonly learningRate: number;
  readonly schedule: 'constant' | 'linear' | 'cosine';
  /** Iterations over which the rate rises linearly from near 0. */
  readonly warmup: number;
  /** Share of the iterations after warm-up that stay at the highest rate before it falls, in [0, 1]. */
  readonly flat: number;
  /** Share of the highest rate that is left at the end. */
  readonly final: number;
}

/**
 * The learning rate of one iteration.
 *
 * @param iteration - 0-based.
 * @param iterations - Length of the run.
 */
export function learningRateAt(
  iteration: number,
  iterations: number,
  { learningRate, schedule, warmup, flat, final }: ScheduleOptions,
): number {
  if (iteration < warmup) return (learningRate * (iteration + 1)) / warmup;
  if (schedule === 'constant') return learningRate;
  const length = Math.max(1, iterations - 1 - warmup);
  const start = flat * length;
  // 0 where the rate begins to fall, 1 at the last iteration.
  const fallen =
    start >= length ? 0 : Math.min(1, Math.max(0, (iteration - warmup - start) / (length - start)));
  const left = schedule === 'linear' ? 1 - fallen : (1 + Math.cos(Math.PI * fallen)) / 2;
  return learningRate * (final + (1 - final) * left);
}
