import { expect, test } from 'vitest';
import { EmbeddingCache } from './embedding-cache.ts';

const tokens = (...ids: number[]) => Int32Array.from(ids);
const row = (x: number) => Float32Array.of(x, -x);

test('gives copies of what was put there, and nothing for other texts', () => {
  const cache = new EmbeddingCache(2);
  const embedding = row(1);
  cache.set(tokens(1, 2), embedding);
  embedding.fill(9);
  cache.get(tokens(1, 2))!.fill(8);
  expect(cache.get(tokens(1, 2))).toEqual(row(1));
  expect(cache.get(tokens(12))).toBeUndefined();
  cache.clear();
  expect(cache.get(tokens(1, 2))).toBeUndefined();
});

test('forgets what has not been wanted for longest', () => {
  const cache = new EmbeddingCache(2, 6);
  for (const id of [1, 2, 3]) cache.set(tokens(id), row(id));
  cache.get(tokens(1));
  cache.set(tokens(4), row(4));
  expect([1, 2, 3, 4].filter((id) => cache.get(tokens(id)))).toEqual([1, 3, 4]);
});
