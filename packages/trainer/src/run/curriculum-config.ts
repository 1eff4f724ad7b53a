/**
 * The `curriculum` section of a run and of each of its domains, and the presets beneath them: what may be left out, what wins
 * over what, and what it all resolves to.
 *
 * From the weakest to the strongest: the run's preset, the run's section, the domain's preset, the domain's section. A section
 * that names its own variant starts afresh where the variant decides (probabilities and bonus).
 */
import {
  ConfigError,
  type ConfigProblem,
  type ExitOptions,
  type ExitPreset,
  exitOptionsSchema,
  type Json,
  PRESETS,
  resolveExit,
  showValue,
} from '@taskspace/core';
import type { CommonConfig, CurriculumConfig, DomainSection, RunConfig } from './config.ts';

type Section = { readonly [key: string]: Json };

const EXIT_SCHEMA = exitOptionsSchema as { readonly properties: Readonly<Record<string, object>> };
const VARIANTS: readonly string[] = ['grpo', 'curriculum', 'improve', 'diverge', 'exit'];
/** What a variant decides unless it is given. */
const OF_VARIANT = ['selectProbability', 'divergeProbability', 'diversityBonus'];

/** Of `curriculum`, at the top and in a domain; nothing is filled in, as defaults depend on each other. */
export const CURRICULUM_SCHEMA = {
  type: 'object',
  additionalProperties: false,
  required: [],
  description:
    'What the policy practises. A plain word is short for a name or a variant: uniform, grpo, curriculum, improve, diverge, exit.',
  properties: {
    name: {
      type: 'string',
      enum: ['uniform', 'exit'],
      nullable: true,
      description:
        'uniform: train tasks, all equally likely, the default. exit: a task buffer grows from the rollouts (arXiv 2509.04575).',
    },
    ...EXIT_SCHEMA.properties,
  },
} as const;

/** Of `preset`. */
export const PRESET_SCHEMA = {
  type: 'string',
  enum: Object.keys(PRESETS),
  nullable: true,
  description:
    "The paper's settings, beneath what is given: curriculum, prompts, group size, objective and learning rate. In a domain: its curriculum, prompts, group size and objective; learning rate and reference policy are the run's.",
} as const;

/**
 * A config as it was given, with presets and short forms written out.
 *
 * @param owns - Whether a domain has an option of its own by a name.
 */
export function withCurriculum(
  value: Section,
  owns: (domain: string, option: string) => boolean,
): Section {
  const preset = presetOf(value.preset);
  const own = curriculumSection(value.curriculum);
  const curriculum = layered(preset?.curriculum, own);
  const { domains } = value;
  return {
    ...(preset ? beneath(value, preset) : value),
    ...(curriculum !== undefined && { curriculum }),
    ...(isSection(domains) && {
      domains: Object.fromEntries(
        Object.entries(domains).map(([name, section]) => [
          name,
          isSection(section) ? withDomainCurriculum(section, !owns(name, 'preset')) : section,
        ]),
      ),
    }),
  };
}

/** The schema of a whole run with what stands beside a domain's own options. */
export function withDomainCurricula(schema: object): object {
  const { properties } = schema as { properties: { domains: { properties: object } } };
  const domains = Object.entries(properties.domains.properties).map(([name, domain]) => {
    const extended = {
      ...domain,
      properties: {
        preset: PRESET_SCHEMA,
        ...domain.properties,
        curriculum: { ...CURRICULUM_SCHEMA, nullable: true },
      },
    };
    return [name, extended] as const;
  });
  return {
    ...schema,
    properties: {
      ...properties,
      domains: { ...properties.domains, properties: Object.fromEntries(domains) },
    },
  };
}

/**
 * The same config with every curriculum resolved.
 *
 * @param owns - As for {@link withCurriculum}.
 * @throws {@link ConfigError} with every contradiction.
 */
export function resolveCurricula(
  config: RunConfig,
  owns: (domain: string, option: string) => boolean,
  subject: string,
): RunConfig {
  const problems: ConfigProblem[] = [];
  const given = config.curriculum as unknown as Section;
  const resolve = (section: Section, path: string): CurriculumConfig =>
    resolveSection(section, path, problems) ?? { name: 'uniform' };
  const curriculum = resolve(given, 'curriculum');
  const domains: Record<string, DomainSection> = {};
  for (const [name, { preset, ...section }] of Object.entries(config.domains)) {
    const kept = owns(name, 'preset') && preset !== undefined ? { preset } : {};
    const own = section.curriculum as Section | undefined;
    domains[name] = { ...section, ...kept } as DomainSection;
    if (own === undefined) continue;
    const path = `domains.${name}.curriculum`;
    domains[name] = { ...domains[name], curriculum: resolve(layered(given, own)!, path) };
  }
  const resolved: RunConfig = { ...config, curriculum, domains };
  if (config.embedder.kind === 'none') {
    const wanting = Object.keys(domains).filter((name) => wantsBonus(resolved, name));
    for (const name of wanting) {
      problems.push({
        path: domains[name]!.curriculum ? `domains.${name}.curriculum` : 'curriculum',
        expected: 'diversityBonus false, as embedder is none',
        got: 'true',
        suggestion: 'Set diversityBonus to false, or embedder to policy.',
      });
    }
  }
  if (problems.length > 0) throw new ConfigError(distinct(problems), subject);
  return resolved;
}

/** What is practised of one domain. */
export function curriculumOf(
  { curriculum, domains }: Pick<RunConfig, 'curriculum'> & Pick<CommonConfig, 'domains'>,
  domain: string,
): CurriculumConfig {
  return (domains[domain]?.curriculum as CurriculumConfig | undefined) ?? curriculum;
}

/** Whether advantages of a domain's rollouts are weighted by their diversity, which needs embeddings. */
export function wantsBonus(
  config: Pick<RunConfig, 'curriculum'> & Pick<CommonConfig, 'domains'>,
  domain: string,
): boolean {
  const curriculum = curriculumOf(config, domain);
  return curriculum.name === 'exit' && curriculum.diversityBonus;
}

function presetOf(name: Json | undefined): ExitPreset | undefined {
  return Object.entries(PRESETS).find(([known]) => known === name)?.[1];
}

/** Puts a preset's settings under what is given; an objective given by name stands for itself. */
function beneath(value: Section, preset: ExitPreset): Section {
  const under = {
    rollout: preset.rollout,
    objective: objectiveBeneath(value.objective, preset.objective),
    optimizer: preset.optimizer,
  };
  return { ...value, ...merged(under as unknown as Section, value) };
}

/** What a preset's objective leaves when another one is given by name. */
function objectiveBeneath(given: Json | undefined, preset: Section): Section {
  const { name, overLong: _overLong, ...shared } = preset;
  const isOther = isSection(given) && given.name !== undefined && given.name !== name;
  return isOther ? shared : preset;
}

/** The right side over the left, section by section. */
function merged(under: Section, over: Section): Section {
  const entries = Object.entries(under).map(([key, value]): [string, Json] => {
    const given = over[key];
    if (given === undefined || given === null) return [key, value];
    return [
      key,
      isSection(value) && isSection(given) ? { ...given, ...merged(value, given) } : given,
    ];
  });
  return Object.fromEntries(entries);
}

function withDomainCurriculum(section: Section, takesPreset: boolean): Section {
  const preset = takesPreset ? presetOf(section.preset) : undefined;
  const curriculum = layered(preset?.curriculum, curriculumSection(section.curriculum));
  const whole = preset ? { ...section, ...domainBeneath(section, preset) } : section;
  return curriculum === undefined ? whole : { ...whole, curriculum };
}

/** What a preset says of one domain among others; a share given by weight goes before its number of prompts. */
function domainBeneath(section: Section, preset: ExitPreset): Section {
  const { reference: _reference, ...objective } = preset.objective;
  const { prompts, groupSize } = preset.rollout;
  const rollout = section.weight === undefined ? { prompts, groupSize } : { groupSize };
  return merged({ rollout, objective: objectiveBeneath(section.objective, objective) }, section);
}

/** The upper section over the lower one, both of one name. */
function layered(
  lower: Partial<ExitOptions> | Section | undefined,
  upper: Json | undefined,
): Section | undefined {
  const under = lower && named(lower as Section);
  // What is no section is left for the schema to refuse.
  if (upper !== undefined && !isSection(upper)) return upper as unknown as Section;
  if (under === undefined) return upper === undefined ? undefined : named(upper);
  if (upper === undefined) return under;
  if (upper.name === 'uniform' || (under.name === 'uniform' && upper.name !== undefined))
    return upper;
  const kept =
    upper.variant === undefined || upper.variant === under.variant
      ? under
      : Object.fromEntries(Object.entries(under).filter(([key]) => !OF_VARIANT.includes(key)));
  const { name: _, ...rest } = kept.name === 'uniform' ? {} : kept;
  return named({ ...rest, ...upper });
}

/** A section that says anything about the buffer is ExIt's. */
function named(section: Section): Section {
  if (section.name !== undefined || Object.keys(section).length === 0) return section;
  return { name: 'exit', ...section };
}

/** A plain word is short for a name or a variant. */
function curriculumSection(given: Json | undefined): Json | undefined {
  if (given === 'uniform') return { name: 'uniform' };
  if (typeof given === 'string' && VARIANTS.includes(given))
    return { name: 'exit', variant: given };
  return given === null ? undefined : given;
}

/** Null when it cannot be resolved; why is then among the problems. */
function resolveSection(
  { name = 'uniform', ...options }: Section,
  path: string,
  problems: ConfigProblem[],
): CurriculumConfig | null {
  if (name === 'uniform') {
    for (const [key, value] of Object.entries(options)) {
      problems.push({
        path: `${path}.${key}`,
        expected: 'nothing beside the name uniform',
        got: showValue(value),
        suggestion: 'Leave it out, or set the name to exit.',
      });
    }
    return { name };
  }
  try {
    return { name: 'exit', ...resolveExit(options, path) };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    for (const problem of error.problems) {
      problems.push({ ...problem, path: problem.path === '' ? path : `${path}.${problem.path}` });
    }
    return null;
  }
}

function distinct(problems: readonly ConfigProblem[]): ConfigProblem[] {
  return [...new Map(problems.map((problem) => [JSON.stringify(problem), problem])).values()];
}

function isSection(value: unknown): value is Section {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
