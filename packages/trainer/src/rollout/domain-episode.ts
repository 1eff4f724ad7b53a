/**
 * An episode as everything that plays one uses it: each call into the domain is bounded in time, checked, and fails as a
 * {@link RolloutError} that names the task.
 */
import {
  assertOpening,
  assertResult,
  assertTurnOutcome,
  assertVerdict,
  DomainError,
  type DomainParts,
  type DomainPlace,
  type Episode,
  type EpisodeContext,
  type EpisodeLimits,
  type History,
  type HistoryEnding,
  type Message,
  type PartialHistory,
  type RestoredEpisode,
  restoreEpisode,
  rewriteRequest,
  type Services,
  showValue,
  type Task,
  type Turn,
  type TurnOutcome,
  type Verdict,
} from '@taskspace/core';
import { callDomain, type DomainCall } from './domain-call.ts';

/** What domains are called with. */
export interface DomainScope {
  /** By name; holds the domain of every task played. */
  readonly domains: ReadonlyMap<string, DomainParts>;
  readonly services: Services;
  readonly options: EpisodeLimits;
  /** By domain, in place of `options`. */
  readonly ownOptions?: ReadonlyMap<string, EpisodeLimits>;
  /** Told of what deserves a person's attention and costs nothing else. */
  readonly onNotice: (message: string) => void;
}

/** The same scope with the options of one domain. */
export function scopeOf<
  Options,
  ScopeOf extends { readonly options: Options; readonly ownOptions?: ReadonlyMap<string, Options> },
>(scope: ScopeOf, domain: string): ScopeOf {
  return { ...scope, options: scope.ownOptions?.get(domain) ?? scope.options };
}

/** An episode that waits for a response. */
export interface DomainEpisode {
  readonly task: Task;
  readonly seed: number;
  readonly domain: DomainParts;
  readonly episode: Episode;
  readonly context: EpisodeContext;
  /** Stops the domain's work on this episode. */
  readonly controller: AbortController;
  /** Turns before the one to be played first; none unless it starts later. */
  readonly turns: readonly Turn[];
  /** What the environment asks of the first response; a rewrite is asked for in other words, which are not recorded. */
  readonly request: readonly Message[];
}

/** Most time a domain gets to tidy up after an episode. */
const DISPOSE_TIMEOUT_MS = 5_000;

/**
 * Opens an episode of a task.
 *
 * @param start - Where it begins: at the last of these turns, the others are replayed. Null: at the beginning.
 * @param seed - The episode's, unless the start has one.
 */
export async function openDomainEpisode(
  task: Task,
  start: Pick<PartialHistory, 'seed' | 'turns'> | null,
  seed: number,
  scope: DomainScope,
  signal: AbortSignal,
): Promise<DomainEpisode> {
  const { options, services } = scope;
  const domain = scope.domains.get(task.domain)!;
  const controller = new AbortController();
  const context: EpisodeContext = {
    seed: start?.seed ?? seed,
    signal: controller.signal,
    limits: { maxTurns: options.maxTurns, timeoutMs: options.timeoutMs },
    services,
  };
  const pending = open(task, start, domain, context);
  try {
    const opened = await callDomain({
      task,
      name: 'environment.open',
      kind: 'environment',
      timeoutMs: options.timeoutMs,
      signal,
      onTimeout: (reason) => controller.abort(reason),
      work: () => pending,
    });
    return { task, seed: context.seed, domain, context, controller, ...opened };
  } catch (error) {
    controller.abort(error);
    // Also an episode that opens after its time was over.
    void pending.then(
      ({ episode }) => closeDomainEpisode({ task, episode }, scope),
      () => undefined,
    );
    throw error;
  }
}

/** What the policy is asked in place of the request when it is to rewrite a turn's response; the texts are the domain's. */
export function askForRewrite(
  open: DomainEpisode,
  turn: Turn,
  mode: 'improve' | 'diverge',
  scope: DomainScope,
  signal: AbortSignal,
): Promise<readonly Message[]> {
  const { task, domain } = open;
  return callDomain({
    ...callOptions(open, scope, signal),
    name: `iteration.${mode}`,
    kind: 'environment',
    work: () => {
      const messages = rewriteRequest(task, turn, mode, domain.iteration);
      const content: unknown = messages.at(-1)?.content;
      if (typeof content === 'string') return messages;
      throw new DomainError(
        `expected a rewrite prompt as text, got ${showValue(content)}. Correct the domain's iteration prompts.`,
        placeOf(open),
      );
    },
  });
}

/** Plays one turn. */
export function respondTo(
  open: DomainEpisode,
  response: string,
  scope: DomainScope,
  signal: AbortSignal,
): Promise<TurnOutcome> {
  return callDomain({
    ...callOptions(open, scope, signal),
    name: 'episode.respond',
    kind: 'environment',
    work: async () => {
      const outcome = await open.episode.respond(response);
      assertTurnOutcome(outcome, placeOf(open));
      return outcome;
    },
  });
}

/** The history of an episode that is over. */
export async function historyOf(
  open: DomainEpisode,
  turns: readonly Turn[],
  ending: HistoryEnding,
  closing: readonly Message[],
  scope: DomainScope,
  signal: AbortSignal,
): Promise<History> {
  const played = { task: open.task, seed: open.seed, turns, ending, closing };
  if (!open.episode.result) return played;
  const result = await callDomain({
    ...callOptions(open, scope, signal),
    name: 'episode.result',
    kind: 'environment',
    work: async () => {
      const result = await open.episode.result?.();
      assertResult(result, placeOf(open));
      return result;
    },
  });
  return result === undefined ? played : { ...played, result };
}

/** The verifier's judgement of an episode's history. */
export function judge(
  open: DomainEpisode,
  history: History,
  scope: DomainScope,
  signal: AbortSignal,
): Promise<Verdict> {
  return callDomain({
    ...callOptions(open, scope, signal),
    name: 'verifier.verify',
    kind: 'verifier',
    work: async () => {
      const given = await open.domain.verifier.verify(history, open.context);
      assertVerdict(given, placeOf(open));
      return given;
    },
  });
}

/** Lets the domain tidy up. Never throws: what was played and judged is kept even when the domain cannot tidy up after it. */
export async function closeDomainEpisode(
  { task, episode }: Pick<DomainEpisode, 'task' | 'episode'>,
  scope: DomainScope,
): Promise<void> {
  try {
    await callDomain({
      task,
      name: 'episode[Symbol.asyncDispose]',
      kind: 'environment',
      timeoutMs: Math.min(DISPOSE_TIMEOUT_MS, scope.options.timeoutMs),
      signal: new AbortController().signal,
      onTimeout: () => undefined,
      work: () => episode[Symbol.asyncDispose](),
    });
  } catch (error) {
    scope.onNotice((error as Error).message);
  }
}

/**
 * How a response ended its episode, or null when it goes on. A response cut at its length ends it: the policy did not finish
 * its turn.
 *
 * @param turns - Turns played, this one included.
 */
export function endingOf(
  { done, truncated }: TurnOutcome,
  cut: boolean,
  turns: number,
  maxTurns: number,
): HistoryEnding | null {
  if (done) return truncated ? 'truncated' : 'done';
  if (cut) return 'length-limit';
  return turns >= maxTurns ? 'turn-limit' : null;
}

/** A turn as it is recorded. */
export function turnOf(
  request: readonly Message[],
  response: string,
  iterate: number,
  { reward, feedback, failed }: TurnOutcome,
): Turn {
  return {
    request,
    response,
    iterate,
    ...(reward !== undefined && { reward }),
    ...(feedback !== undefined && { feedback }),
    ...(failed !== undefined && { failed }),
  };
}

async function open(
  task: Task,
  start: Pick<PartialHistory, 'seed' | 'turns'> | null,
  { environment }: DomainParts,
  context: EpisodeContext,
): Promise<RestoredEpisode> {
  if (start) return restoreEpisode(environment, task, start, context);
  const episode = await environment.open(task, context);
  assertOpening(episode?.opening, { domain: task.domain, taskId: task.id });
  return { episode, turns: [], request: episode.opening };
}

function callOptions(
  { task, controller }: DomainEpisode,
  { options }: DomainScope,
  signal: AbortSignal,
): Pick<DomainCall<never>, 'task' | 'timeoutMs' | 'signal' | 'onTimeout'> {
  const onTimeout = (reason: Error): void => controller.abort(reason);
  return { task, timeoutMs: options.timeoutMs, signal, onTimeout };
}

function placeOf({ task }: DomainEpisode): DomainPlace {
  return { domain: task.domain, taskId: task.id };
}
