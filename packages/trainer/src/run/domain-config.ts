/**
 * What one domain of a run has in place of the run's own `rollout` and `objective`. Everything an iteration decides group by group
 * can differ by domain; what it has once (learning rate, mini-batches, the reference policy) is refused there.
 */
import { ConfigError, type ConfigProblem, type Json, showValue } from '@taskspace/core';
import type {
  CommonConfig,
  DomainObjectiveConfig,
  DomainSection,
  EpisodeConfig,
  ObjectiveConfig,
  RunConfig,
} from './config.ts';
import {
  EPISODE_SCHEMA,
  OBJECTIVE_PRESETS,
  OBJECTIVE_SCHEMA,
  ROLLOUT_SCHEMA,
} from './config-schema.ts';

/** The schema of a whole run with `rollout` and, in training, `objective` beside each domain's own options. */
export function withDomainSettings(schema: object, isTraining: boolean): object {
  const { properties } = schema as { properties: { domains: { properties: object } } };
  const own = {
    rollout: partialSchema(
      isTraining ? ROLLOUT_SCHEMA : EPISODE_SCHEMA,
      "What this domain's episodes have in place of the run's; prompts: its exact number of groups an iteration.",
    ),
    ...(isTraining && {
      objective: partialSchema(
        OBJECTIVE_SCHEMA,
        "What this domain's rollouts are trained with in place of the run's objective.",
        ['reference', 'miniBatches'],
      ),
    }),
  };
  const domains = Object.entries(properties.domains.properties).map(([name, domain]) => [
    name,
    { ...domain, properties: { ...domain.properties, ...own } },
  ]);
  return {
    ...schema,
    properties: {
      ...properties,
      domains: { ...properties.domains, properties: Object.fromEntries(domains) },
    },
  };
}

/** Where every domain says its own number of prompts, the run's is their sum unless it is given. */
export function withPromptSum(value: { readonly [key: string]: Json }): typeof value {
  const { domains, rollout } = value;
  if (!isObject(domains) || (isObject(rollout) && isNumber(rollout.prompts))) return value;
  const counts = Object.values(domains)
    .filter((section) => !isObject(section) || section.weight !== 0)
    .map((section) =>
      isObject(section) && isObject(section.rollout) ? section.rollout.prompts : null,
    );
  if (counts.length === 0 || !counts.every(isNumber)) return value;
  const prompts = counts.reduce((sum, count) => sum + count, 0);
  return { ...value, rollout: { ...(isObject(rollout) ? rollout : {}), prompts } };
}

/**
 * The same config with what domains say for themselves written out whole.
 *
 * @throws {@link ConfigError} when numbers of prompts, weights and the floor contradict each other.
 */
export function resolveDomains(config: RunConfig, subject: string): RunConfig {
  const problems = promptProblems(config);
  if (problems.length > 0) throw new ConfigError(problems, subject);
  const { rollout, objective } = config;
  const lengthOf = ({ sampling, maxTurns }: EpisodeConfig): number => sampling.maxTokens * maxTurns;
  const domains = Object.entries(config.domains).map(([name, section]) => {
    if (!section.rollout && !section.objective) return [name, section] as const;
    const own = episodesOf(config, name);
    const merged = mergedObjective(objective, section.objective ?? {});
    const { maxLength = lengthOf(own) } = merged;
    const whole = { ...section, rollout: own, objective: { ...merged, maxLength } };
    return [name, whole] as const;
  });
  const { maxLength = lengthOf(rollout) } = objective;
  return {
    ...config,
    objective: { ...objective, maxLength },
    domains: Object.fromEntries(domains),
  };
}

/**
 * The config of the domains that could be set up, as if the others had never been in it: their numbers of prompts are not drawn, and
 * a floor that has nobody to protect goes.
 */
export function withDomainsOf<Config extends CommonConfig>(
  config: Config,
  names: ReadonlySet<string>,
): Config {
  const entries = Object.entries(config.domains);
  if (entries.every(([name]) => names.has(name))) return config;
  const domains = Object.fromEntries(entries.filter(([name]) => names.has(name)));
  const { rollout, mix } = config as Config & Partial<Pick<RunConfig, 'rollout' | 'mix'>>;
  if (!rollout || !mix) return { ...config, domains };
  const sections = Object.values(domains);
  const sharing = sections.filter(
    (section) => promptsOf(section) === undefined && section.weight > 0,
  );
  const counted = sumOfPrompts(sections);
  const gone = sumOfPrompts(entries.flatMap(([name, section]) => (names.has(name) ? [] : section)));
  const prompts = sharing.length > 0 ? rollout.prompts - gone : counted;
  return {
    ...config,
    domains,
    rollout: { ...rollout, prompts },
    mix: sharing.length > 1 ? mix : { ...mix, floor: 0 },
  };
}

/** How one domain's episodes are played. */
export function episodesOf<
  Config extends Pick<CommonConfig, 'domains'> & { rollout: EpisodeConfig },
>({ rollout, domains }: Config, domain: string): Config['rollout'] {
  const { prompts: _prompts, ...shared } = rollout as Config['rollout'] & { prompts?: number };
  const own = domains[domain]?.rollout ?? {};
  const sampling = { ...rollout.sampling, ...own.sampling };
  return { ...shared, ...own, sampling } as Config['rollout'];
}

/** What one domain's rollouts are trained with. */
export function objectiveOf({ objective, domains }: RunConfig, domain: string): ObjectiveConfig {
  return { ...objective, ...domains[domain]?.objective };
}

/** Groups of a domain in every iteration; undefined when it has a share of them instead. */
export function promptsOf(section: DomainSection | undefined): number | undefined {
  return section?.rollout?.prompts;
}

function sumOfPrompts(sections: readonly DomainSection[]): number {
  return sections.reduce((sum, section) => sum + (promptsOf(section) ?? 0), 0);
}

/** A domain's objective by name starts afresh from what that name sets. */
function mergedObjective(
  { reference: _reference, miniBatches: _miniBatches, ...shared }: ObjectiveConfig,
  own: DomainObjectiveConfig,
): DomainObjectiveConfig {
  return { ...shared, ...(own.name !== undefined && OBJECTIVE_PRESETS[own.name]), ...own };
}

function promptProblems({ domains, rollout, mix }: RunConfig): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const sections = Object.entries(domains);
  const counted = sections.filter(([, section]) => promptsOf(section) !== undefined);
  for (const [name, { weight }] of counted) {
    if (weight === 1) continue;
    problems.push({
      path: `domains.${name}.weight`,
      expected: 'no weight beside rollout.prompts, which says how many exactly',
      got: showValue(weight),
      suggestion: 'Leave out one of them.',
    });
  }
  const sharing = sections.filter(
    ([, section]) => promptsOf(section) === undefined && section.weight > 0,
  );
  const sum = sumOfPrompts(counted.map(([, section]) => section));
  const fits = sharing.length > 0 ? sum < rollout.prompts : sum === rollout.prompts;
  if (counted.length > 0 && !fits) {
    const names = sharing.map(([name]) => name).join(', ');
    problems.push({
      path: 'rollout.prompts',
      expected:
        sharing.length > 0
          ? `more than the ${sum} that domains have for themselves, so that some are left for ${names}`
          : `${sum}, the sum of what the domains have for themselves`,
      got: String(rollout.prompts),
    });
  }
  const { floor } = mix;
  if (floor > 0 && floor * sharing.length > 1) {
    problems.push({
      path: 'mix.floor',
      expected: `at most 1/${sharing.length}, as ${sharing.length} domains share the draws`,
      got: String(floor),
    });
  }
  if (floor > 0 && sharing.length < 2) {
    problems.push({
      path: 'mix.floor',
      expected: 'at least two domains that share the draws by weight',
      got: `${floor} with ${sharing.length}`,
      suggestion: 'Leave it out.',
    });
  }
  return problems;
}

/** A schema whose fields may all be left out and are then not filled in. */
function partialSchema(
  schema: object,
  description: string,
  without: readonly string[] = [],
): object {
  const { properties } = schema as { readonly properties: Readonly<Record<string, object>> };
  const kept = Object.entries(properties).filter(([name]) => !without.includes(name));
  return {
    type: 'object',
    additionalProperties: false,
    required: [],
    nullable: true,
    description,
    properties: Object.fromEntries(kept.map(([name, field]) => [name, optional(field)])),
  };
}

function optional(field: object): object {
  const { default: _default, ...rest } = field as {
    readonly default?: unknown;
    readonly properties?: Readonly<Record<string, object>>;
  };
  if (rest.properties === undefined) return { ...rest, nullable: true };
  const properties = Object.entries(rest.properties).map(([name, inner]) => [
    name,
    optional(inner),
  ]);
  return { ...rest, nullable: true, properties: Object.fromEntries(properties) };
}

function isObject(value: Json | undefined): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isNumber(value: Json | undefined): value is number {
  return typeof value === 'number';
}
