/** What trains: reinforcement learning and a supervised warm start. */
import { CLOCK, CURRICULUM, RANDOM, Scope, SETTLE_STEPS } from '@taskspace/core';
import {
  BACKEND,
  type BackendNeeds,
  composeCommon,
  composeTraining,
  DOMAINS,
  embeddingParts,
  FORMAT,
  OBJECTIVE,
  rolloutScope,
} from '../compose.ts';
import { writeFolderAtomic } from './atomic-write.ts';
import { findCheckpoint } from './checkpoint.ts';
import type { CommonConfig, RunConfig, SftConfig } from './config.ts';
import { wantsBonus } from './curriculum-config.ts';
import { objectiveOf, withDomainsOf } from './domain-config.ts';
import type { RunListener } from './listener.ts';
import type { LoadedConfig } from './load-config.ts';
import { type LoopOptions, type RunResult, runLoop, type Training } from './loop.ts';
import { noticeOnce } from './notice-once.ts';
import { fetchPolicy } from './policy-folder.ts';
import { RunFolder } from './run-folder.ts';
import { assertSameRun } from './same-run.ts';
import { createSupervised } from './supervised.ts';
import { createTraining } from './training.ts';

/** How a run is started and followed. */
export interface RunOptions {
  /** Stops the run cleanly: it can be resumed. */
  readonly signal?: AbortSignal;
  readonly listener?: RunListener;
  /** Folder of an earlier run to go on with, from its last checkpoint; `config` is then the one in that folder. */
  readonly resume?: string;
  /** Registrations to use in place of the built-in ones. */
  readonly scope?: Scope;
}

/**
 * Trains a policy by reinforcement learning.
 *
 * @throws {@link TaskspaceError} when something is wrong with the config, a domain, the policy, the disk or the training; what
 *   was saved before is kept.
 */
export async function trainRun(
  { config: given, domains }: LoadedConfig<RunConfig>,
  options: RunOptions = {},
): Promise<RunResult> {
  const config = { ...given, policy: await fetchPolicy(given.policy, options) };
  // The policy embedder reads texts with the policy as it was first, so that needs a copy of its own.
  const names = Object.keys(config.domains);
  const embeds = names.some((name) => wantsBonus(config, name));
  const keepReference =
    names.some((name) => objectiveOf(config, name).klCoefficient > 0) ||
    (embeds && config.embedder.kind === 'policy');
  const { lora } = config.policy;
  const needs = { keepReference, lora, memory: config.memory, playsEpisodes: true };
  return run(config, domains, options, needs, async (config, scope, listener) => {
    await composeTraining(scope, config);
    const parts = {
      backend: scope.get(BACKEND),
      curriculum: scope.get(CURRICULUM),
      settleSteps: scope.get(SETTLE_STEPS),
      objective: scope.get(OBJECTIVE),
      scope: rolloutScope(scope, config, noticeOnce(listener)),
      embedding: embeddingParts(scope, config),
      random: scope.get(RANDOM),
      clock: scope.get(CLOCK),
    };
    return createTraining(config, parts, listener);
  });
}

/** Trains a policy on the domains' demonstrations; throws as {@link trainRun} does. */
export async function sftRun(
  { config: given, domains }: LoadedConfig<SftConfig>,
  options: RunOptions = {},
): Promise<RunResult> {
  const config = { ...given, policy: await fetchPolicy(given.policy, options) };
  const needs = {
    keepReference: false,
    lora: config.policy.lora,
    memory: config.memory,
    playsEpisodes: config.evaluation.tasks > 0,
  };
  return run(config, domains, options, needs, async (config, scope, listener) => {
    const format = scope.get(FORMAT);
    const parts = {
      backend: scope.get(BACKEND),
      example: ({ messages, response }) => format.example(messages, response),
      scope: rolloutScope(scope, config, noticeOnce(listener)),
      random: scope.get(RANDOM),
      clock: scope.get(CLOCK),
    } satisfies Parameters<typeof createSupervised>[1];
    return createSupervised(config, parts, listener);
  });
}

async function run<Config extends CommonConfig & LoopOptions['config']>(
  given: Config,
  plugins: Parameters<typeof composeCommon>[2],
  { signal = new AbortController().signal, listener = {}, resume, scope: above }: RunOptions,
  needs: BackendNeeds & { readonly playsEpisodes: boolean },
  create: (config: Config, scope: Scope, listener: RunListener) => Promise<Training>,
): Promise<RunResult> {
  const earlier = resume === undefined ? null : await RunFolder.open(resume);
  if (earlier) assertSameRun(await earlier.readConfig(), given, earlier.configFile);
  const resumed = earlier && (await findCheckpoint(earlier.checkpoints));
  await using scope = above?.createChild() ?? new Scope();
  // A run goes on with the domains it was started with.
  const setUp = { signal, onNotice: noticeOnce(listener), mayLeaveOut: earlier === null };
  await composeCommon(scope, given, plugins, needs, needs.playsEpisodes ? setUp : null);
  const config = withDomainsOf(given, new Set(scope.get(DOMAINS).keys()));
  const training = await create(config, scope, listener);
  const backend = scope.get(BACKEND);
  const clock = scope.get(CLOCK);
  const domains = [...scope.get(DOMAINS).keys()];
  // Only now, so that a run that cannot start leaves nothing behind.
  const folder = earlier ?? (await RunFolder.create(config.out ?? null, config.name));
  await folder.writeConfig(config);
  const loop = { training, backend, folder, resumed, clock, domains, config, signal, listener };
  const result = await runLoop(loop);
  if (result.status === 'done') {
    await writeFolderAtomic(folder.policy, (target) => backend.save(target, { optimizer: false }));
  }
  return result;
}
