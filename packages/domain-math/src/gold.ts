import type { Json, Task } from '@taskspace/core';
import type { Check } from './check.ts';

/** What decides whether a response is right: an expected answer (several are alternatives), or a check. */
export type Gold = { readonly answer: string | readonly string[] } | { readonly check: Check };

/** Makes a task of this domain; its payload is the gold. */
export function mathTask(gold: Gold, task: Omit<Task, 'domain' | 'payload'>): Task {
  return { ...task, domain: 'math', payload: gold satisfies Json };
}

/** The gold of a task that {@link mathTask} made. */
export function goldOf(task: Task): Gold {
  return task.payload as unknown as Gold;
}
