import type { ToolPayload } from '../payload.ts';
import type { CallResult, ToolCall } from '../tool.ts';

/** One run of a tool source for one episode: sees no other session, and is seen by none. */
export interface ToolSession {
  /** Makes one call. What the tool reports as an error comes back as a result. */
  call(call: ToolCall, signal: AbortSignal): CallResult | Promise<CallResult>;
  /**
   * Source text of the JSON of everything a call may have changed. Left out when the state cannot be read; then calls alone
   * decide.
   */
  state?(): string;
  close?(): Promise<void>;
}

/** Opens sessions for tasks. */
export interface SessionSource {
  open(payload: ToolPayload, signal: AbortSignal): ToolSession | Promise<ToolSession>;
  /**
   * True when the same calls in a new session always give the same results and state, at no cost: the verifier then plays
   * calls again instead of believing a record.
   */
  readonly replayable: boolean;
}
