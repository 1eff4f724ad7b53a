import { createRandom } from '@taskspace/core';
import type { BfclTask } from './bfcl.ts';

/** Benchmark tasks to train on and to test on. */
export interface BfclSplit {
  readonly train: readonly BfclTask[];
  readonly test: readonly BfclTask[];
}

/**
 * Half and half, stratified by class set and number of requests. Tasks are put in order of stratum, in random order inside
 * one, and of each two neighbours one is drawn for training: strata of odd size are rounded together with their neighbours.
 *
 * @param seed - Names the split; the same for all variants, because it looks at numbers and strata of the base tasks only.
 */
export function splitBfcl(tasks: readonly BfclTask[], seed: number): BfclSplit {
  const random = createRandom(seed).fork('bfcl-split');
  const ordered = tasks
    .map((task) => ({ task, stratum: stratumOf(task), order: random.fork(task.number).next() }))
    .sort(
      (a, b) => compare(a.stratum, b.stratum) || a.order - b.order || a.task.number - b.task.number,
    )
    .map(({ task }) => task);
  const train = new Set<BfclTask>();
  const pairs = random.fork('pairs');
  for (let index = 0; index < ordered.length; index += 2) {
    const chosen = ordered[index + pairs.integer(2)] ?? ordered[index]!;
    train.add(chosen);
  }
  return {
    train: tasks.filter((task) => train.has(task)),
    test: tasks.filter((task) => !train.has(task)),
  };
}

/** What a task is stratified by. */
export function stratumOf({ classes, requests }: BfclTask): string {
  return `${[...classes].sort().join('+')} ${requests.length}`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
