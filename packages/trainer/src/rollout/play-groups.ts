import type { Group, Instance, RandomStream, Rollout, RolloutFailure } from '@taskspace/core';
import type { Completion } from '../backend/backend.ts';
import { mapBounded } from './bounded.ts';
import { RolloutError } from './domain-call.ts';
import {
  closeEpisode,
  type EpisodeOptions,
  type EpisodeScope,
  type OpenEpisode,
  type OpenEpisodes,
  openEpisode,
} from './open-episode.ts';
import { playEpisode, sampleRequest } from './play-episode.ts';

/** How groups are played. */
export interface RolloutOptions extends EpisodeOptions {
  /** Rollouts of one instance. */
  readonly groupSize: number;
  /** Most episodes open at once; at least one group always is. */
  readonly concurrency: number;
}

/** What groups are played with. */
export interface RolloutScope extends EpisodeScope {
  readonly options: RolloutOptions;
}

/** What tells the groups of one call from all others. */
export interface GroupsPlace {
  /** Names the rollouts: `<iteration>/<group>/<rollout>`. */
  readonly iteration: number | string;
  readonly policyVersion: number;
  /** Every seed is forked from it by (group, rollout, turn), never by the order in which things finish. */
  readonly random: RandomStream;
}

/**
 * Plays a group of episodes of every instance. What a domain does wrong becomes a typed failure on the group of that rollout
 * and ends nothing else.
 *
 * All rollouts of a group have one episode seed, so that they face the same instance; their first completions are asked
 * for at once and share a prefill.
 *
 * @param onGroup - Told each time a group is complete, in no particular order.
 * @throws The signal's reason when the run is aborted; the backend's error when sampling fails.
 */
export async function playGroups(
  instances: readonly Instance[],
  place: GroupsPlace,
  scope: RolloutScope,
  signal: AbortSignal,
  onGroup: (group: Group) => void = () => undefined,
): Promise<Group[]> {
  const { groupSize, concurrency } = scope.options;
  const limit = Math.max(1, Math.floor(concurrency / groupSize));
  return mapBounded(instances, limit, signal, async (instance, index, signal) => {
    const group = await playGroup(instance, index, place, scope, signal);
    onGroup(group);
    return group;
  });
}

async function playGroup(
  instance: Instance,
  index: number,
  { iteration, policyVersion, random }: GroupsPlace,
  scope: RolloutScope,
  signal: AbortSignal,
): Promise<Group> {
  const rollouts = Array.from({ length: scope.options.groupSize }, (_, rollout) => rollout);
  const own = random.fork(index);
  const seed = own.fork('episode').uint32();
  const turnSeed = (rollout: number, turn: number): number =>
    own.fork('rollout').fork(rollout).fork(turn).uint32();
  const live: OpenEpisodes = new Set();
  try {
    const opened = await mapBounded(rollouts, rollouts.length, signal, (_, __, signal) =>
      orFailure(openEpisode(instance, seed, live, scope, signal)),
    );
    const groupSeed = own.fork('turn').uint32();
    const firsts = await firstCompletions(opened, groupSeed, turnSeed, scope, signal);
    const played = await mapBounded(
      opened,
      rollouts.length,
      signal,
      async (open, rollout, signal) => {
        if (isFailure(open)) return open;
        const place = {
          id: `${iteration}/${index}/${rollout}`,
          policyVersion,
          turnSeed: (turn: number) => turnSeed(rollout, turn),
        };
        return orFailure(playEpisode(open, firsts[rollout]!, place, live, scope, signal));
      },
    );
    return {
      instance,
      rollouts: played.filter((outcome): outcome is Rollout => !isFailure(outcome)),
      failures: played.filter(isFailure),
    };
  } finally {
    // What was opened and never played: the run is stopping.
    for (const { controller } of live) controller.abort(signal.reason);
    await Promise.all([...live].map((open) => closeEpisode(open, live, scope)));
  }
}

/**
 * The first completion of every rollout. Equal prompts are one request, for as many completions as there are rollouts, so
 * that a rollout's tokens do not depend on which of its siblings failed to open.
 */
async function firstCompletions(
  opened: readonly (OpenEpisode | RolloutFailure)[],
  groupSeed: number,
  turnSeed: (rollout: number, turn: number) => number,
  scope: RolloutScope,
  signal: AbortSignal,
): Promise<readonly (Completion | null)[]> {
  const prompts = opened.map((open) => (isFailure(open) ? null : open.prompt));
  const first = prompts.find((prompt) => prompt !== null);
  if (!first) return prompts.map(() => null);
  if (prompts.every((prompt) => !prompt || equal(prompt, first))) {
    return scope.backend.sample(sampleRequest(first, prompts.length, groupSeed, scope), signal);
  }
  return Promise.all(
    prompts.map(async (prompt, rollout) => {
      if (!prompt) return null;
      const request = sampleRequest(prompt, 1, turnSeed(rollout, 1), scope);
      return (await scope.backend.sample(request, signal))[0]!;
    }),
  );
}

async function orFailure<Result>(work: Promise<Result>): Promise<Result | RolloutFailure> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof RolloutError)) throw error;
    return { kind: error.kind, message: error.message };
  }
}

function isFailure(outcome: object): outcome is RolloutFailure {
  return 'kind' in outcome;
}

function equal(a: Int32Array, b: Int32Array): boolean {
  return a.length === b.length && a.every((token, index) => token === b[index]);
}
