/**
 * Mean over rows of the average precision of the first k guesses: for each right guess the share of right ones so far,
 * summed, over min(k, number of right items). A guess repeated counts once, where it first stands.
 *
 * @param truth - Right items of each row, at least one.
 * @param guesses - Guesses of each row, best first.
 */
export function mapAtK(
  truth: readonly (readonly string[])[],
  guesses: readonly (readonly string[])[],
  k: number,
): number {
  let sum = 0;
  for (const [row, items] of truth.entries())
    sum += averagePrecision(new Set(items), guesses[row]!, k);
  return sum / truth.length;
}

function averagePrecision(
  right: ReadonlySet<string>,
  guesses: readonly string[],
  k: number,
): number {
  const seen = new Set<string>();
  let sum = 0;
  for (const [place, guess] of guesses.slice(0, k).entries()) {
    if (!right.has(guess) || seen.has(guess)) continue;
    seen.add(guess);
    sum += seen.size / (place + 1);
  }
  return sum / Math.min(right.size, k);
}
