import { TaskspaceError } from '@taskspace/core';
import type { SerializedError } from './protocol.ts';

/** The engine could not do what was asked: no such device, a failed graph, a thread that ended. */
export class EngineError extends TaskspaceError {
  static {
    EngineError.prototype.name = 'EngineError';
  }

  /** @param code - Default `TASKSPACE_ERR_ENGINE`; that of the error in the worker when it was one of ours. */
  constructor(message: string, options?: ErrorOptions, code = 'TASKSPACE_ERR_ENGINE') {
    super(code, message, options);
  }
}

/** What of an error can cross to another thread. */
export function serializeError(error: unknown): SerializedError {
  if (error instanceof Error) {
    return {
      code: error instanceof TaskspaceError ? error.code : null,
      message: error.message,
      stack: error.stack ?? '',
    };
  }
  return { code: null, message: String(error), stack: '' };
}

/** The error as the caller's thread throws it: always a {@link TaskspaceError}, the worker's stack in its cause. */
export function reviveError(
  { code, message, stack }: SerializedError,
  method: string,
): EngineError {
  const cause = new Error(message);
  cause.stack = stack;
  if (code !== null) return new EngineError(message, { cause }, code);
  return new EngineError(
    `engine, ${method}: expected it to succeed, got "${message}". The cause holds where it happened.`,
    { cause },
  );
}
