/** Probabilities are kept this far from 0 and 1: the spacing of float64 at 1, as scikit-learn 1.5 does. */
export const LOG_LOSS_EPSILON = Number.EPSILON;

/**
 * Mean negative log-probability of what was true, of two classes.
 *
 * @param truth - 0 or 1, `[rows]`.
 * @param probabilities - Of class 1, in [0, 1], `[rows]`.
 */
export function binaryLogLoss(truth: readonly number[], probabilities: readonly number[]): number {
  let sum = 0;
  for (const [row, label] of truth.entries()) {
    const ofOne = probabilities[row]!;
    sum -= Math.log(clip(label === 1 ? ofOne : 1 - ofOne));
  }
  return sum / truth.length;
}

/**
 * Mean negative log-probability of the true class. Rows are taken as they are, not scaled to sum to 1.
 *
 * @param truth - Class index, `[rows]`.
 * @param probabilities - `[rows][classes]`, each in [0, 1].
 */
export function logLoss(
  truth: readonly number[],
  probabilities: readonly (readonly number[])[],
): number {
  let sum = 0;
  for (const [row, label] of truth.entries()) sum -= Math.log(clip(probabilities[row]![label]!));
  return sum / truth.length;
}

function clip(probability: number): number {
  return Math.min(1 - LOG_LOSS_EPSILON, Math.max(LOG_LOSS_EPSILON, probability));
}
