import { createRandom, type DomainParts, type Task, type TaskSource } from '@taskspace/core';
import type { EvaluationConfig } from './config.ts';

/** The tasks an evaluation asks, the same whatever the run's seed: the first of an endless source, a fixed choice from a finite one. */
export async function heldOutTasks(
  name: string,
  domain: DomainParts,
  { split, tasks: wanted }: Pick<EvaluationConfig, 'split' | 'tasks'>,
): Promise<Task[]> {
  const source = await domain.tasks(split);
  const tasks: Task[] = [];
  for (const index of heldOutIndices(name, source, wanted)) tasks.push(await source.at(index));
  return tasks;
}

function heldOutIndices(name: string, { size, split }: TaskSource, wanted: number): number[] {
  const count = Math.min(wanted, size);
  const first = Array.from({ length: count }, (_, index) => index);
  if (size === Number.POSITIVE_INFINITY || count === size) return first;
  const random = createRandom('held-out tasks').fork(name).fork(split);
  // Fisher–Yates that keeps only the places it has touched.
  const moved = new Map<number, number>();
  const chosen = first.map((place) => {
    const other = place + random.integer(size - place);
    const index = moved.get(other) ?? other;
    moved.set(other, moved.get(place) ?? place);
    return index;
  });
  return chosen.sort((a, b) => a - b);
}
