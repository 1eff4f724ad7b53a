import { ConfigError, TaskspaceError } from '@taskspace/core';

/** Exit codes of the `taskspace` command: 0 done, 1 failed, 2 wrong usage or configuration, 130 stopped by Ctrl-C. */
export const EXIT = { ok: 0, failed: 1, usage: 2, interrupted: 130 } as const;

/** The exit code that tells a script what kind of failure this was. */
export function exitCodeOf(error: unknown): number {
  return error instanceof ConfigError ? EXIT.usage : EXIT.failed;
}

/** What a person reads: the message of an expected error, the stack of an unexpected one. */
export function describeError(error: unknown): string {
  if (error instanceof TaskspaceError) return error.message;
  if (error instanceof Error) return error.stack ?? error.message;
  return String(error);
}

/**
 * A signal that Ctrl-C aborts. The first press lets the iteration under way stop cleanly; the second ends the process.
 */
export function interruptSignal(onInterrupt: () => void): AbortSignal {
  const controller = new AbortController();
  process.on('SIGINT', () => {
    if (controller.signal.aborted) process.exit(EXIT.interrupted);
    controller.abort();
    onInterrupt();
  });
  return controller.signal;
}
