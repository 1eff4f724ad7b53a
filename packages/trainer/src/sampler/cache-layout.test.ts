import { expect, test } from 'vitest';
import { cacheColumns, lanesPerSlot, prefillLength, prefillRows } from './cache-layout.ts';

test('pads caches to whole vectors, by less than half beyond 64', () => {
  for (let length = 1; length <= 5000; length++) {
    const columns = cacheColumns(length);
    expect(columns).toBeGreaterThanOrEqual(length);
    expect(columns % 16).toBe(0);
    if (length > 64) expect(columns).toBeLessThan(Math.max(2 * length, 129));
    if (length > 128) expect(columns).toBeLessThanOrEqual(1.5 * length);
  }
});

test('pads prompts by at most a quarter, and never beyond their cache', () => {
  for (let length = 1; length <= 5000; length++) {
    const padded = prefillLength(length);
    expect(padded).toBeGreaterThanOrEqual(length);
    expect(padded).toBeLessThanOrEqual(cacheColumns(length));
    if (length >= 64) expect(padded).toBeLessThanOrEqual(1.25 * length);
  }
});

test('prefills long prompts alone and short ones together', () => {
  expect(prefillRows(prefillLength(1500))).toBe(1);
  expect(prefillRows(prefillLength(20))).toBeGreaterThan(1);
});

test('shares a slot among more completions the longer the prompt', () => {
  expect(lanesPerSlot(8, 32)).toBe(1);
  expect(lanesPerSlot(8, 64)).toBe(2);
  expect(lanesPerSlot(8, 2048)).toBe(8);
  expect(lanesPerSlot(1, 2048)).toBe(1);
});
