/** One request by the chat-completions protocol, and what its outcome means. */
import { type Message, showValue } from '@taskspace/core';
import type { ChatOutcome, PolicyFailureKind } from '../scaffold/chat-policy.ts';
import { retryAfterMs } from './retry.ts';

/** A request that did not end in a response. */
export interface RequestFailure {
  readonly status: 'failed';
  readonly kind: PolicyFailureKind;
  readonly message: string;
  /** Whether another try may end better. */
  readonly again: boolean;
  /** What the server asked to wait; 0 when nothing. */
  readonly askedMs: number;
  /** The server does not let us in, or knows no such place: no request will do better. */
  readonly fatal: boolean;
}

/** Where requests go. */
export interface Endpoint {
  /** `<base>/chat/completions` */
  readonly url: string;
  readonly key: string | undefined;
  readonly timeoutMs: number;
}

/** Most bytes of an answer that are read: a server that never stops must not fill the memory. */
const MOST_BYTES = 16 * 1024 * 1024;

/** Messages as the protocol takes them: what a tool says needs a call to refer to there, so it is said by the user. */
export function protocolMessages(messages: readonly Message[]): Message[] {
  return messages.map(({ role, content }) => ({
    role: role === 'tool' ? 'user' : role,
    content,
  }));
}

/**
 * Sends one request.
 *
 * @throws The signal's reason when it fires; anything else is an outcome.
 */
export async function requestCompletion(
  { url, key, timeoutMs }: Endpoint,
  body: object,
  signal: AbortSignal,
): Promise<Extract<ChatOutcome, { status: 'answered' }> | RequestFailure> {
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json',
        ...(key !== undefined && { authorization: `Bearer ${key}` }),
      },
      body: JSON.stringify(body),
      signal: AbortSignal.any([signal, timeout]),
    });
    const text = await readText(response);
    if (text === null)
      return failed('endpoint-garbage', `an answer of more than ${MOST_BYTES} bytes`);
    return response.ok ? readCompletion(text) : refused(response, text);
  } catch (error) {
    signal.throwIfAborted();
    if (timeout.aborted) return failed('endpoint-timeout', `no answer within ${timeoutMs} ms`);
    const { cause } = error as { cause?: { code?: unknown } };
    const code = typeof cause?.code === 'string' ? ` (${cause.code})` : '';
    return failed('endpoint-unavailable', `a broken connection${code}`);
  }
}

function readCompletion(
  text: string,
): ReturnType<typeof failed> | Extract<ChatOutcome, { status: 'answered' }> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return failed('endpoint-garbage', `what is not JSON: ${showValue(text)}`);
  }
  const { choices } = (value ?? {}) as { choices?: unknown };
  const choice = Array.isArray(choices) ? (choices[0] as unknown) : undefined;
  const { message, finish_reason } = (choice ?? {}) as {
    message?: { content?: unknown } | null;
    finish_reason?: unknown;
  };
  const content = message?.content;
  if (typeof content !== 'string') {
    return failed('endpoint-garbage', `no choices[0].message.content: ${showValue(value, 200)}`);
  }
  return { status: 'answered', text: content, cut: finish_reason === 'length' };
}

function refused({ status, headers }: Response, text: string): RequestFailure {
  const said = `status ${status}: ${showValue(text.trim(), 200)}`;
  const askedMs = retryAfterMs(headers.get('retry-after'), Date.now());
  if (status === 429) return { ...failed('endpoint-limit', said), askedMs };
  if (status === 408) return { ...failed('endpoint-timeout', said), askedMs };
  if (status >= 500 || status === 409 || status === 425) {
    return { ...failed('endpoint-unavailable', said), askedMs };
  }
  const fatal = [401, 403, 404, 405].includes(status);
  return { ...failed('endpoint-refusal', said), again: false, fatal };
}

function failed(kind: PolicyFailureKind, got: string): RequestFailure {
  const message = `expected a completion, got ${got}.`;
  return { status: 'failed', kind, message, again: true, askedMs: 0, fatal: false };
}

async function readText(response: Response): Promise<string | null> {
  if (!response.body) return '';
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body) {
    bytes += chunk.length;
    // Leaving the loop closes the connection.
    if (bytes > MOST_BYTES) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
