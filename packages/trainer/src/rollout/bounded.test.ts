import { expect, test } from 'vitest';
import { mapBounded } from './bounded.ts';

const never = new AbortController().signal;

test('results come in the order of the items, whatever finishes first', async () => {
  const gates = [1, 2, 3].map(() => Promise.withResolvers<void>());
  const done = mapBounded(gates, 3, never, async (gate, index) => {
    await gate.promise;
    return index;
  });
  for (const gate of gates.toReversed()) gate.resolve();
  expect(await done).toEqual([0, 1, 2]);
});

test('no more than the limit is under way at once', async () => {
  let running = 0;
  let most = 0;
  await mapBounded(Array.from({ length: 20 }), 4, never, async () => {
    running += 1;
    most = Math.max(most, running);
    await new Promise(setImmediate);
    running -= 1;
  });
  expect(most).toBe(4);
});

test('the first rejection aborts the others and is thrown after they settled', async () => {
  let settled = 0;
  const work = async (_: number, index: number, signal: AbortSignal): Promise<void> => {
    if (index === 0) throw new Error('first');
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    settled += 1;
  };
  await expect(mapBounded([0, 1, 2], 3, never, work)).rejects.toThrow('first');
  expect(settled).toBe(2);
});

test('an abort is thrown with its reason and starts nothing more', async () => {
  const controller = new AbortController();
  const started: number[] = [];
  const work = async (item: number): Promise<void> => {
    started.push(item);
    controller.abort(new Error('stop'));
  };
  await expect(mapBounded([0, 1, 2], 1, controller.signal, work)).rejects.toThrow('stop');
  expect(started).toEqual([0]);
});
