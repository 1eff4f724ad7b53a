import { expect, test } from 'vitest';
import type { Completion } from '../backend/backend.ts';
import { TokenRecord } from './token-record.ts';

const completion = (...tokens: number[]): Completion => ({
  tokens: Int32Array.from(tokens),
  logprobs: Float32Array.from(tokens, (token) => -token),
  stop: 'token',
});

test('only sampled tokens are in the loss mask and carry log-probabilities', () => {
  const record = new TokenRecord();
  record.begin(Int32Array.of(1, 2));
  record.sampled(completion(3, 4));
  const [sequence] = record.sequences();
  expect([...sequence!.tokens]).toEqual([1, 2, 3, 4]);
  expect([...sequence!.lossMask]).toEqual([0, 0, 1, 1]);
  expect([...sequence!.sampledLogprobs]).toEqual([0, 0, -3, -4]);
});

test('a prompt that continues the tokens stays in the sequence', () => {
  const record = new TokenRecord();
  record.begin(Int32Array.of(1));
  record.sampled(completion(2));
  record.extend(Int32Array.of(1, 2, 7, 8));
  record.sampled(completion(3));
  const sequences = record.sequences();
  expect(sequences).toHaveLength(1);
  expect([...sequences[0]!.tokens]).toEqual([1, 2, 7, 8, 3]);
  expect([...sequences[0]!.lossMask]).toEqual([0, 1, 0, 0, 1]);
});

test('a prompt that does not continue the tokens begins another sequence', () => {
  const record = new TokenRecord();
  record.begin(Int32Array.of(1));
  record.sampled(completion(2));
  record.begin(Int32Array.of(9, 9));
  record.sampled(completion(3));
  expect(record.sequences().map(({ tokens }) => [...tokens])).toEqual([
    [1, 2],
    [9, 9, 3],
  ]);
});
