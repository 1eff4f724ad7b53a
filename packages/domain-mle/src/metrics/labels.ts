/** Share of rows whose label is right, `[rows]` both. */
export function accuracy(truth: readonly string[], predicted: readonly string[]): number {
  return truth.filter((label, row) => label === predicted[row]).length / truth.length;
}

/** How F1 deals with classes: the positive one alone, or the mean over all that occur in truth or prediction. */
export type F1Average = 'binary' | 'macro';

/**
 * Harmonic mean of precision and recall; 0 for a class that is never hit.
 *
 * @param positive - The class that counts with `binary`.
 */
export function f1(
  truth: readonly string[],
  predicted: readonly string[],
  { average, positive = '1' }: { readonly average: F1Average; readonly positive?: string },
): number {
  if (average === 'binary') return f1Of(positive, truth, predicted);
  const labels = [...new Set([...truth, ...predicted])];
  return labels.reduce((sum, label) => sum + f1Of(label, truth, predicted), 0) / labels.length;
}

function f1Of(label: string, truth: readonly string[], predicted: readonly string[]): number {
  let hits = 0;
  let mentions = 0;
  for (const [row, actual] of truth.entries()) {
    const said = predicted[row]!;
    if (actual === label) mentions += 1;
    if (said === label) mentions += 1;
    if (actual === label && said === label) hits += 1;
  }
  return mentions === 0 ? 0 : (2 * hits) / mentions;
}

/**
 * Agreement beyond chance, disagreements weighted by the squared distance of the classes. Distance is between places in
 * the sorted list of the classes that occur, as in scikit-learn: with classes 0, 1 and 4 alone, 4 lies one place from 1.
 *
 * @returns At most 1; NaN when truth and prediction are one and the same constant.
 */
export function quadraticKappa(truth: readonly string[], predicted: readonly string[]): number {
  const places = new Map(
    sortLabels([...truth, ...predicted]).map((label, place) => [label, place]),
  );
  const size = places.size;
  const [trueCounts, saidCounts] = [new Float64Array(size), new Float64Array(size)];
  let observed = 0;
  for (const [row, label] of truth.entries()) {
    const [actual, said] = [places.get(label)!, places.get(predicted[row]!)!];
    trueCounts[actual]! += 1;
    saidCounts[said]! += 1;
    observed += (actual - said) ** 2;
  }
  let expected = 0;
  for (let actual = 0; actual < size; actual++) {
    for (let said = 0; said < size; said++) {
      expected += trueCounts[actual]! * saidCounts[said]! * (actual - said) ** 2;
    }
  }
  return 1 - observed / (expected / truth.length);
}

/** Different labels in order: by value when all are numbers, else as text. */
export function sortLabels(labels: readonly string[]): readonly string[] {
  const different = [...new Set(labels)];
  const numeric = different.every((label) => label !== '' && Number.isFinite(Number(label)));
  return different.sort(numeric ? (a, b) => Number(a) - Number(b) : undefined);
}
