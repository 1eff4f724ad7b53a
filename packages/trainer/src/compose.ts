/**
 * The composition root: the one place that knows which implementation stands behind each token. A run is wired in a scope
 * of its own; whatever a caller has registered there before is used in place of the built-in.
 */
import {
  CLOCK,
  CURRICULUM,
  type Curriculum,
  createExitCurriculum,
  createMixedCurriculum,
  createRandom,
  createToken,
  createUniformCurriculum,
  type Domain,
  DomainError,
  type DomainParts,
  diversityBonus,
  domainOptions,
  EMBEDDER,
  type Embedder,
  type EmbeddingSpace,
  groupAdvantages,
  iterationReward,
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
import type { EmbeddingParts } from './embedder/embed-groups.ts';
import { createEncoderEmbedder, type EncoderEmbedder } from './embedder/encoder-embedder.ts';
import { createPolicyEmbedder } from './embedder/policy-embedder.ts';
import { readModelBase } from './model/checkpoint.ts';
import { type ConversationFormat, createConversationFormat } from './model/conversation.ts';
import { resolveTargets } from './model/lora-config.ts';
import { createObjective, type Objective } from './objective/objective.ts';
import type { RolloutScope } from './rollout/play-groups.ts';
import type {
  CommonConfig,
  EpisodeConfig,
  LoraSection,
  MemoryConfig,
  ObjectiveConfig,
  PolicyConfig,
  RunConfig,
} from './run/config.ts';
import { curriculumOf, wantsBonus } from './run/curriculum-config.ts';
import { policyFolder } from './run/policy-folder.ts';

/** What trains and samples. */
export const BACKEND: Token<TrainingBackend> = createToken('BACKEND');

/** How conversations become tokens. */
export const FORMAT: Token<ConversationFormat> = createToken('FORMAT');

/** The run's domains, by name. */
export const DOMAINS: Token<ReadonlyMap<string, DomainParts>> = createToken('DOMAINS');

/** How rewards become a gradient. */
export const OBJECTIVE: Token<Objective> = createToken('OBJECTIVE');

/** An encoder that a run has opened for itself. */
const ENCODER: Token<EncoderEmbedder> = createToken('ENCODER');

/** What a run asks of the backend it gets. */
export interface BackendNeeds {
  /** Whether a copy of the first weights is kept as reference policy. */
  readonly keepReference: boolean;
  /** Adapters to train; left out, the weights are. */
  readonly lora?: LoraSection | undefined;
  /** How training uses memory; left out, the policy is only sampled from. */
  readonly memory?: MemoryConfig;
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
    const parts = await createDomains(config.domains, domains, scope);
    const tidyUp = async (): Promise<void> => {
      for (const domain of parts.values()) await domain.dispose?.();
    };
    const owned = Object.assign(parts, { [Symbol.asyncDispose]: tidyUp });
    // By factory, so that the scope disposes them.
    scope.registerFactory(DOMAINS, () => owned).get(DOMAINS);
  }
}

/** Registers what every kind of run needs: clock, random stream, domains, conversation format and backend. */
export async function composeCommon(
  scope: Scope,
  config: CommonConfig,
  domains: readonly Domain[],
  { keepReference, lora: section, memory }: BackendNeeds,
): Promise<void> {
  await composeDomains(scope, config, domains);
  const { device, threads, policy, seed } = config;
  const folder = policyFolder(policy);
  if (!scope.has(FORMAT)) {
    const { tokenizer, template } = await readModelBase(folder);
    scope.registerValue(FORMAT, createConversationFormat(tokenizer, template));
  }
  if (!scope.has(BACKEND)) {
    const { init } = policy;
    const lora = section && { ...section, targets: resolveTargets(section.targets) };
    const given = { policyFolder: folder, init, lora, seed };
    const options = { ...given, device, threads, keepReference, ...memory };
    const backend = await createEmbeddedBackend({ ...options, trains: memory !== undefined });
    // By factory, so that the scope disposes it.
    scope.registerFactory(BACKEND, () => backend).get(BACKEND);
  }
}

/** Registers what reinforcement learning needs besides: curriculum, settle steps and objective. */
export async function composeTraining(scope: Scope, config: RunConfig): Promise<void> {
  const domains = scope.get(DOMAINS);
  const wanting = bonusDomains(config, domains);
  if (wanting.size > 0 && !scope.has(EMBEDDER)) {
    scope.registerValue(EMBEDDER, await createEmbedder(scope, config));
  }
  if (!scope.has(CURRICULUM)) {
    const space = (domain: string) => (wanting.has(domain) ? scope.get(EMBEDDER) : null);
    const sources = await trainSources(config, domains);
    scope.registerValue(CURRICULUM, createCurriculum(config, sources, space));
  }
  if (!scope.has(SETTLE_STEPS)) {
    scope.registerValue(SETTLE_STEPS, settleSteps(config.objective, domains, wanting.size > 0));
  }
  if (!scope.has(OBJECTIVE)) {
    const { temperature } = config.rollout.sampling;
    scope.registerValue(OBJECTIVE, createObjective({ ...config.objective, temperature }));
  }
}

/** What of a run's rollouts is embedded, and by what; null when nothing is. */
export function embeddingParts(scope: Scope, config: RunConfig): EmbeddingParts | null {
  const domains = scope.get(DOMAINS);
  const wanting = bonusDomains(config, domains);
  if (wanting.size === 0) return null;
  const texts = new Map<string, (response: string) => string>();
  for (const name of wanting) {
    const { embeddingText } = domains.get(name)!;
    texts.set(name, embeddingText?.bind(domains.get(name)) ?? ((response) => response));
  }
  return { embedder: scope.get(EMBEDDER), texts };
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

/** Domains whose advantages are weighted by diversity. */
function bonusDomains(
  config: RunConfig,
  domains: ReadonlyMap<string, DomainParts>,
): ReadonlySet<string> {
  return new Set([...domains.keys()].filter((name) => wantsBonus(config, name)));
}

async function createEmbedder(scope: Scope, config: RunConfig): Promise<Embedder> {
  const { embedder, policy, threads } = config;
  if (embedder.kind === 'bert') {
    const { path, maxTokens } = embedder;
    const encoder = await createEncoderEmbedder({ path: path!, threads, maxTokens });
    // By factory, so that the scope disposes it.
    return scope.registerFactory(ENCODER, () => encoder).get(ENCODER);
  }
  const { tokenizer } = await readModelBase(policyFolder(policy));
  return createPolicyEmbedder(scope.get(BACKEND), tokenizer);
}

/** Runs that grow no task space draw from all domains at once; the others from a curriculum of each. */
function createCurriculum(
  config: RunConfig,
  sources: readonly WeightedSource[],
  space: (domain: string) => EmbeddingSpace | null,
): Curriculum {
  if (sources.every(({ domain }) => curriculumOf(config, domain).name === 'uniform')) {
    return createUniformCurriculum(sources);
  }
  const drawn = sources.filter(({ weight }) => weight !== 0);
  const parts = drawn.map(({ domain, source, weight = 1 }) => {
    const options = curriculumOf(config, domain);
    const curriculum =
      options.name === 'uniform'
        ? createUniformCurriculum([{ domain, source }])
        : createExitCurriculum({ domain, source, options, embedding: space(domain) });
    return { domain, curriculum, weight };
  });
  return createMixedCurriculum(parts);
}

async function createDomains(
  sections: CommonConfig['domains'],
  domains: readonly Domain[],
  scope: Scope,
): Promise<Map<string, DomainParts>> {
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

/**
 * Over-long rollouts are masked before the advantages are made, and still count in their group's mean; the diversity of a group
 * weights advantages, so it comes after them.
 */
function settleSteps(
  { overLong: cut, normalise, zeroVariance: mode }: ObjectiveConfig,
  domains: ReadonlyMap<string, DomainParts>,
  hasBonus: boolean,
): SettleStep[] {
  const rules = [...domains].map(([name, parts]) => [name, parts.iterationReward ?? {}] as const);
  return [
    ...(cut === 'mask' ? [overLong()] : []),
    iterationReward(new Map(rules)),
    groupAdvantages({ normalise }),
    ...(hasBonus ? [diversityBonus()] : []),
    zeroVariance({ mode }),
  ];
}
