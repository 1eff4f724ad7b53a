import { setTimeout as delay } from 'node:timers/promises';
import { createRandom, TaskspaceError } from '@taskspace/core';
import type { EndpointConfig, SamplingConfig } from '../run/config.ts';
import type { ChatOutcome, ChatPolicy, ChatRequest } from '../scaffold/chat-policy.ts';
import { settleAll } from '../scaffold/settle-all.ts';
import { type Endpoint, protocolMessages, requestCompletion } from './chat-completion.ts';
import { RETRY_WAITS, type RetryOptions, waitBeforeRetry } from './retry.ts';

/** What a test may stand in for. */
export interface EndpointTools {
  readonly wait?: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly waits?: Omit<RetryOptions, 'retries'>;
}

/**
 * A policy served elsewhere. Requests that time out, are turned away for now or come back as garbage are sent again; what
 * still fails then is a typed failure of that response. When the server asks to wait, all requests do.
 *
 * @param samplingOf - By domain.
 * @param key - Sent as bearer token; undefined when the server needs none.
 */
export function createEndpointPolicy(
  config: EndpointConfig,
  samplingOf: (domain: string) => SamplingConfig,
  key: string | undefined,
  { wait = pause, waits = RETRY_WAITS }: EndpointTools = {},
): ChatPolicy {
  const { timeoutMs, retries, concurrency } = config;
  const endpoint: Endpoint = {
    url: `${config.url.replace(/\/+$/u, '')}/chat/completions`,
    key,
    timeoutMs,
  };
  const limit = createLimit(concurrency);
  const options: RetryOptions = { retries, ...waits };
  let closedUntilMs = 0;

  const respondOnce = async (
    body: object,
    seed: number,
    signal: AbortSignal,
  ): Promise<ChatOutcome> => {
    const random = createRandom(seed).fork('wait');
    for (let tries = 1; ; tries++) {
      const outcome = await limit(async () => {
        const closedMs = closedUntilMs - Date.now();
        if (closedMs > 0) await wait(closedMs, signal);
        return requestCompletion(endpoint, body, signal);
      });
      if (outcome.status === 'answered') return outcome;
      const { kind, message, again, askedMs, fatal } = outcome;
      if (fatal) throw refusedAltogether(config, key, message);
      const waitMs = again ? waitBeforeRetry(tries, askedMs, options, random.next()) : null;
      if (waitMs === null) {
        const after = tries === 1 ? '' : ` That was try ${tries}.`;
        return { status: 'failed', kind, message: `${endpoint.url}: ${message}${after}` };
      }
      if (askedMs > 0) closedUntilMs = Math.max(closedUntilMs, Date.now() + askedMs);
      await wait(waitMs, signal);
    }
  };

  return {
    respond: (request, signal) =>
      settleAll(Array.from({ length: request.samples }).keys(), (sample) => {
        const seed = sample === 0 ? request.seed : createRandom(request.seed).fork(sample).uint32();
        return respondOnce(
          requestBody(config, samplingOf(request.domain), request, seed),
          seed,
          signal,
        );
      }),
  };
}

function requestBody(
  { model, body }: EndpointConfig,
  { maxTokens, temperature, topP, stop }: SamplingConfig,
  { messages, greedy }: ChatRequest,
  seed: number,
): object {
  const fields = {
    model,
    messages: protocolMessages(messages),
    max_tokens: maxTokens,
    temperature: greedy ? 0 : temperature,
    top_p: topP,
    // Some servers hold seeds in 31 bits.
    seed: seed & 0x7fffffff,
    ...(stop.length > 0 && { stop }),
    ...body,
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));
}

function refusedAltogether(
  { url, keyVariable }: EndpointConfig,
  key: string | undefined,
  message: string,
): TaskspaceError {
  const known =
    key === undefined ? `${keyVariable} is not set` : `the key is that of ${keyVariable}`;
  return new TaskspaceError(
    'TASKSPACE_ERR_ENDPOINT',
    `${url}: ${message} Every request would end so: correct the address, the model's name or the key (${known}). What was answered is kept.`,
  );
}

/** At most so many at once, first come first served. */
function createLimit(most: number): <Result>(work: () => Promise<Result>) => Promise<Result> {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (running >= most) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      // Whoever comes next takes the place over.
      if (next) next();
      else running -= 1;
    }
  };
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await delay(ms, undefined, { signal });
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}
