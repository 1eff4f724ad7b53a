/** Works on all items at once and waits for all, so that nothing goes on unseen; then throws the first item's error, if any. */
export async function settleAll<Item, Result>(
  items: Iterable<Item>,
  work: (item: Item, index: number) => Promise<Result>,
): Promise<Result[]> {
  const settled = await Promise.allSettled(Array.from(items, work));
  return settled.map((outcome) => {
    if (outcome.status === 'rejected') throw outcome.reason;
    return outcome.value;
  });
}
