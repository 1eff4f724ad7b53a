import type { RandomStream } from './random.ts';

/** A uniform integer in `[low, high]`, both ends included. */
export function between(random: RandomStream, low: number, high: number): number {
  return low + random.integer(high - low + 1);
}

/** One element, each as likely as the others. */
export function pick<T>(random: RandomStream, items: readonly T[]): T {
  return items[random.integer(items.length)]!;
}

/** The elements in a random order (Fisher–Yates); the argument stays as it is. */
export function shuffle<T>(random: RandomStream, items: readonly T[]): T[] {
  const shuffled = [...items];
  for (let last = shuffled.length - 1; last > 0; last--) {
    const other = random.integer(last + 1);
    [shuffled[last], shuffled[other]] = [shuffled[other]!, shuffled[last]!];
  }
  return shuffled;
}

/** `count` different elements in random order; there are at least that many. */
export function sample<T>(random: RandomStream, count: number, items: readonly T[]): T[] {
  return shuffle(random, items).slice(0, count);
}
