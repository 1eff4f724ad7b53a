import {
  conversation,
  type History,
  type HistoryEnding,
  type Rollout,
  type Turn,
} from '@taskspace/core';
import type { Completion, SampleRequest } from '../backend/backend.ts';
import { endingOf, historyOf, judge, respondTo, turnOf } from './domain-episode.ts';
import {
  closeEpisode,
  type EpisodeScope,
  type OpenEpisode,
  type OpenEpisodes,
} from './open-episode.ts';
import { TokenRecord } from './token-record.ts';

/** Where a rollout stands in its run. */
export interface RolloutPlace {
  /** `<iteration>/<group>/<rollout>` */
  readonly id: string;
  readonly policyVersion: number;
  /** Seed of the completion of a turn after the first one played. */
  readonly turnSeed: (turn: number) => number;
}

/**
 * Plays an open episode to its end, has it judged and closes it.
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
  const record = new TokenRecord();
  record.begin(open.prompt);
  try {
    const { history, cut } = await playTurns(open, first, place, record, scope, signal);
    return {
      id: place.id,
      history,
      verdict: await judge(open, history, scope, signal),
      sequences: record.sequences(),
      truncated: cut || history.ending !== 'done',
      policyVersion: place.policyVersion,
    };
  } catch (error) {
    open.controller.abort(error);
    throw error;
  } finally {
    await closeEpisode(open, live, scope);
  }
}

/** A request for completions of one prompt that fit the policy's context. */
export function sampleRequest(
  prompt: Int32Array,
  samples: number,
  seed: number,
  { backend, format, options }: Pick<EpisodeScope, 'backend' | 'format' | 'options'>,
): SampleRequest {
  const maxTokens = Math.min(options.sampling.maxTokens, backend.contextLength - prompt.length);
  const { stopTokens } = format;
  return { prompt, samples, seed, sampling: { ...options.sampling, maxTokens, stopTokens } };
}

async function playTurns(
  open: OpenEpisode,
  first: Completion,
  place: RolloutPlace,
  record: TokenRecord,
  scope: EpisodeScope,
  signal: AbortSignal,
): Promise<{ history: History; cut: boolean }> {
  const { format, options, backend } = scope;
  const turns: Turn[] = [...open.turns];
  let { request, iterate } = open;
  let completion = first;
  let cut = false;
  let ending: HistoryEnding | null = null;
  while (ending === null) {
    record.sampled(completion);
    const response = format.decode(completion.tokens);
    const outcome = await respondTo(open, response, scope, signal);
    turns.push(turnOf(request, response, iterate, outcome));
    // What follows a rewrite is played for the first time.
    iterate = 0;
    request = outcome.messages;
    const cutNow = completion.stop === 'length';
    cut ||= cutNow;
    ending = endingOf(outcome, cutNow, turns.length, options.maxTurns);
    if (ending) break;

    const messages = conversation(turns, request);
    const extended = format.extend(record.seen, messages);
    const prompt = extended ?? format.encode(messages);
    if (prompt.length >= backend.contextLength) {
      ending = 'length-limit';
      break;
    }
    if (extended) record.extend(prompt);
    else record.begin(prompt);
    const seed = place.turnSeed(turns.length + 1);
    completion = (await backend.sample(sampleRequest(prompt, 1, seed, scope), signal))[0]!;
  }
  return { history: await historyOf(open, turns, ending, request, scope, signal), cut };
}
