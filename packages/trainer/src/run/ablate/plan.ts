/** What an ablation runs: which policies are trained, with which settings, and what each is then asked. */
import { ConfigError, type ExitVariant, resolveExit } from '@taskspace/core';
import type {
  CurriculumConfig,
  DomainRolloutConfig,
  EvaluationConfig,
  RunConfig,
} from '../config.ts';

/** What is varied, and on how much. */
export interface AblateOptions {
  readonly variants: readonly ExitVariant[];
  /** Runs of each variant; their seeds count up from the config's. */
  readonly seeds: number;
  /** Sampled tokens of each run. */
  readonly tokens: number;
  /** Numbers of rewrites to report on, ascending from 0. */
  readonly rewrites: readonly number[];
  /** Rates to choose each variant's from, on validation tasks; none: those of the config. */
  readonly learningRates: readonly number[];
  /** Runs of each variant and rate when choosing. */
  readonly tuningSeeds: number;
  /** Runs side by side; more than one have one thread each. */
  readonly jobs: number;
}

/** One policy to train (unless it is the one all runs start from) and to ask. */
export interface AblateJob {
  /** Names its folders. */
  readonly name: string;
  /** `base`: the policy before training. */
  readonly variant: ExitVariant | 'base';
  readonly seed: number;
  readonly learningRate: number;
  /** Null for `base`. */
  readonly train: object | null;
  /** Config of the evaluation, but for the policy that comes out of training. */
  readonly evaluate: object;
}

/** Seeds that choose learning rates lie this far from those that are reported. */
const TUNING_SEED = 10_000;
/** The tokens end the run, unless the learning rate falls with the iterations. */
const MANY_ITERATIONS = 1_000_000;

/** The runs that are reported, the policy before training first. */
export function reportedJobs(
  config: RunConfig,
  options: AblateOptions,
  rateOf: (variant: ExitVariant) => number,
): AblateJob[] {
  const seeds = Array.from({ length: options.seeds }, (_, index) => config.seed + index);
  const { evaluation } = config;
  return [
    ...seeds.map((seed) => baseJob(config, options, seed)),
    ...seeds.flatMap((seed) =>
      options.variants.map((variant) =>
        job(config, options, { variant, seed, learningRate: rateOf(variant), evaluation }),
      ),
    ),
  ];
}

/**
 * The runs that choose learning rates: other seeds, validation tasks.
 *
 * @throws {@link ConfigError} when validation tasks are what is reported.
 */
export function tuningJobs(config: RunConfig, options: AblateOptions): AblateJob[] {
  if (options.learningRates.length === 0) return [];
  if (config.evaluation.split === 'validation') {
    const expected = 'another split than validation, on which the learning rates are chosen';
    throw new ConfigError([{ path: 'evaluation.split', expected, got: '"validation"' }]);
  }
  const evaluation: EvaluationConfig = { ...config.evaluation, split: 'validation' };
  const seeds = Array.from(
    { length: options.tuningSeeds },
    (_, index) => config.seed + TUNING_SEED + index,
  );
  return options.variants.flatMap((variant) =>
    options.learningRates.flatMap((learningRate) =>
      seeds.map((seed) => job(config, options, { variant, seed, learningRate, evaluation })),
    ),
  );
}

interface Choice {
  readonly variant: ExitVariant;
  readonly seed: number;
  readonly learningRate: number;
  readonly evaluation: EvaluationConfig;
}

function job(config: RunConfig, options: AblateOptions, choice: Choice): AblateJob {
  const { variant, seed, learningRate, evaluation } = choice;
  const name = `${variant}-rate-${learningRate}-seed-${seed}`;
  return {
    name,
    variant,
    seed,
    learningRate,
    train: trainConfig(config, options, name, choice),
    evaluate: evalConfig(config, options, seed, evaluation),
  };
}

function baseJob(config: RunConfig, options: AblateOptions, seed: number): AblateJob {
  const evaluate = {
    ...evalConfig(config, options, seed, config.evaluation),
    policy: config.policy,
  };
  return {
    name: `base-seed-${seed}`,
    variant: 'base',
    seed,
    learningRate: 0,
    train: null,
    evaluate,
  };
}

function trainConfig(
  config: RunConfig,
  { tokens, jobs }: AblateOptions,
  name: string,
  { variant, seed, learningRate }: Choice,
): object {
  const { ablate: _ablate, out: _out, preset: _preset, ...rest } = config;
  const domains = Object.entries(config.domains).map(([domain, section]) => {
    const { curriculum } = section as { readonly curriculum?: CurriculumConfig };
    const varied = curriculum ? { curriculum: variantOf(curriculum, variant) } : {};
    return [domain, { ...section, ...varied }] as const;
  });
  const falls = config.optimizer.schedule !== 'constant';
  return {
    ...rest,
    name,
    seed,
    domains: Object.fromEntries(domains),
    curriculum: variantOf(config.curriculum, variant),
    optimizer: { ...config.optimizer, learningRate },
    iterations: falls ? config.iterations : MANY_ITERATIONS,
    budget: { tokens },
    evaluation: { ...config.evaluation, tasks: 0 },
    threads: jobs > 1 ? 1 : config.threads,
  };
}

function evalConfig(
  config: RunConfig,
  { rewrites, jobs }: AblateOptions,
  seed: number,
  evaluation: EvaluationConfig,
): object {
  const domains = Object.entries(config.domains).map(([name, section]) => {
    const { curriculum: _curriculum, objective: _objective, rollout, ...own } = section;
    return [name, { ...own, ...(rollout && { rollout: episodesAlone(rollout) }) }] as const;
  });
  return {
    seed,
    domains: Object.fromEntries(domains),
    evaluation: { ...evaluation, every: 0, rewrites },
    rollout: episodesAlone(config.rollout),
    device: config.device,
    threads: jobs > 1 ? 1 : config.threads,
  };
}

/** What an evaluation takes of how episodes are played. */
function episodesAlone(rollout: DomainRolloutConfig): object {
  const { prompts: _, groupSize: __, retries: ___, minGroup: ____, ...episodes } = rollout;
  return episodes;
}

/** The config's own curriculum with one variant's switches; probabilities that the config set for its own variant stay. */
export function variantOf(given: CurriculumConfig, variant: ExitVariant): CurriculumConfig {
  const base = given.name === 'exit' ? given : resolveExit({});
  const { selectProbability, divergeProbability, diversityBonus: _bonus, ...shared } = base;
  const selects = variant !== 'grpo' && base.variant !== 'grpo';
  const diverges = DIVERGING.includes(variant) && DIVERGING.includes(base.variant);
  const { name: _name, ...options } = { name: 'exit', ...shared };
  const resolved = resolveExit({
    ...options,
    variant,
    ...(selects && { selectProbability }),
    ...(diverges && { divergeProbability }),
  });
  return { name: 'exit', ...resolved };
}

const DIVERGING: readonly ExitVariant[] = ['diverge', 'exit'];
