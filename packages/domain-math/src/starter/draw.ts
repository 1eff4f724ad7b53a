import type { RandomStream } from '@taskspace/core';
import type { Level } from './family.ts';

/** The entry of a table that has one for each of the five levels. */
export function atLevel<T>(level: Level, table: readonly [T, T, T, T, T]): T {
  return table[level - 1]!;
}

/** A uniform integer in `[low, high]`, both ends included. */
export function between(random: RandomStream, low: number, high: number): number {
  return low + random.integer(high - low + 1);
}

/** One element, each as likely as the others. */
export function pick<T>(random: RandomStream, items: readonly T[]): T {
  return items[random.integer(items.length)]!;
}

/** The elements in a random order; the argument stays as it is. */
export function shuffle<T>(random: RandomStream, items: readonly T[]): T[] {
  const shuffled = [...items];
  for (let last = shuffled.length - 1; last > 0; last--) {
    const other = random.integer(last + 1);
    [shuffled[last], shuffled[other]] = [shuffled[other]!, shuffled[last]!];
  }
  return shuffled;
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

/** `count` different elements in random order; there are at least that many. */
export function sample<T>(random: RandomStream, count: number, items: readonly T[]): T[] {
  return shuffle(random, items).slice(0, count);
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
