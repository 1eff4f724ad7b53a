import {
  assertResult,
  assertTurnOutcome,
  assertVerdict,
  conversation,
  type DomainPlace,
  type History,
  type HistoryEnding,
  type Message,
  type Rollout,
  type Turn,
  type TurnOutcome,
} from '@taskspace/core';
import type { Completion, SampleRequest } from '../backend/backend.ts';
import { callDomain, type DomainCall } from './domain-call.ts';
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
    const verdict = await callDomain({
      ...callOptions(open, scope, signal),
      name: 'verifier.verify',
      kind: 'verifier',
      work: async () => {
        const given = await open.domain.verifier.verify(history, open.context);
        assertVerdict(given, placeOf(open));
        return given;
      },
    });
    return {
      id: place.id,
      history,
      verdict,
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
  { backend, format, options }: EpisodeScope,
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
    const outcome = await respond(open, response, scope, signal);
    turns.push(turnOf(request, response, iterate, outcome));
    // What follows a rewrite is played for the first time.
    iterate = 0;
    request = outcome.messages;
    cut ||= completion.stop === 'length';
    ending = endingOf(outcome, completion, turns.length, options.maxTurns);
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
  const played = { task: open.task, seed: open.seed, turns, ending, closing: request };
  const result = await resultOf(open, scope, signal);
  return { history: result === undefined ? played : { ...played, result }, cut };
}

function respond(
  open: OpenEpisode,
  response: string,
  scope: EpisodeScope,
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

async function resultOf(
  open: OpenEpisode,
  scope: EpisodeScope,
  signal: AbortSignal,
): Promise<History['result']> {
  if (!open.episode.result) return undefined;
  return callDomain({
    ...callOptions(open, scope, signal),
    name: 'episode.result',
    kind: 'environment',
    work: async () => {
      const result = await open.episode.result?.();
      assertResult(result, placeOf(open));
      return result;
    },
  });
}

function callOptions(
  { task, controller }: OpenEpisode,
  { options }: EpisodeScope,
  signal: AbortSignal,
): Pick<DomainCall<never>, 'task' | 'timeoutMs' | 'signal' | 'onTimeout'> {
  const onTimeout = (reason: Error): void => controller.abort(reason);
  return { task, timeoutMs: options.timeoutMs, signal, onTimeout };
}

function placeOf({ task }: OpenEpisode): DomainPlace {
  return { domain: task.domain, taskId: task.id };
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
