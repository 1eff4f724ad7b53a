/**
 * The composition root: the one place that knows which implementation stands behind each token. A run is wired in a scope
 * of its own; whatever a caller has registered there before is used in place of the built-in.
 */

import { fileURLToPath } from 'node:url';
import {
  CLOCK,
  CURRICULUM,
  createRandom,
  createToken,
  createUniformCurriculum,
  type Domain,
  DomainError,
  type DomainParts,
  domainOptions,
  groupAdvantages,
  overLong,
  RANDOM,
  type Scope,
  SETTLE_STEPS,
  type SettleStep,
  showValue,
  TaskspaceError,
  type Token,
  type WeightedSource,
  zeroVariance,
} from '@taskspace/core';
import type { TrainingBackend } from './backend/backend.ts';
import { createEmbeddedBackend } from './backend/embedded.ts';
import { readModelBase } from './model/checkpoint.ts';
import { type ConversationFormat, createConversationFormat } from './model/conversation.ts';
import { createObjective, type Objective } from './objective/objective.ts';
import type { RolloutScope } from './rollout/play-groups.ts';
import type {
  CommonConfig,
  EpisodeConfig,
  ObjectiveConfig,
  PolicyConfig,
  RunConfig,
} from './run/config.ts';

/** What trains and samples. */
export const BACKEND: Token<TrainingBackend> = createToken('BACKEND');

/** How conversations become tokens. */
export const FORMAT: Token<ConversationFormat> = createToken('FORMAT');

/** The run's domains, by name. */
export const DOMAINS: Token<ReadonlyMap<string, DomainParts>> = createToken('DOMAINS');

/** How rewards become a gradient. */
export const OBJECTIVE: Token<Objective> = createToken('OBJECTIVE');

/** What a run asks of the backend it gets. */
export interface BackendNeeds {
  /** Whether a copy of the first weights is kept as reference policy. */
  readonly keepReference: boolean;
}

/** Registers what needs no policy: clock, random stream and domains. */
export async function composeDomains(
  scope: Scope,
  config: Pick<CommonConfig, 'seed' | 'domains'>,
  domains: readonly Domain[],
): Promise<void> {
  if (!scope.has(CLOCK)) scope.registerValue(CLOCK, { now: () => Date.now() });
  if (!scope.has(RANDOM)) scope.registerValue(RANDOM, createRandom(config.seed));
  if (!scope.has(DOMAINS)) {
    scope.registerValue(DOMAINS, await createDomains(config.domains, domains, scope));
  }
}

/** Registers what every kind of run needs: clock, random stream, domains, conversation format and backend. */
export async function composeCommon(
  scope: Scope,
  config: CommonConfig,
  domains: readonly Domain[],
  { keepReference }: BackendNeeds,
): Promise<void> {
  await composeDomains(scope, config, domains);
  const { device, threads, policy } = config;
  const policyFolder = folderOf(policy);
  if (!scope.has(FORMAT)) {
    const { tokenizer, template } = await readModelBase(policyFolder);
    scope.registerValue(FORMAT, createConversationFormat(tokenizer, template));
  }
  if (!scope.has(BACKEND)) {
    const { init } = policy;
    const options = { policyFolder, init, device, threads, keepReference };
    const backend = await createEmbeddedBackend(options);
    // By factory, so that the scope disposes it.
    scope.registerFactory(BACKEND, () => backend).get(BACKEND);
  }
}

/** Registers what reinforcement learning needs besides: curriculum, settle steps and objective. */
export async function composeTraining(scope: Scope, config: RunConfig): Promise<void> {
  if (!scope.has(CURRICULUM)) {
    const sources = await trainSources(config, scope.get(DOMAINS));
    scope.registerFactory(CURRICULUM, () => createUniformCurriculum(sources));
  }
  if (!scope.has(SETTLE_STEPS)) {
    scope.registerValue(SETTLE_STEPS, settleSteps(config.objective));
  }
  if (!scope.has(OBJECTIVE)) {
    const { temperature } = config.rollout.sampling;
    scope.registerValue(OBJECTIVE, createObjective({ ...config.objective, temperature }));
  }
}

/** What groups of a run are played with. */
export function rolloutScope(
  scope: Scope,
  config: EpisodeConfig & { readonly groupSize?: number },
  onNotice: (message: string) => void,
): RolloutScope {
  const { maxTurns, timeoutMs, concurrency, groupSize = 1, sampling } = config;
  const { maxTokens, temperature, topP, topK, stop } = sampling;
  return {
    backend: scope.get(BACKEND),
    format: scope.get(FORMAT),
    domains: scope.get(DOMAINS),
    services: scope,
    options: {
      maxTurns,
      timeoutMs,
      concurrency,
      groupSize,
      sampling: { maxTokens, temperature, topP, topK, stopStrings: stop },
    },
    onNotice,
  };
}

/** The folder of a policy: the shipped one by its name, any other by its path. */
function folderOf({ path }: PolicyConfig): string {
  return path === 'pocket' ? fileURLToPath(new URL('../assets/pocket', import.meta.url)) : path;
}

async function createDomains(
  sections: CommonConfig['domains'],
  domains: readonly Domain[],
  scope: Scope,
): Promise<ReadonlyMap<string, DomainParts>> {
  const parts = new Map<string, DomainParts>();
  for (const domain of domains) {
    const options = domainOptions(sections[domain.name]!);
    try {
      parts.set(domain.name, await domain.create(options, scope));
    } catch (cause) {
      if (cause instanceof TaskspaceError) throw cause;
      const message = `expected create to give the domain's parts, it threw ${showValue(cause, 300)}. Correct its options or the domain.`;
      throw new DomainError(message, { domain: domain.name, cause });
    }
  }
  return parts;
}

async function trainSources(
  config: CommonConfig,
  domains: ReadonlyMap<string, DomainParts>,
): Promise<WeightedSource[]> {
  const sources: WeightedSource[] = [];
  for (const [domain, parts] of domains) {
    const { weight } = config.domains[domain]!;
    sources.push({ domain, source: await parts.tasks('train'), weight });
  }
  return sources;
}

/** Over-long rollouts are masked before the advantages are made, and still count in their group's mean. */
function settleSteps({
  overLong: cut,
  normalise,
  zeroVariance: mode,
}: ObjectiveConfig): SettleStep[] {
  return [
    ...(cut === 'mask' ? [overLong()] : []),
    groupAdvantages({ normalise }),
    zeroVariance({ mode }),
  ];
}
