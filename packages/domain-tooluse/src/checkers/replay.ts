import { makeCall } from '../episode/make-call.ts';
import type { RecordedCall } from '../episode/record.ts';
import type { ToolSession } from '../episode/session.ts';
import type { CallResult, ToolCall } from '../tool.ts';
import { type StateLeaves, stateLeaves } from './state-text.ts';

/** A call with what it gave. */
export interface PlayedCall extends ToolCall, CallResult {}

/** Calls of each request with their results, and the states between them. */
export interface Played {
  readonly requests: readonly {
    readonly calls: readonly PlayedCall[];
    /** After the request's last call; null where the state cannot be read. */
    readonly state: StateLeaves | null;
  }[];
  /** Before the first call. */
  readonly start: StateLeaves | null;
}

/** What was run once is run again, whatever its size. */
const UNBOUNDED = { maxArgumentChars: Infinity, maxResultChars: Infinity };

/** Plays the calls of each request in a new session. */
export async function replay(
  session: ToolSession,
  requests: readonly (readonly ToolCall[])[],
  signal: AbortSignal,
): Promise<Played> {
  try {
    const start = readState(session);
    const played: Played['requests'][number][] = [];
    for (const calls of requests) {
      const results: PlayedCall[] = [];
      for (const { name, arguments: given } of calls) {
        const call = { name, arguments: given };
        results.push({ ...call, ...(await makeCall(session, call, UNBOUNDED, signal)) });
      }
      played.push({
        calls: results,
        state: calls.length > 0 ? readState(session) : (played.at(-1)?.state ?? start),
      });
    }
    return { requests: played, start };
  } finally {
    await session.close?.();
  }
}

/** What was recorded where calls cannot be played again. */
export function fromRecord(requests: readonly (readonly RecordedCall[])[]): Played {
  return {
    requests: requests.map((calls) => ({
      calls: calls.map((call) => ({ ...call, result: call.result ?? '' })),
      state: null,
    })),
    start: null,
  };
}

function readState(session: ToolSession): StateLeaves | null {
  return session.state === undefined ? null : stateLeaves(session.state());
}
