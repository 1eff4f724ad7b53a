/** How often and how long to wait before something is tried again. */
export interface RetryOptions {
  /** Tries besides the first. */
  readonly retries: number;
  /** Longest wait after the first try; doubles with each further one, up to `longestMs`. */
  readonly baseMs: number;
  readonly longestMs: number;
  /** Longest wait a server may ask for; a longer one is not waited. */
  readonly longestAskedMs: number;
}

/** Waits as a served policy deserves: seconds, then more, never minutes for nothing. */
export const RETRY_WAITS = {
  baseMs: 1_000,
  longestMs: 30_000,
  longestAskedMs: 120_000,
} as const satisfies Omit<RetryOptions, 'retries'>;

/**
 * How long to wait before the next try, or null when there is none: exponential back-off, drawn from its upper half so that
 * clients that failed together do not come back together, and never less than the server asked for.
 *
 * @param tries - How many there were, at least one.
 * @param askedMs - What the server asked for; 0 when it asked for nothing.
 * @param draw - Uniform in [0, 1).
 */
export function waitBeforeRetry(
  tries: number,
  askedMs: number,
  { retries, baseMs, longestMs, longestAskedMs }: RetryOptions,
  draw: number,
): number | null {
  if (tries > retries || askedMs > longestAskedMs) return null;
  const longest = Math.min(longestMs, baseMs * 2 ** (tries - 1));
  return Math.max(askedMs, (longest * (1 + draw)) / 2);
}

/**
 * Reads a Retry-After header: seconds, or a date.
 *
 * @returns Milliseconds, `>= 0`; 0 when there is none that can be read.
 */
export function retryAfterMs(header: string | null, nowMs: number): number {
  if (header === null) return 0;
  const seconds = Number(header);
  if (header.trim() !== '' && Number.isFinite(seconds)) return Math.max(0, seconds * 1000);
  const date = Date.parse(header);
  return Number.isNaN(date) ? 0 : Math.max(0, date - nowMs);
}
