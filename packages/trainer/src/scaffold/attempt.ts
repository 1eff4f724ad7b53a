import {
  conversation,
  type History,
  type HistoryEnding,
  type Message,
  type RewriteGoal,
  rewriteGoal,
  type Task,
  type Turn,
  type Verdict,
} from '@taskspace/core';
import { RolloutError } from '../rollout/domain-call.ts';
import {
  askForRewrite,
  closeDomainEpisode,
  type DomainEpisode,
  type DomainScope,
  endingOf,
  historyOf,
  judge,
  openDomainEpisode,
  respondTo,
  turnOf,
} from '../rollout/domain-episode.ts';
import type { AnswerFailure, ChatOutcome, ChatPolicy } from './chat-policy.ts';

/** One response of a search, and what came of it. */
export interface SearchNode {
  readonly id: number;
  /** The response that it rewrites or that it follows; null for the first. */
  readonly parent: number | null;
  /** What was asked: the turn's first response, or a rewrite of its parent. */
  readonly goal: 'answer' | RewriteGoal;
  /** 1-based. */
  readonly turn: number;
  readonly iterate: number;
  readonly response: string;
  readonly feedback?: string;
  readonly failed?: boolean;
  /** Of the complete play that this response ended; null when the episode went on. */
  readonly verdict: Verdict | null;
}

/** A complete play that was judged. */
export interface Answer {
  readonly history: History;
  readonly verdict: Verdict;
  /** True when a response or the episode hit a limit instead of ending by itself. */
  readonly truncated: boolean;
  /** The node of its last response. */
  readonly node: number;
}

/** One play of a task by a policy, with its rewrites. */
export interface Play {
  readonly task: Task;
  /** The episode's. */
  readonly seed: number;
  readonly policy: ChatPolicy;
  readonly greedy: boolean;
  readonly scope: DomainScope;
  readonly signal: AbortSignal;
  /** Seed of a response; the same whatever else is asked for. */
  readonly responseSeed: (turn: number, iterate: number) => number;
  /** Grows with every response. */
  readonly nodes: SearchNode[];
  /** Episodes that are open; whoever starts a play closes what is left at its end. */
  readonly live: Set<DomainEpisode>;
}

/** A response that was played into an episode. */
export interface Attempt {
  readonly episode: DomainEpisode;
  readonly node: number;
  /** All turns so far, this one last. */
  readonly turns: readonly Turn[];
  /** Whether any response so far was cut at its length. */
  readonly cut: boolean;
  /** Set when the response ended the episode, which is then closed. */
  readonly answer: Answer | null;
  /** What the environment asks next. */
  readonly request: readonly Message[];
}

/** Where a response is played. */
export interface Place {
  readonly episode: DomainEpisode;
  readonly turns: readonly Turn[];
  readonly request: readonly Message[];
  /** Whether an earlier response was cut. */
  readonly cut: boolean;
  readonly parent: number | null;
  readonly goal: SearchNode['goal'];
  readonly iterate: number;
}

/** A response that a policy gave. */
export type Response = Extract<ChatOutcome, { status: 'answered' }>;

/** A policy's failure on its way to where its play is put together. */
export class AnswerError extends Error {
  readonly failure: AnswerFailure;

  static {
    AnswerError.prototype.name = 'AnswerError';
  }

  constructor(failure: AnswerFailure) {
    super(failure.message);
    this.failure = failure;
  }
}

/** Plays a response; has the history judged and closes the episode when it ended. */
export async function playResponse(
  place: Place,
  { text, cut }: Response,
  play: Play,
): Promise<Attempt> {
  const { episode, request, iterate, parent, goal } = place;
  const { scope, signal, nodes } = play;
  const outcome = await respondTo(episode, text, scope, signal);
  const turn = turnOf(request, text, iterate, outcome);
  const turns = [...place.turns, turn];
  const ending = endingOf(outcome, cut, turns.length, scope.options.maxTurns);
  const so = { episode, turns, cut: place.cut || cut, request: outcome.messages };
  const { feedback, failed } = turn;
  const describe = (verdict: Verdict | null): number =>
    nodes.push({
      id: nodes.length,
      parent,
      goal,
      turn: turns.length,
      iterate,
      response: text,
      ...(feedback !== undefined && { feedback }),
      ...(failed !== undefined && { failed }),
      verdict,
    }) - 1;
  if (!ending) return { ...so, node: describe(null), answer: null };
  const { history, verdict } = await finish(so, ending, play);
  const node = describe(verdict);
  const answer = { history, verdict, truncated: so.cut || ending !== 'done', node };
  return { ...so, node, answer };
}

/** Ends an episode whose next prompt does not fit the context. */
export async function endAtLength(attempt: Attempt, play: Play): Promise<Answer> {
  const judged = await finish(attempt, 'length-limit', play);
  return { ...judged, truncated: true, node: attempt.node };
}

/** Asks for the first response to what the environment says. */
export async function firstResponse(
  turns: readonly Turn[],
  request: readonly Message[],
  play: Play,
): Promise<Response> {
  return ask(conversation(turns, request), play.responseSeed(turns.length + 1, 0), play);
}

/**
 * Rewrites the last response of an attempt, and plays the rewrite in a fresh episode that was brought to the same turn.
 *
 * @param seed - Of the response.
 * @throws {@link RolloutError} or {@link AnswerError}
 */
export async function rewrite(attempt: Rewritable, seed: number, play: Play): Promise<Attempt> {
  const { task, scope, signal } = play;
  const turn = attempt.turns.at(-1)!;
  const before = attempt.turns.slice(0, -1);
  const asked = await askForRewrite(attempt.episode, turn, 'improve', scope, signal);
  const response = await ask(conversation(before, asked), seed, play);
  const start = { seed: play.seed, turns: attempt.turns };
  const episode = await openDomainEpisode(task, start, play.seed, scope, signal);
  play.live.add(episode);
  const place: Place = {
    episode,
    turns: before,
    request: turn.request,
    cut: attempt.cut,
    parent: attempt.node,
    goal: rewriteGoal('improve', turn),
    iterate: turn.iterate + 1,
  };
  return playResponse(place, response, play);
}

/** What a rewrite starts from. */
export type Rewritable = Pick<Attempt, 'episode' | 'turns' | 'cut' | 'node'>;

/** Lets the domain tidy up after an episode that nobody plays on. */
export async function close(episode: DomainEpisode, { live, scope }: Play): Promise<void> {
  if (live.delete(episode)) await closeDomainEpisode(episode, scope);
}

/** What a domain or the policy did wrong; anything else is thrown on. */
export function failureOf(error: unknown): AnswerFailure {
  if (error instanceof AnswerError) return error.failure;
  if (error instanceof RolloutError) return { kind: error.kind, message: error.message };
  throw error;
}

/** Whether a prompt was refused for its length: a rewrite is then not possible, what was rewritten stands. */
export function isTooLong(error: unknown): boolean {
  return error instanceof AnswerError && error.failure.kind === 'prompt-too-long';
}

/** The response, or the failure as an error that names the task. */
export function responseOf(outcome: ChatOutcome | undefined, task: Task): Response {
  if (outcome?.status === 'answered') return outcome;
  const { kind, message } = outcome ?? { kind: 'endpoint-garbage', message: 'no response came.' };
  throw new AnswerError({
    kind,
    message: `domain ${task.domain}, task ${task.id}: ${message}`,
  });
}

async function ask(messages: readonly Message[], seed: number, play: Play): Promise<Response> {
  const { policy, greedy, signal, task } = play;
  const [outcome] = await policy.respond(
    { domain: task.domain, messages, samples: 1, seed, greedy },
    signal,
  );
  return responseOf(outcome, task);
}

async function finish(
  { episode, turns, request }: Pick<Attempt, 'episode' | 'turns' | 'request'>,
  ending: HistoryEnding,
  play: Play,
): Promise<{ history: History; verdict: Verdict }> {
  const { scope, signal } = play;
  const history = await historyOf(episode, turns, ending, request, scope, signal);
  const verdict = await judge(episode, history, scope, signal);
  await close(episode, play);
  return { history, verdict };
}
