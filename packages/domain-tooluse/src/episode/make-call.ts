import { claimedFailure } from '@taskspace/core';
import type { CallResult, ToolCall } from '../tool.ts';
import type { ToolSession } from './session.ts';

/** Bounds on what a call may carry, in UTF-16 units. */
export interface CallLimits {
  readonly maxArgumentChars: number;
  readonly maxResultChars: number;
}

/**
 * One call: a tool's exceptions and values that are too large become error texts.
 *
 * @returns `run`: whether the session was asked at all.
 * @throws What says of itself that the tool server failed, which is no answer to the policy.
 */
export async function makeCall(
  session: ToolSession,
  call: ToolCall,
  { maxArgumentChars, maxResultChars }: CallLimits,
  signal: AbortSignal,
): Promise<CallResult & { readonly run: boolean }> {
  const size = call.arguments.length + call.name.length;
  if (size > maxArgumentChars) {
    return {
      result: `Error during execution: the arguments have ${size} characters, at most ${maxArgumentChars} are taken`,
      outcome: 'exception',
      run: false,
    };
  }
  try {
    const { result, outcome } = await session.call(call, signal);
    if (result.length <= maxResultChars) return { result, outcome, run: true };
    return {
      result: `Error during execution: the result has ${result.length} characters, at most ${maxResultChars} are shown`,
      outcome: 'exception',
      run: true,
    };
  } catch (error) {
    // An abort is the caller's wish, not a fault of the call.
    signal.throwIfAborted();
    if (claimedFailure(error) !== null) throw error;
    const message = error instanceof Error ? error.message : String(error);
    return { result: `Error during execution: ${message}`, outcome: 'exception', run: true };
  }
}
