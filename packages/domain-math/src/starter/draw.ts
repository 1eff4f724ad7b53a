import { between, type RandomStream } from '@taskspace/core';
import type { Level } from './family.ts';

/** The entry of a table that has one for each of the five levels. */
export function atLevel<T>(level: Level, table: readonly [T, T, T, T, T]): T {
  return table[level - 1]!;
}

/** `count` different integers of `[low, high]` in rising order. */
export function distinct(
  random: RandomStream,
  count: number,
  low: number,
  high: number,
): readonly number[] {
  const chosen = new Set<number>();
  while (chosen.size < count) chosen.add(between(random, low, high));
  return [...chosen].sort((a, b) => a - b);
}

/**
 * Draws until a candidate is accepted.
 *
 * @throws {Error} after 10,000 refusals: the ranges of the caller leave nothing to accept, which is a mistake in it.
 */
export function drawUntil<T>(draw: () => T, accept: (candidate: T) => boolean): T {
  for (let attempt = 0; attempt < 10_000; attempt++) {
    const candidate = draw();
    if (accept(candidate)) return candidate;
  }
  throw new Error('drawUntil: expected a candidate that is accepted, none in 10000 draws.');
}
