import type {
  FailureKind,
  Group,
  Instance,
  RandomStream,
  Rollout,
  RolloutFailure,
} from '@taskspace/core';
import type { Completion } from '../backend/backend.ts';
import { mapBounded, mapBoundedByKey } from './bounded.ts';
import { RolloutError } from './domain-call.ts';
import { scopeOf } from './domain-episode.ts';
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
  /** Most episodes of one domain open at once; at least one group always is. */
  readonly concurrency: number;
  /** How often a failed rollout is played again. */
  readonly retries: number;
}

/** What groups are played with. */
export interface RolloutScope extends EpisodeScope {
  readonly options: RolloutOptions;
  readonly ownOptions?: ReadonlyMap<string, RolloutOptions>;
}

/** What tells the groups of one call from all others. */
export interface GroupsPlace {
  /** Names the rollouts: `<iteration>/<group>/<rollout>`. */
  readonly iteration: number | string;
  readonly policyVersion: number;
  /** Every seed is forked from it by (group, rollout, turn), never by the order in which things finish. */
  readonly random: RandomStream;
  /** Groups that are complete already, by their instance's place: they are not played again. */
  readonly known?: ReadonlyMap<number, Group>;
}

/**
 * Plays a group of episodes of every instance. What a domain does wrong is tried again as often as its options say; then it becomes
 * a typed failure on the group of that rollout and ends nothing else. Each domain has a concurrency of its own, so that while a
 * slow one is waited for the policy answers the others.
 *
 * All rollouts of a group have one episode seed, so that they face the same instance; their first completions are asked
 * for at once and share a prefill.
 *
 * @param onGroup - Told each time a group is complete, in no particular order; the group's place among the instances is `index`.
 * @throws The signal's reason when the run is aborted; the backend's error when sampling fails; what `onGroup` throws.
 */
export async function playGroups(
  instances: readonly Instance[],
  { known = new Map(), ...place }: GroupsPlace,
  scope: RolloutScope,
  signal: AbortSignal,
  onGroup: (group: Group, index: number) => void | Promise<void> = () => undefined,
): Promise<Group[]> {
  const own = (domain: string) => scopeOf<RolloutOptions, RolloutScope>(scope, domain);
  return mapBoundedByKey(
    instances,
    ({ task }) => task.domain,
    (domain) => {
      const { groupSize, concurrency } = own(domain).options;
      return Math.max(1, Math.floor(concurrency / groupSize));
    },
    signal,
    async (instance, index, signal) => {
      const complete = known.get(index);
      if (complete) return complete;
      const group = await playGroup(instance, index, place, own(instance.task.domain), signal);
      await onGroup(group, index);
      return group;
    },
  );
}

async function playGroup(
  instance: Instance,
  index: number,
  { iteration, policyVersion, random }: GroupsPlace,
  scope: RolloutScope,
  signal: AbortSignal,
): Promise<Group> {
  const { groupSize, retries } = scope.options;
  const rollouts = Array.from({ length: groupSize }, (_, rollout) => rollout);
  const own = random.fork(index);
  const seed = own.fork('episode').uint32();
  const turnSeed = (rollout: number, turn: number): number =>
    own.fork('rollout').fork(rollout).fork(turn).uint32();
  const live: OpenEpisodes = new Set();
  const retried = rollouts.map((): RolloutFailure[] => []);
  try {
    const open = (signal: AbortSignal) => openEpisode(instance, seed, live, scope, signal);
    const opened = await mapBounded(rollouts, groupSize, signal, (rollout, _, signal) =>
      withRetries(() => open(signal), retries, retried[rollout]!),
    );
    const groupSeed = own.fork('turn').uint32();
    const firsts = await firstCompletions(opened, groupSeed, turnSeed, scope, signal);
    const played = await mapBounded(opened, groupSize, signal, async (opened, rollout, signal) => {
      if (isFailure(opened)) return opened;
      const place = {
        id: `${iteration}/${index}/${rollout}`,
        policyVersion,
        turnSeed: (turn: number) => turnSeed(rollout, turn),
      };
      let waiting: OpenEpisode | null = opened;
      const play = async (): Promise<Rollout> => {
        const episode = waiting ?? (await open(signal));
        waiting = null;
        // The same seeds give the same responses: a failure that does not come again leaves no trace.
        assertSamePrompt(episode, opened);
        return playEpisode(episode, firsts[rollout]!, place, live, scope, signal);
      };
      return withRetries(play, retries, retried[rollout]!);
    });
    const mended = retried.flat();
    return {
      instance,
      rollouts: played.filter((outcome): outcome is Rollout => !isFailure(outcome)),
      failures: played.filter(isFailure),
      ...(mended.length > 0 && { retried: mended }),
    };
  } finally {
    // What was opened and never played: the run is stopping.
    for (const { controller } of live) controller.abort(signal.reason);
    await Promise.all([...live].map((open) => closeEpisode(open, live, scope)));
  }
}

/** Kinds that come again however often a rollout is played. */
const LASTING: ReadonlySet<FailureKind> = new Set(['prompt-too-long', 'replay']);

/**
 * What work gives, or its last failure when it fails more often than it is tried again.
 *
 * @param mended - Gets the failures before a success.
 */
async function withRetries<Result extends object>(
  work: () => Promise<Result>,
  retries: number,
  mended: RolloutFailure[],
): Promise<Result | RolloutFailure> {
  const failures: RolloutFailure[] = [];
  for (;;) {
    const outcome = await orFailure(work());
    if (!isFailure(outcome)) {
      mended.push(...failures);
      return outcome;
    }
    if (failures.length === retries || LASTING.has(outcome.kind)) return outcome;
    failures.push(outcome);
  }
}

function assertSamePrompt(episode: OpenEpisode, first: OpenEpisode): void {
  if (equal(episode.prompt, first.prompt)) return;
  const { task } = episode;
  throw new RolloutError(
    'replay',
    `domain ${task.domain}, task ${task.id}: expected the same opening when it was tried again, got another one. ` +
      'Let the environment depend on (task, seed, responses) alone.',
  );
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
