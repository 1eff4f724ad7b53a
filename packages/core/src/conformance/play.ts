import {
  assertOpening,
  assertResult,
  assertTurnOutcome,
  assertVerdict,
} from '../assert-contract.ts';
import type { Services } from '../container.ts';
import type { DomainParts } from '../domain.ts';
import type { Episode, EpisodeContext } from '../environment.ts';
import { DomainError } from '../errors.ts';
import type { History, Turn } from '../history.ts';
import type { Message } from '../message.ts';
import { showValue } from '../show-value.ts';
import type { Task } from '../task.ts';
import type { Verdict } from '../verifier.ts';

/** How episodes are played by the conformance checks. */
export interface PlayOptions {
  readonly services: Services;
  readonly maxTurns: number;
  /** For one call into the domain. */
  readonly timeoutMs: number;
}

/** An episode played to its end, and what the verifier made of it. */
export interface Played {
  readonly history: History;
  readonly verdict: Verdict;
}

/**
 * Plays a task with given responses, the last of which is repeated until the episode ends, and judges it.
 *
 * @param responses - At least one.
 * @throws {@link DomainError} when the domain throws, hangs, or breaks the contract.
 */
export async function play(
  parts: DomainParts,
  task: Task,
  seed: number,
  responses: readonly string[],
  options: PlayOptions,
): Promise<Played> {
  const context = episodeContext(seed, options);
  const call = <T>(what: string, run: () => T | PromiseLike<T>) =>
    within(options.timeoutMs, task, what, run);
  const episode = await call('open', () => parts.environment.open(task, context));
  let history: History;
  try {
    const played = await playTurns(episode, task, responses, options);
    const result = await call('result', () => episode.result?.());
    if (result !== undefined) assertResult(result, { domain: task.domain, taskId: task.id });
    history = { task, seed, ...played, ...(result === undefined ? {} : { result }) };
  } finally {
    await call('dispose', () => episode[Symbol.asyncDispose]());
  }
  const verdict = await call('verify', () => parts.verifier.verify(history, context));
  assertVerdict(verdict, { domain: task.domain, taskId: task.id });
  return { history, verdict };
}

/** What an episode is opened with; `signal` never aborts unless one is given. */
export function episodeContext(
  seed: number,
  { services, maxTurns, timeoutMs }: PlayOptions,
  signal: AbortSignal = new AbortController().signal,
): EpisodeContext {
  return { seed, signal, services, limits: { maxTurns, timeoutMs } };
}

/**
 * A call into the domain with a time limit.
 *
 * @throws {@link DomainError} when it throws or does not settle in time.
 */
export async function within<T>(
  timeoutMs: number,
  task: Task,
  what: string,
  run: () => T | PromiseLike<T>,
): Promise<T> {
  const place = { domain: task.domain, taskId: task.id };
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const message = `${what}: expected an end within ${timeoutMs} ms, none came. Listen to context.signal and bound the work.`;
      reject(new DomainError(message, { ...place, code: 'TASKSPACE_ERR_DOMAIN_TIMEOUT' }));
    }, timeoutMs);
  });
  try {
    return await Promise.race([Promise.resolve().then(run), late]);
  } catch (cause) {
    if (cause instanceof DomainError) throw cause;
    const message = `${what}: expected no exception whatever the response, got ${showValue(cause, 300)}. Answer with a message or a low quality instead.`;
    throw new DomainError(message, { ...place, cause });
  } finally {
    clearTimeout(timer);
  }
}

async function playTurns(
  episode: Episode,
  task: Task,
  responses: readonly string[],
  { maxTurns, timeoutMs }: PlayOptions,
): Promise<Pick<History, 'turns' | 'ending' | 'closing'>> {
  const place = { domain: task.domain, taskId: task.id };
  assertOpening(episode.opening, place);
  const turns: Turn[] = [];
  let request: readonly Message[] = episode.opening;
  while (turns.length < maxTurns) {
    const response = responses[turns.length] ?? responses.at(-1) ?? '';
    const outcome = await within(timeoutMs, task, 'respond', () => episode.respond(response));
    assertTurnOutcome(outcome, place);
    const { messages, done, reward, feedback, truncated } = outcome;
    turns.push({
      request,
      response,
      iterate: 0,
      ...(reward === undefined ? {} : { reward }),
      ...(feedback === undefined ? {} : { feedback }),
    });
    request = messages;
    if (done)
      return { turns, ending: truncated === true ? 'truncated' : 'done', closing: messages };
  }
  return { turns, ending: 'turn-limit', closing: request };
}
