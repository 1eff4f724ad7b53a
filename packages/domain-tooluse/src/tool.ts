import type { Json } from '@taskspace/core';

/** A tool as the policy sees it. */
export interface ToolDefinition {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of the arguments, an object. */
  readonly parameters: { readonly [key: string]: Json };
}

/** What a call led to: `error_value` is an error the tool returned, `exception` one it raised. */
export type CallOutcome = 'ok' | 'error_value' | 'exception';

/** What the policy is told of a call. */
export interface CallResult {
  /** The exact text the policy reads. */
  readonly result: string;
  readonly outcome: CallOutcome;
}

/** One tool call. */
export interface ToolCall {
  readonly name: string;
  /** Source text of a JSON object, so that `1` and `1.0` stay different. */
  readonly arguments: string;
}
