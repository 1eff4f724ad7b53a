import type {
  DomainParts,
  Episode,
  EpisodeContext,
  History,
  HistoryEnding,
  Instance,
  Json,
  Message,
  Rollout,
  Services,
  Task,
  Turn,
  TurnOutcome,
  Verdict,
} from '@taskspace/core';
import type {
  Completion,
  SampleRequest,
  SamplingParams,
  TrainingBackend,
} from '../backend/backend.ts';
import type { Conversation } from './conversation.ts';
import { callDomain, RolloutError } from './domain-call.ts';
import { checkOpening, checkOutcome, checkVerdict } from './domain-checks.ts';
import { TokenRecord } from './token-record.ts';

/** How episodes are bounded and sampled. */
export interface EpisodeOptions {
  /** Most policy responses of one episode. */
  readonly maxTurns: number;
  /** Most time for one call into a domain. */
  readonly timeoutMs: number;
  readonly sampling: Omit<SamplingParams, 'stopTokens'>;
}

/** What an episode is played with. */
export interface EpisodeScope {
  readonly backend: Pick<TrainingBackend, 'sample' | 'contextLength'>;
  readonly conversation: Conversation;
  /** By name; holds the domain of every instance played. */
  readonly domains: ReadonlyMap<string, DomainParts>;
  readonly services: Services;
  readonly options: EpisodeOptions;
  /** Told of what deserves a person's attention and costs nothing else. */
  readonly onNotice: (message: string) => void;
}

/** Episodes that are open; whoever opens some closes what is left at the end. */
export type OpenEpisodes = Set<OpenEpisode>;

/** An episode before its first response. */
export interface OpenEpisode {
  readonly task: Task;
  readonly seed: number;
  readonly domain: DomainParts;
  readonly episode: Episode;
  readonly context: EpisodeContext;
  /** Stops the domain's work on this episode. */
  readonly controller: AbortController;
  readonly opening: readonly Message[];
  /** What the policy reads first. */
  readonly prompt: Int32Array;
}

/** Most time a domain gets to tidy up after an episode. */
const DISPOSE_TIMEOUT_MS = 5_000;

/**
 * Opens an episode of an instance and tokenises its first request.
 *
 * @param live - Gets the episode.
 * @throws {@link RolloutError} when the domain fails or the prompt does not fit the context.
 */
export async function openEpisode(
  instance: Instance,
  seed: number,
  live: OpenEpisodes,
  scope: EpisodeScope,
  signal: AbortSignal,
): Promise<OpenEpisode> {
  const { task } = instance;
  const { conversation, options, services } = scope;
  const domain = scope.domains.get(task.domain)!;
  const controller = new AbortController();
  const context: EpisodeContext = {
    seed,
    signal: controller.signal,
    limits: { maxTurns: options.maxTurns, timeoutMs: options.timeoutMs },
    services,
  };
  const pending = Promise.resolve().then(() => domain.environment.open(task, context));
  try {
    const episode = await inDomain(task, 'environment.open', () => pending, {
      controller,
      signal,
      timeoutMs: options.timeoutMs,
    });
    const opening = checkOpening(task, episode);
    const prompt = conversation.encode(opening);
    if (prompt.length >= scope.backend.contextLength) {
      throw new RolloutError(
        'prompt-too-long',
        `domain ${task.domain}, task ${task.id}: expected a first prompt shorter than the context of ` +
          `${scope.backend.contextLength} tokens, it has ${prompt.length}. Shorten the task or take a policy with a longer context.`,
      );
    }
    const open = { task, seed, domain, episode, context, controller, opening, prompt };
    live.add(open);
    return open;
  } catch (error) {
    controller.abort(error);
    // Also one that opens after its time was over.
    void pending.then(
      (episode) => dispose(task, episode, scope),
      () => undefined,
    );
    throw error;
  }
}

/** Where a rollout stands in its run. */
export interface RolloutPlace {
  /** `<iteration>/<group>/<rollout>` */
  readonly id: string;
  readonly policyVersion: number;
  /** Seed of the completion of a later turn, 2 and up. */
  readonly turnSeed: (turn: number) => number;
}

/**
 * Plays an open episode to its end and has it judged.
 *
 * @param first - The completion of the first turn.
 * @throws {@link RolloutError} when the domain fails.
 */
export async function playEpisode(
  open: OpenEpisode,
  first: Completion,
  place: RolloutPlace,
  live: OpenEpisodes,
  scope: EpisodeScope,
  signal: AbortSignal,
): Promise<Rollout> {
  const { task, domain, context, controller } = open;
  const record = new TokenRecord();
  try {
    const { history, cut } = await playTurns(open, first, place, record, scope, signal);
    const verdict = await inDomain<Verdict>(
      task,
      'verifier.verify',
      () => domain.verifier.verify(history, context),
      { controller, signal, timeoutMs: scope.options.timeoutMs },
    );
    return {
      id: place.id,
      history,
      verdict: checkVerdict(task, verdict),
      sequences: record.sequences(),
      truncated: cut || history.ending !== 'done',
      policyVersion: place.policyVersion,
    };
  } finally {
    await closeEpisode(open, live, scope);
  }
}

/** Stops the domain's work on an episode and lets it tidy up. */
export async function closeEpisode(
  open: OpenEpisode,
  live: OpenEpisodes,
  scope: EpisodeScope,
): Promise<void> {
  live.delete(open);
  open.controller.abort();
  await dispose(open.task, open.episode, scope);
}

async function playTurns(
  open: OpenEpisode,
  first: Completion,
  place: RolloutPlace,
  record: TokenRecord,
  scope: EpisodeScope,
  signal: AbortSignal,
): Promise<{ history: History; cut: boolean }> {
  const { task, episode, opening, controller } = open;
  const { conversation, options, backend } = scope;
  const call = { controller, signal, timeoutMs: options.timeoutMs };
  const messages: Message[] = [...opening];
  const turns: Turn[] = [];
  let request = opening;
  let completion = first;
  let cut = false;
  let ending: HistoryEnding | null = null;
  record.begin(open.prompt);
  for (;;) {
    record.sampled(completion);
    const response = conversation.decode(completion.tokens);
    const outcome = checkOutcome(
      task,
      await inDomain(task, 'episode.respond', () => episode.respond(response), call),
    );
    turns.push(turnOf(request, response, outcome));
    messages.push({ role: 'assistant', content: response }, ...outcome.messages);
    request = outcome.messages;
    cut ||= completion.stop === 'length';
    ending = endingOf(outcome, completion, turns.length, options.maxTurns);
    if (ending) break;

    const extended = conversation.extend(record.seen, messages);
    const prompt = extended ?? conversation.encode(messages);
    if (prompt.length >= backend.contextLength) {
      ending = 'length-limit';
      break;
    }
    if (extended) record.extend(prompt);
    else record.begin(prompt);
    const seed = place.turnSeed(turns.length + 1);
    [completion] = (await backend.sample(sampleRequest(prompt, 1, seed, scope), signal)) as [
      Completion,
    ];
  }
  const closing = { task, seed: open.seed, turns, ending, closing: request };
  if (!episode.result) return { history: closing, cut };
  const result = await inDomain<Json>(task, 'episode.result', () => episode.result!(), call);
  return { history: { ...closing, result }, cut };
}

/** A request for completions of one prompt that fit the policy's context. */
export function sampleRequest(
  prompt: Int32Array,
  samples: number,
  seed: number,
  { backend, conversation, options }: EpisodeScope,
): SampleRequest {
  const room = backend.contextLength - prompt.length;
  const maxTokens = Math.min(options.sampling.maxTokens, room);
  const { stopTokens } = conversation;
  return { prompt, samples, seed, sampling: { ...options.sampling, maxTokens, stopTokens } };
}

/** A completion cut at its length ends the episode: the policy did not finish its turn. */
function endingOf(
  { done, truncated }: TurnOutcome,
  { stop }: Completion,
  turns: number,
  maxTurns: number,
): HistoryEnding | null {
  if (done) return truncated ? 'truncated' : 'done';
  if (stop === 'length') return 'length-limit';
  return turns >= maxTurns ? 'turn-limit' : null;
}

function turnOf(
  request: readonly Message[],
  response: string,
  { reward, feedback }: TurnOutcome,
): Turn {
  return {
    request,
    response,
    iterate: 0,
    ...(reward !== undefined && { reward }),
    ...(feedback !== undefined && { feedback }),
  };
}

interface CallOptions {
  readonly controller: AbortController;
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

function inDomain<Result>(
  task: Task,
  name: string,
  work: () => Result | PromiseLike<Result>,
  { controller, signal, timeoutMs }: CallOptions,
): Promise<Result> {
  const kind = name.startsWith('verifier') ? 'verifier' : 'environment';
  const onTimeout = (reason: Error): void => controller.abort(reason);
  return callDomain({ task, name, kind, timeoutMs, signal, onTimeout, work });
}

/** Never throws: what was played and judged is kept even when the domain cannot tidy up after it. */
async function dispose(task: Task, episode: Episode, scope: EpisodeScope): Promise<void> {
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
