/** How many of the wanted items are among the given ones, each given item used once. */
export function countMatched(wanted: readonly string[], given: readonly string[]): number {
  const left = new Map<string, number>();
  for (const item of given) left.set(item, (left.get(item) ?? 0) + 1);
  let matched = 0;
  for (const item of wanted) {
    const count = left.get(item) ?? 0;
    if (count === 0) continue;
    left.set(item, count - 1);
    matched++;
  }
  return matched;
}
