/**
 * Area under the ROC curve of one column: the chance that a positive row scores above a negative one, ties half.
 *
 * @param truth - 0 or 1, both present, `[rows]`.
 * @param scores - Any finite numbers, `[rows]`.
 * @returns In [0, 1]; NaN when a class is missing.
 */
export function auc(truth: readonly number[], scores: readonly number[]): number {
  const order = scores.map((_, row) => row).sort((a, b) => scores[a]! - scores[b]!);
  let positives = 0;
  let rankSum = 0;
  for (let start = 0; start < order.length; ) {
    let end = start;
    let positivesHere = 0;
    while (end < order.length && scores[order[end]!] === scores[order[start]!]) {
      positivesHere += truth[order[end]!]!;
      end += 1;
    }
    // Equal scores share the mean of the 1-based ranks start + 1 .. end.
    rankSum += (positivesHere * (start + 1 + end)) / 2;
    positives += positivesHere;
    start = end;
  }
  const negatives = order.length - positives;
  // (mean rank of positives - its lowest possible value) / negatives
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * negatives);
}
