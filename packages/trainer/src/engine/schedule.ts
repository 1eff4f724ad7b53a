/** How the learning rate goes over a run. */
export interface LearningRateSchedule {
  /** Shape after the warm-up. */
  readonly kind: 'constant' | 'linear' | 'cosine';
  /** Highest rate. */
  readonly learningRate: number;
  /** Steps over which the rate rises linearly from near zero; 0 is none. */
  readonly warmupSteps: number;
  /** Length of the run in optimizer steps; where `linear` and `cosine` arrive at the end. */
  readonly totalSteps: number;
  /** Share of the highest rate that remains at the end, in [0, 1]. */
  readonly finalFraction: number;
}

/**
 * The rate of one optimizer step: rises to the peak over the warm-up, then stays, or falls to `finalFraction` of it.
 *
 * @param step - Zero-based number of the step about to be taken; beyond `totalSteps` the last rate stays.
 */
export function learningRateAt(schedule: LearningRateSchedule, step: number): number {
  const { kind, learningRate, warmupSteps, totalSteps, finalFraction } = schedule;
  if (step < warmupSteps) return (learningRate * (step + 1)) / warmupSteps;
  if (kind === 'constant') return learningRate;
  const span = Math.max(1, totalSteps - 1 - warmupSteps);
  const progress = Math.min(1, (step - warmupSteps) / span);
  const remaining = kind === 'linear' ? 1 - progress : (1 + Math.cos(Math.PI * progress)) / 2;
  return learningRate * (finalFraction + (1 - finalFraction) * remaining);
}
