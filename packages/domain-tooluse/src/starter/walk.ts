import type { Json, RandomStream } from '@taskspace/core';

/** JSON object of a state or a result. */
export type Data = { readonly [key: string]: Json };

/** A world while a task is being made: what a step draws from, looks at and does. */
export interface Walk {
  readonly random: RandomStream;
  /** Public state of a class. */
  state(worldClass: string): Data;
  /** The parts of a class's state that no checker compares. */
  hidden(worldClass: string): Data;
  /**
   * Makes a call that the task's solution will make too.
   *
   * @returns The result as JSON, or its text when it is not JSON.
   * @throws {@link StepFailed} when the call fails: the step is given up.
   */
  call(name: string, args?: Data): Json;
}

/** A step that cannot be taken in the state the world is in. */
export class StepFailed extends Error {}

/** One request: makes its calls, and gives its words; null when the state offers nothing to ask for. */
export type Step = (walk: Walk) => string | null;

/** A world class to make tasks of. */
export interface Scene {
  readonly class: string;
  /** A starting configuration. */
  config(random: RandomStream): Data;
  readonly steps: readonly Step[];
}

/** A member of an object. */
export function member(value: Json, key: string): Json {
  const object = value as Data;
  if (typeof value !== 'object' || value === null || !Object.hasOwn(object, key)) {
    throw new StepFailed(key);
  }
  return object[key]!;
}

/** Keys and values of a dict, whose keys may be numbers. */
export function entriesOf(value: Json): readonly (readonly [Json, Json])[] {
  const dict = (value as { $dict?: readonly (readonly [Json, Json])[] } | null)?.$dict;
  return dict ?? Object.entries(value as Data);
}
