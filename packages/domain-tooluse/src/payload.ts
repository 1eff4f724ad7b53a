import type { Json, Task } from '@taskspace/core';
import type { ToolCall } from './tool.ts';

/** A call of the task's own solution. */
export interface GoldCall extends ToolCall {
  /** How many leading arguments the source gave by position; only the strict checker minds. */
  readonly positional?: number;
}

/** One user request and what its solution calls. */
export interface RequestSpec {
  readonly text: string;
  readonly gold: readonly GoldCall[];
  /** Tools that are withheld until this request. */
  readonly unlocks?: readonly string[];
}

/** The world a task starts in. */
export interface WorldSpec {
  readonly profile: 'v3' | 'v4';
  readonly classes: readonly string[];
  /** Source text of a JSON object, class by class, so that `1` and `1.0` stay different. */
  readonly config: string;
  readonly longContext: boolean;
}

/** What a tool-use task holds besides its instruction. */
export interface ToolPayload {
  readonly world: WorldSpec;
  /** At least one. */
  readonly requests: readonly RequestSpec[];
  /** Most responses in one episode. */
  readonly budget: number;
  /** Tools offered, by name; left out, all of the world's classes. */
  readonly tools?: readonly string[];
}

/** The payload of a task this domain made. */
export function payloadOf(task: Pick<Task, 'payload'>): ToolPayload {
  return task.payload as unknown as ToolPayload;
}

/** A task of this domain. */
export function toolTask(
  payload: ToolPayload,
  { measures = {}, ...rest }: Omit<Task, 'domain' | 'payload' | 'instruction'>,
): Task {
  const calls = payload.requests.reduce((sum, { gold }) => sum + gold.length, 0);
  return {
    ...rest,
    domain: 'tooluse',
    instruction: payload.requests[0]!.text,
    payload: payload as unknown as Json,
    measures: { goldCalls: calls, requests: payload.requests.length, ...measures },
  };
}
