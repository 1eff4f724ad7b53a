import { setTimeout as sleep } from 'node:timers/promises';
import { HubError } from './hub-error.ts';
import type { HubSettings } from './hub-settings.ts';

/** What a request is made for. */
export interface HubScope {
  /** `owner/name` */
  readonly model: string;
  readonly settings: HubSettings;
  readonly signal: AbortSignal;
  /** Pause before the second try, doubled before each further one. */
  readonly retryDelayMs: number;
}

/** How often something is tried that may work the next time. */
export const TRIES = 5;
/** Longer than this nobody waits without being told. */
const LONGEST_PAUSE_MS = 60_000;

/**
 * Asks the hub, again after a pause when it is busy or cannot be reached; the pause is the one it asks for, if it asks for one.
 *
 * @param path - Below the endpoint.
 * @param what - In words, for messages.
 * @throws {@link HubError} with what to do; the signal's reason when it fires.
 */
export async function hubRequest(
  path: string,
  what: string,
  scope: HubScope,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  const { settings, signal } = scope;
  const url = `${settings.endpoint}/${path}`;
  // Sizes are those of the bytes on the way. The token stays at the endpoint: a redirect elsewhere loses it.
  const sent: Record<string, string> = { 'accept-encoding': 'identity', ...headers };
  if (settings.token !== '') sent.authorization = `Bearer ${settings.token}`;
  for (let attempt = 1; ; attempt++) {
    const outcome = await fetch(url, { headers: sent, signal }).catch((error: unknown) => {
      signal.throwIfAborted();
      return error as Error;
    });
    if (outcome instanceof Response && outcome.ok) return outcome;
    const isTransient = outcome instanceof Error || outcome.status === 429 || outcome.status >= 500;
    const pauseMs = pauseAfter(outcome, attempt, scope);
    if (!isTransient || attempt === TRIES || pauseMs > LONGEST_PAUSE_MS) {
      throw refusal(outcome, url, what, pauseMs, scope);
    }
    if (outcome instanceof Response) await outcome.body?.cancel();
    await sleep(pauseMs, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}

/** Milliseconds: what the hub asks for in seconds or by a date, or ever longer. */
export function pauseAfter(
  outcome: Response | Error,
  attempt: number,
  { retryDelayMs }: Pick<HubScope, 'retryDelayMs'>,
): number {
  const usual = retryDelayMs * 2 ** (attempt - 1);
  const asked = outcome instanceof Response ? outcome.headers.get('retry-after') : null;
  if (asked === null) return usual;
  const ms = /^\d+$/u.test(asked) ? Number(asked) * 1000 : Date.parse(asked) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : usual;
}

/** The error for a file that could not be written. */
export function diskError(model: string, path: string, cause: unknown): HubError {
  const code = (cause as NodeJS.ErrnoException).code ?? String(cause);
  return new HubError(
    model,
    'disk',
    `expected to write ${path}, got ${code}. Free some space, or set HF_HOME to a folder on another disk; what has come is kept, and running again goes on from there.`,
    { cause },
  );
}

function refusal(
  outcome: Response | Error,
  url: string,
  what: string,
  pauseMs: number,
  { model }: HubScope,
): HubError {
  const by = `expected ${what} from ${url}, got`;
  if (outcome instanceof Error) {
    const { code } = (outcome.cause ?? {}) as { readonly code?: string };
    return new HubError(
      model,
      'unreachable',
      `${by} no connection (${code ?? outcome.message}). Check the network, set HF_ENDPOINT to a mirror, or give the path of a folder that holds the model.`,
      { cause: outcome },
    );
  }
  const { status, headers } = outcome;
  const came = `${by} HTTP ${status}`;
  const reason = headers.get('x-error-code');
  if (status === 404 || reason === 'RepoNotFound' || reason === 'RevisionNotFound') {
    return new HubError(
      model,
      'not-found',
      `${came}. Check name and revision; for a private model set HF_TOKEN. If a folder was meant, there is none at that path: write ./${model}.`,
    );
  }
  if (status === 401 || status === 403) {
    return new HubError(
      model,
      'forbidden',
      `${came}. The model needs an access token: accept its terms on its page of the hub and set HF_TOKEN to a token that may read it.`,
    );
  }
  if (status === 429 || status >= 500) {
    const wait = pauseMs > LONGEST_PAUSE_MS ? ` in ${Math.ceil(pauseMs / 1000)} s` : ' later';
    return new HubError(
      model,
      'busy',
      `${came}. Try again${wait}, or set HF_ENDPOINT to a mirror.`,
    );
  }
  return new HubError(model, 'unsupported', `${came}. Check HF_ENDPOINT: is it a hub?`);
}
