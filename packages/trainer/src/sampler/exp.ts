/** Steps per octave of the table. */
const STEPS = 64;
const STEPS_PER_UNIT = STEPS / Math.LN2;
const UNITS_PER_STEP = Math.LN2 / STEPS;
/** Below this the result is not a normal number any more. */
const LEAST = -708;
const FRACTIONS = Float64Array.from({ length: STEPS }, (_, step) => 2 ** (-step / STEPS));
const POWERS = Float64Array.from({ length: 1024 }, (_, power) => 2 ** -power);

/** e^x for x <= 0, to a relative error below 1e-12; 0 below -708, NaN for NaN. */
export function expNegative(x: number): number {
  if (x < LEAST) return 0;
  // -x = (step / STEPS) · ln 2 - rest, with |rest| at most half a step: four terms of the series are enough.
  const step = (0.5 - x * STEPS_PER_UNIT) | 0;
  const rest = x + step * UNITS_PER_STEP;
  const series = 1 + rest * (1 + rest * (0.5 + rest * (1 / 6 + rest * (1 / 24))));
  return FRACTIONS[step & (STEPS - 1)]! * POWERS[step >> 6]! * series;
}
