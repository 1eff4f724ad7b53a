import { makeCall } from '../episode/make-call.ts';
import type { RecordedCall } from '../episode/record.ts';
import type { ToolSession } from '../episode/session.ts';
import type { CallResult, ToolCall } from '../tool.ts';

/** A call with what it gave. */
export interface PlayedCall extends ToolCall, CallResult {}

/** Calls of each request with their results, and the states between them. */
export interface Played {
  readonly requests: readonly {
    readonly calls: readonly PlayedCall[];
    /** After the request's last call; null where it was not or cannot be read. */
    readonly state: string | null;
  }[];
  /** State before the first call. */
  readonly start: string | null;
  /** State after the last call. */
  readonly end: string | null;
}

/** What was run once is run again, whatever its size. */
const UNBOUNDED = { maxArgumentChars: Infinity, maxResultChars: Infinity };

/**
 * Plays the calls of each request in a new session.
 *
 * @param states - Whether the state is read after each request, or at the start and the end alone.
 */
export async function replay(
  session: ToolSession,
  requests: readonly (readonly ToolCall[])[],
  signal: AbortSignal,
  states: 'each' | 'ends' = 'ends',
): Promise<Played> {
  try {
    const read = () => session.state?.() ?? null;
    const start = read();
    const played: Played['requests'][number][] = [];
    for (const calls of requests) {
      const results: PlayedCall[] = [];
      for (const { name, arguments: given } of calls) {
        const call = { name, arguments: given };
        results.push({ ...call, ...(await makeCall(session, call, UNBOUNDED, signal)) });
      }
      played.push({ calls: results, state: states === 'each' ? read() : null });
    }
    return { requests: played, start, end: read() };
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
    end: null,
  };
}
