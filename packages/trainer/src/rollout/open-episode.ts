import { isDeepStrictEqual } from 'node:util';
import {
  conversation,
  type Instance,
  type Message,
  type Task,
  TaskspaceError,
  type Turn,
} from '@taskspace/core';
import type { SamplingParams, TrainingBackend } from '../backend/backend.ts';
import type { ConversationFormat } from '../model/conversation.ts';
import { RolloutError } from './domain-call.ts';
import {
  askForRewrite,
  closeDomainEpisode,
  type DomainEpisode,
  type DomainScope,
  openDomainEpisode,
} from './domain-episode.ts';

/** How episodes are bounded and sampled. */
export interface EpisodeOptions {
  /** Most policy responses of one episode. */
  readonly maxTurns: number;
  /** Most time for one call into a domain. */
  readonly timeoutMs: number;
  readonly sampling: Omit<SamplingParams, 'stopTokens'>;
}

/** What an episode is played with. */
export interface EpisodeScope extends DomainScope {
  readonly backend: Pick<TrainingBackend, 'sample' | 'contextLength'>;
  readonly format: Omit<ConversationFormat, 'example'>;
  readonly options: EpisodeOptions;
  readonly ownOptions?: ReadonlyMap<string, EpisodeOptions>;
}

/** An episode that waits for its first response, with what the policy reads. */
export interface OpenEpisode extends DomainEpisode {
  /** How many rewrites are behind the first response to come. */
  readonly iterate: number;
  /** What the policy reads first. */
  readonly messages: readonly Message[];
  /** The same as token ids. */
  readonly prompt: Int32Array;
}

/** Episodes that are open; whoever opens some closes what is left at the end. */
export type OpenEpisodes = Set<OpenEpisode>;

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
  const rewritten = turnToRewrite(instance);
  const { task, start } = instance;
  const opened = await openDomainEpisode(task, start, seed, scope, signal);
  try {
    const asked = rewritten
      ? await askForRewrite(opened, rewritten.turn, rewritten.mode, scope, signal)
      : opened.request;
    const messages = conversation(opened.turns, asked);
    // Siblings read the same as a rule: it is tokenised once.
    const sibling = [...live].find((other) => isDeepStrictEqual(other.messages, messages));
    const prompt = sibling?.prompt ?? scope.format.encode(messages);
    checkLength(task, prompt, scope);
    const iterate = rewritten ? rewritten.turn.iterate + 1 : 0;
    const waiting = { ...opened, iterate, messages, prompt };
    live.add(waiting);
    return waiting;
  } catch (error) {
    opened.controller.abort(error);
    await closeDomainEpisode(opened, scope);
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
  await closeDomainEpisode(open, scope);
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

function checkLength(task: Task, prompt: Int32Array, { backend }: EpisodeScope): void {
  if (prompt.length < backend.contextLength) return;
  throw new RolloutError(
    'prompt-too-long',
    `domain ${task.domain}, task ${task.id}: expected a first prompt shorter than the context of ${backend.contextLength} tokens, ` +
      `it has ${prompt.length}. Shorten the task or take a policy with a longer context.`,
  );
}
