/**
 * The composition root: the one place that knows which implementation stands behind each token. A run is wired in a scope
 * of its own; whatever a caller has registered there before is used in place of the built-in.
 */
import {
  byDomain,
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
  type MixPart,
  overLong,
  RANDOM,
  type Scope,
  SETTLE_STEPS,
  type SettleStep,
  type SetUpContext,
  showValue,
  TaskspaceError,
  type Token,
  viableGroup,
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
import type { RolloutOptions, RolloutScope } from './rollout/play-groups.ts';
import type {
  CommonConfig,
  DomainSection,
  EpisodeConfig,
  LoraSection,
  MemoryConfig,
  RolloutConfig,
  RunConfig,
} from './run/config.ts';
import { curriculumOf, wantsBonus } from './run/curriculum-config.ts';
import { episodesOf, objectiveOf, promptsOf } from './run/domain-config.ts';
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

/** How domains are set up. */
export interface SetUp extends SetUpContext {
  /** Whether a domain that cannot be set up may be left out, where its section says so. */
  readonly mayLeaveOut: boolean;
}

/**
 * Registers what needs no policy: clock, random stream and domains.
 *
 * @param setUp - Null when no episode will be played, so that nothing has to be set up.
 */
export async function composeDomains(
  scope: Scope,
  config: Pick<CommonConfig, 'seed' | 'domains'>,
  domains: readonly Domain[],
  setUp: SetUp | null,
): Promise<void> {
  if (!scope.has(CLOCK)) scope.registerValue(CLOCK, { now: () => Date.now() });
  if (!scope.has(RANDOM)) scope.registerValue(RANDOM, createRandom(config.seed));
  if (!scope.has(DOMAINS)) {
    const parts = await createDomains(config.domains, domains, scope, setUp);
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
  setUp: SetUp | null,
): Promise<void> {
  await composeDomains(scope, config, domains, setUp);
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
    scope.registerValue(SETTLE_STEPS, settleSteps(config, domains, wanting.size > 0));
  }
  if (!scope.has(OBJECTIVE)) {
    const { miniBatches } = config.objective;
    const { temperature } = config.rollout.sampling;
    const own = [...domains.keys()].map((name) => {
      const { temperature } = episodesOf(config, name).sampling;
      return [name, { ...objectiveOf(config, name), miniBatches, temperature }] as const;
    });
    const shared = { ...config.objective, temperature };
    scope.registerValue(OBJECTIVE, createObjective(shared, new Map(own)));
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
  config: Pick<CommonConfig, 'domains'> & { readonly rollout: PlayedConfig },
  onNotice: (message: string) => void,
): RolloutScope {
  const domains = scope.get(DOMAINS);
  return {
    backend: scope.get(BACKEND),
    format: scope.get(FORMAT),
    domains,
    services: scope,
    options: rolloutOptions(config.rollout),
    ownOptions: new Map(
      [...domains.keys()].map((name) => [name, rolloutOptions(episodesOf(config, name))]),
    ),
    onNotice,
  };
}

/** Groups are those of training; other kinds of run play episodes alone. */
type PlayedConfig = EpisodeConfig & Partial<Pick<RolloutConfig, 'groupSize' | 'retries'>>;

function rolloutOptions(config: PlayedConfig): RolloutOptions {
  const { maxTurns, timeoutMs, concurrency, groupSize = 1, retries = 0, sampling } = config;
  const { maxTokens, temperature, topP, topK, stop } = sampling;
  return {
    maxTurns,
    timeoutMs,
    concurrency,
    groupSize,
    retries,
    sampling: { maxTokens, temperature, topP, topK, stopStrings: stop },
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

/** Base tasks of one domain need no mix. */
function createCurriculum(
  config: RunConfig,
  sources: readonly WeightedSource[],
  space: (domain: string) => EmbeddingSpace | null,
): Curriculum {
  const drawn = sources.filter(({ weight }) => weight !== 0);
  const [only] = drawn;
  if (drawn.length < 2 && (!only || curriculumOf(config, only.domain).name === 'uniform')) {
    return createUniformCurriculum(sources);
  }
  const parts = drawn.map(({ domain, source, weight = 1 }): MixPart => {
    const options = curriculumOf(config, domain);
    const curriculum =
      options.name === 'uniform'
        ? createUniformCurriculum([{ domain, source }])
        : createExitCurriculum({ domain, source, options, embedding: space(domain) });
    const count = promptsOf(config.domains[domain]);
    return { domain, curriculum, weight, ...(count !== undefined && { count }) };
  });
  return createMixedCurriculum(parts, config.mix);
}

/** By name; optional ones that cannot be set up are told of and left out, unless none would remain. */
async function createDomains(
  sections: CommonConfig['domains'],
  domains: readonly Domain[],
  scope: Scope,
  setUp: SetUp | null,
): Promise<Map<string, DomainParts>> {
  const created = new Map<string, DomainParts>();
  const leftOut: unknown[] = [];
  try {
    for (const domain of domains) {
      const { name } = domain;
      const section = sections[name]!;
      try {
        created.set(name, await createDomain(domain, section, scope, setUp));
      } catch (error) {
        setUp?.signal.throwIfAborted();
        if (!setUp?.mayLeaveOut || section.optional !== true) throw error;
        leftOut.push(error);
        const why = error instanceof Error ? error.message : showValue(error, 300);
        setUp.onNotice(
          `Domain ${name} is left out, as it is optional and cannot be set up here. ${why}`,
        );
      }
    }
    if (created.size === 0 && leftOut.length > 0) throw leftOut[0];
    return created;
  } catch (error) {
    for (const parts of created.values()) await parts.dispose?.();
    throw error;
  }
}

async function createDomain(
  domain: Domain,
  section: DomainSection,
  scope: Scope,
  setUp: SetUp | null,
): Promise<DomainParts> {
  let parts: DomainParts;
  try {
    parts = await domain.create(domainOptions(section), scope);
  } catch (cause) {
    if (cause instanceof TaskspaceError) throw cause;
    const message = `expected create to give the domain's parts, it threw ${showValue(cause, 300)}. Correct its options or the domain.`;
    throw new DomainError(message, { domain: domain.name, cause });
  }
  try {
    if (setUp) await parts.prepare?.(setUp);
    return parts;
  } catch (error) {
    await parts.dispose?.();
    throw error;
  }
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
  config: RunConfig,
  domains: ReadonlyMap<string, DomainParts>,
  hasBonus: boolean,
): SettleStep[] {
  const rules = [...domains].map(([name, parts]) => [name, parts.iterationReward ?? {}] as const);
  const each = (name: string, stepOf: (domain: string) => SettleStep | null): SettleStep => {
    const steps = [...domains.keys()].map((domain) => [domain, stepOf(domain)] as const);
    return byDomain(
      name,
      new Map(steps.filter((entry) => entry[1] !== null) as [string, SettleStep][]),
    );
  };
  return [
    each('viable-group', (domain) => viableGroup({ least: episodesOf(config, domain).minGroup })),
    each('over-long', (domain) =>
      objectiveOf(config, domain).overLong === 'mask' ? overLong() : null,
    ),
    iterationReward(new Map(rules)),
    each('group-advantages', (domain) => groupAdvantages(objectiveOf(config, domain))),
    ...(hasBonus ? [diversityBonus()] : []),
    each('zero-variance', (domain) =>
      zeroVariance({ mode: objectiveOf(config, domain).zeroVariance }),
    ),
  ];
}
