import type { Json } from '@taskspace/core';
import type { CallOutcome } from '../tool.ts';

/** A call that was made, and what came of it. */
export interface RecordedCall {
  readonly name: string;
  /** Source text of a JSON object. */
  readonly arguments: string;
  readonly outcome: CallOutcome;
  /** The text the policy read; kept only where calls cannot be played again. */
  readonly result?: string;
}

/** What was done for one request. */
export interface RequestRecord {
  readonly calls: readonly RecordedCall[];
  /** Responses given to this request. */
  readonly responses: number;
  /** Calls that could be read, made or not. */
  readonly readable: number;
  /** Attempts that could not be read as a call. */
  readonly unreadable: number;
}

/** What the verifier gets of an episode, request by request. */
export interface EpisodeRecord {
  readonly requests: readonly RequestRecord[];
  /** How it ended; null while it goes on. */
  readonly ending: 'finished' | 'gave-up' | 'budget' | null;
}

/** The record an episode left as its result; an empty one when there is none. */
export function recordOf(result: Json | undefined): EpisodeRecord {
  const record = (result ?? {}) as Partial<EpisodeRecord>;
  return { requests: record.requests ?? [], ending: record.ending ?? null };
}
