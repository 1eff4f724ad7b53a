/**
 * Applies work to every item with at most `limit` under way at once; results come in the order of the items. The first
 * rejection aborts the signal the others were given and is thrown once all have settled, so nothing goes on unseen.
 */
export async function mapBounded<Item, Result>(
  items: readonly Item[],
  limit: number,
  signal: AbortSignal,
  work: (item: Item, index: number, signal: AbortSignal) => Promise<Result>,
): Promise<Result[]> {
  signal.throwIfAborted();
  const controller = new AbortController();
  const onAbort = (): void => controller.abort(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  const results: Result[] = new Array(items.length);
  const failures: unknown[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < items.length && !controller.signal.aborted) {
      const index = next++;
      try {
        results[index] = await work(items[index]!, index, controller.signal);
      } catch (error) {
        failures.push(error);
        controller.abort(error);
      }
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.min(limit, items.length) }, lane));
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
  signal.throwIfAborted();
  if (failures.length > 0) throw failures[0];
  return results;
}

/**
 * The same with a limit for each key, so that items of one key never wait for another's.
 *
 * @param limitOf - Most of a key's items under way at once.
 */
export async function mapBoundedByKey<Item, Result>(
  items: readonly Item[],
  keyOf: (item: Item) => string,
  limitOf: (key: string) => number,
  signal: AbortSignal,
  work: (item: Item, index: number, signal: AbortSignal) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = new Array(items.length);
  const keys = [...Map.groupBy(items.keys(), (index) => keyOf(items[index]!))];
  await mapBounded(keys, keys.length, signal, ([key, indices], _, signal) =>
    mapBounded(indices, limitOf(key), signal, async (index, _, signal) => {
      results[index] = await work(items[index]!, index, signal);
    }),
  );
  return results;
}
