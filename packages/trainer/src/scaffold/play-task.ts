import { isDeepStrictEqual } from 'node:util';
import {
  conversation,
  type DomainParts,
  type EpisodeLimits,
  type RandomStream,
  type Scaffold,
  type Task,
} from '@taskspace/core';
import {
  type DomainEpisode,
  type DomainScope,
  openDomainEpisode,
  scopeOf,
} from '../rollout/domain-episode.ts';
import { close, failureOf, type Place, type Play, responseOf, type SearchNode } from './attempt.ts';
import type { AnswerFailure, ChatOutcome, ChatPolicy } from './chat-policy.ts';
import { playGreedySearch } from './greedy-search.ts';
import { playKStep, type ScaffoldPlay } from './k-step.ts';
import { settleAll } from './settle-all.ts';

/** How a task is answered. */
export interface TaskPlan {
  /** Numbers of rewrites an answer is wanted for; ascending, distinct, at least one. */
  readonly rewrites: readonly number[];
  /** First responses, each with a search of its own. */
  readonly samples: number;
  /** Most likely responses in place of sampled ones. */
  readonly greedy: boolean;
}

/** What tasks are played with. */
export interface PlayScope extends DomainScope {
  readonly policy: ChatPolicy;
}

/** One first response and what became of it. */
export interface SamplePlay extends ScaffoldPlay {
  /** Every response of the search. */
  readonly nodes: readonly SearchNode[];
}

/** How a domain spends rewrites at test time. */
export function scaffoldOf({ scaffold }: Pick<DomainParts, 'scaffold'>): Scaffold {
  return scaffold ?? { kind: 'k-step' };
}

/**
 * Answers a task with its domain's scaffold, once for each sample. What the domain or the policy does wrong is recorded on the
 * answers it costs and ends nothing else.
 *
 * @param random - The task's own stream: the answers depend on it alone, not on what else is played.
 * @throws What the policy throws, or the signal's reason.
 */
export async function playTask(
  task: Task,
  plan: TaskPlan,
  shared: PlayScope,
  random: RandomStream,
  signal: AbortSignal,
): Promise<readonly SamplePlay[]> {
  const scope = scopeOf<EpisodeLimits, PlayScope>(shared, task.domain);
  const plays = Array.from({ length: plan.samples }, (_, sample): Play => {
    const own = random.fork('response').fork(sample);
    return {
      task,
      // All samples face the same episode.
      seed: random.fork('episode').uint32(),
      policy: scope.policy,
      greedy: plan.greedy,
      scope,
      signal,
      responseSeed: (turn, iterate) => own.fork(turn).fork(iterate).uint32(),
      nodes: [],
      live: new Set(),
    };
  });
  const settled = await Promise.allSettled([openAndPlay(plays, plan, random)]);
  await Promise.all(plays.flatMap((play) => [...play.live].map((episode) => leave(episode, play))));
  const [outcome] = settled;
  if (outcome.status === 'rejected') throw outcome.reason;
  return outcome.value;
}

async function openAndPlay(
  plays: readonly Play[],
  plan: TaskPlan,
  random: RandomStream,
): Promise<readonly SamplePlay[]> {
  const opened = await settleAll(plays, open);
  const firsts = await firstOutcomes(opened, plays, plan, random);
  return settleAll(plays, async (play, sample) => {
    const { nodes } = play;
    const episode = opened[sample]!;
    if ('kind' in episode) return { ...failed(plan, episode), nodes };
    try {
      const response = responseOf(firsts[sample]!, play.task);
      return { ...(await search(episode, response, plan, play)), nodes };
    } catch (error) {
      return { ...failed(plan, failureOf(error)), nodes };
    }
  });
}

async function open(play: Play): Promise<DomainEpisode | AnswerFailure> {
  const { task, seed, scope, signal, live } = play;
  try {
    const episode = await openDomainEpisode(task, null, seed, scope, signal);
    live.add(episode);
    return episode;
  } catch (error) {
    return failureOf(error);
  }
}

/** First responses: to equal requests they are asked for at once, and share what reading the request costs. */
async function firstOutcomes(
  opened: readonly (DomainEpisode | AnswerFailure)[],
  plays: readonly Play[],
  { samples, greedy }: TaskPlan,
  random: RandomStream,
): Promise<readonly (ChatOutcome | null)[]> {
  const requests = opened.map((episode) => ('kind' in episode ? null : episode.request));
  const first = requests.find((request) => request !== null);
  if (!first) return requests.map(() => null);
  const { policy, signal, task } = plays[0]!;
  const { domain } = task;
  if (requests.every((request) => !request || isDeepStrictEqual(request, first))) {
    const seed = random.fork('first').uint32();
    return policy.respond(
      { domain, messages: conversation([], first), samples, seed, greedy },
      signal,
    );
  }
  return settleAll(requests, async (request, sample) => {
    if (!request) return null;
    const seed = plays[sample]!.responseSeed(1, 0);
    const messages = conversation([], request);
    return (
      (await policy.respond({ domain, messages, samples: 1, seed, greedy }, signal))[0] ?? null
    );
  });
}

function search(
  episode: DomainEpisode,
  first: ReturnType<typeof responseOf>,
  { rewrites }: TaskPlan,
  play: Play,
): Promise<ScaffoldPlay> {
  const place: Place = {
    episode,
    turns: [],
    request: episode.request,
    cut: false,
    parent: null,
    goal: 'answer',
    iterate: 0,
  };
  const { kind, select } = scaffoldOf(episode.domain);
  return kind === 'greedy'
    ? playGreedySearch(place, first, rewrites, select, play)
    : playKStep(place, first, rewrites, play);
}

function failed({ rewrites }: TaskPlan, failure: AnswerFailure): ScaffoldPlay {
  return { answers: new Map(rewrites.map((k) => [k, failure])), chain: null };
}

/** An episode that failed, or that was given up because the run is stopping. */
async function leave(episode: DomainEpisode, play: Play): Promise<void> {
  episode.controller.abort(play.signal.reason);
  await close(episode, play);
}
