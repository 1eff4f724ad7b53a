import { isDeepStrictEqual } from 'node:util';
import {
  assertOpening,
  conversation,
  DomainError,
  type DomainParts,
  type Episode,
  type EpisodeContext,
  type Instance,
  type Message,
  type RestoredEpisode,
  restoreEpisode,
  rewriteRequest,
  type Services,
  showValue,
  type Task,
  TaskspaceError,
  type Turn,
} from '@taskspace/core';
import type { SamplingParams, TrainingBackend } from '../backend/backend.ts';
import type { ConversationFormat } from '../model/conversation.ts';
import { callDomain, RolloutError } from './domain-call.ts';

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
  readonly format: Omit<ConversationFormat, 'example'>;
  /** By name; holds the domain of every instance played. */
  readonly domains: ReadonlyMap<string, DomainParts>;
  readonly services: Services;
  readonly options: EpisodeOptions;
  /** Told of what deserves a person's attention and costs nothing else. */
  readonly onNotice: (message: string) => void;
}

/** An episode that waits for its first response. */
export interface OpenEpisode {
  readonly task: Task;
  readonly seed: number;
  readonly domain: DomainParts;
  readonly episode: Episode;
  readonly context: EpisodeContext;
  /** Stops the domain's work on this episode. */
  readonly controller: AbortController;
  /** Turns before the one to be played first; none unless the instance starts later. */
  readonly turns: readonly Turn[];
  /** What the environment asks of the first response; a rewrite is asked for in other words, which are not recorded. */
  readonly request: readonly Message[];
  /** How many rewrites are behind the first response to come. */
  readonly iterate: number;
  /** What the policy reads first. */
  readonly messages: readonly Message[];
  /** The same as token ids. */
  readonly prompt: Int32Array;
}

/** Episodes that are open; whoever opens some closes what is left at the end. */
export type OpenEpisodes = Set<OpenEpisode>;

/** Most time a domain gets to tidy up after an episode. */
const DISPOSE_TIMEOUT_MS = 5_000;

/**
 * Opens an episode of an instance, at its beginning or where the instance starts, and tokenises what the policy reads.
 *
 * @param seed - The episode's, unless the instance starts from a history with a seed of its own.
 * @param live - The group's; gets the episode.
 * @throws {@link RolloutError} when the domain fails or the prompt does not fit the context.
 */
export async function openEpisode(
  instance: Instance,
  seed: number,
  live: OpenEpisodes,
  scope: EpisodeScope,
  signal: AbortSignal,
): Promise<OpenEpisode> {
  const { task, start } = instance;
  const rewritten = turnToRewrite(instance);
  const { format, options, services } = scope;
  const domain = scope.domains.get(task.domain)!;
  const controller = new AbortController();
  const context: EpisodeContext = {
    seed: start?.seed ?? seed,
    signal: controller.signal,
    limits: { maxTurns: options.maxTurns, timeoutMs: options.timeoutMs },
    services,
  };
  const pending = open(instance, domain, context);
  try {
    const { episode, turns, request } = await callDomain({
      task,
      name: 'environment.open',
      kind: 'environment',
      timeoutMs: options.timeoutMs,
      signal,
      onTimeout: (reason) => controller.abort(reason),
      work: () => pending,
    });
    const asked = rewritten
      ? await askForRewrite(rewritten, task, domain, controller, scope, signal)
      : request;
    const messages = conversation(turns, asked);
    // Siblings read the same as a rule: it is tokenised once.
    const sibling = [...live].find((other) => isDeepStrictEqual(other.messages, messages));
    const prompt = sibling?.prompt ?? format.encode(messages);
    checkLength(task, prompt, scope);
    const opened = { task, seed: context.seed, domain, episode, context, controller };
    const iterate = rewritten ? rewritten.turn.iterate + 1 : 0;
    const waiting = { ...opened, turns, request, iterate, messages, prompt };
    live.add(waiting);
    return waiting;
  } catch (error) {
    controller.abort(error);
    // Also an episode that opens after its time was over.
    void pending.then(
      ({ episode }) => dispose(task, episode, scope),
      () => undefined,
    );
    throw error;
  }
}

/** Lets the domain tidy up after an episode. */
export async function closeEpisode(
  open: OpenEpisode,
  live: OpenEpisodes,
  scope: EpisodeScope,
): Promise<void> {
  live.delete(open);
  await dispose(open.task, open.episode, scope);
}

async function open(
  { task, start }: Instance,
  { environment }: DomainParts,
  context: EpisodeContext,
): Promise<RestoredEpisode> {
  if (start) return restoreEpisode(environment, task, start, context);
  const episode = await environment.open(task, context);
  assertOpening(episode?.opening, { domain: task.domain, taskId: task.id });
  return { episode, turns: [], request: episode.opening };
}

/** What a rewrite starts from. */
interface RewrittenTurn {
  readonly turn: Turn;
  readonly mode: 'improve' | 'diverge';
}

/** The turn that an instance asks to rewrite; null when it asks for a first attempt. */
function turnToRewrite({ task, mode, start }: Instance): RewrittenTurn | null {
  if (mode === 'base' || mode === 'replay') return null;
  const turn = start?.turns.at(-1);
  if (turn) return { turn, mode };
  throw new TaskspaceError(
    'TASKSPACE_ERR_INSTANCE',
    `domain ${task.domain}, task ${task.id}: expected an instance of mode ${mode} to start at a turn, it starts at none. Give it a start, or mode base.`,
  );
}

/** The prompt texts are the domain's, so they are asked for behind the boundary. */
function askForRewrite(
  { turn, mode }: RewrittenTurn,
  task: Task,
  domain: DomainParts,
  controller: AbortController,
  { options }: EpisodeScope,
  signal: AbortSignal,
): Promise<readonly Message[]> {
  return callDomain({
    task,
    name: `iteration.${mode}`,
    kind: 'environment',
    timeoutMs: options.timeoutMs,
    signal,
    onTimeout: (reason) => controller.abort(reason),
    work: () => {
      const messages = rewriteRequest(task, turn, mode, domain.iteration);
      const content: unknown = messages.at(-1)?.content;
      if (typeof content === 'string') return messages;
      throw new DomainError(
        `expected a rewrite prompt as text, got ${showValue(content)}. Correct the domain's iteration prompts.`,
        { domain: task.domain, taskId: task.id },
      );
    },
  });
}

function checkLength(task: Task, prompt: Int32Array, { backend }: EpisodeScope): void {
  if (prompt.length < backend.contextLength) return;
  throw new RolloutError(
    'prompt-too-long',
    `domain ${task.domain}, task ${task.id}: expected a first prompt shorter than the context of ${backend.contextLength} tokens, ` +
      `it has ${prompt.length}. Shorten the task or take a policy with a longer context.`,
  );
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
