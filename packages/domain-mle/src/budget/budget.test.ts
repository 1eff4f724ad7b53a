import { expect, test } from 'vitest';
import { createBudget } from './budget.ts';
import { createOnce } from './once.ts';

const small = { cores: 1, memoryBytes: 100 };

test('lets in no more runs than there are cores', async () => {
  const budget = createBudget({ cores: 2, memoryBytes: 1_000 });
  let inside = 0;
  let most = 0;
  await Promise.all(
    Array.from({ length: 9 }, () =>
      budget.run(small, async () => {
        inside += 1;
        most = Math.max(most, inside);
        await Promise.resolve();
        inside -= 1;
        return { peakMemoryBytes: 7 };
      }),
    ),
  );
  expect(most).toBe(2);
  expect(budget.record()).toMatchObject({ runs: 9, mostAtOnce: 2, peakMemoryBytes: 7 });
});

test('lets in no more runs than the memory holds, and one that is larger than all of it alone', async () => {
  const budget = createBudget({ cores: 8, memoryBytes: 250 });
  await Promise.all([
    ...Array.from({ length: 4 }, () => budget.run(small, async () => ({}))),
    budget.run({ cores: 1, memoryBytes: 999 }, async () => ({})),
  ]);
  expect(budget.record()).toMatchObject({ runs: 5, mostAtOnce: 2 });
});

test('gives a place back when a run fails or stops waiting', async () => {
  const budget = createBudget({ cores: 1, memoryBytes: 1_000 });
  const { promise, resolve } = Promise.withResolvers<object>();
  const first = budget.run(small, () => promise);
  const abort = new AbortController();
  const waiting = budget.run(small, async () => ({}), abort.signal);
  abort.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow('enough');
  resolve({});
  await first;
  const failing = budget.run(small, async () => {
    throw new Error('broken');
  });
  await expect(failing).rejects.toThrow('broken');
  await expect(budget.run(small, async () => ({ peakMemoryBytes: 3 }))).resolves.toEqual({
    peakMemoryBytes: 3,
  });
});

test('does the same work once, also while it is being done', async () => {
  const once = createOnce<number>(10);
  let done = 0;
  const work = async () => {
    done += 1;
    return done;
  };
  const same = Array.from({ length: 5 }, () => once.get(['a', 'code'], work));
  expect(await Promise.all(same)).toEqual([1, 1, 1, 1, 1]);
  expect(await once.get(['a', 'other'], work)).toBe(2);
  expect(await once.get(['ac', 'ode'], work)).toBe(3);
  expect(once.saved()).toBe(4);
});

test('does work again for those who waited for one who was stopped', async () => {
  const once = createOnce<string>(10);
  const { promise, reject } = Promise.withResolvers<string>();
  const first = once.get(['x'], () => promise);
  const second = once.get(['x'], async () => 'mine');
  reject(new Error('stopped'));
  await expect(first).rejects.toThrow('stopped');
  expect(await second).toBe('mine');
});

test('forgets the answer longest unused', async () => {
  const once = createOnce<string>(2);
  const ask = (key: string) => once.get([key], async () => key);
  for (const key of ['a', 'b', 'a', 'c', 'a']) await ask(key);
  expect(once.saved()).toBe(2);
  await ask('b');
  expect(once.saved()).toBe(2);
});
