/**
 * Options of ExIt (arXiv 2509.04575). What the paper leaves open is an option here, and its default is our choice: κ = 10 (it gives
 * none; the variance of qualities in [0, 1] is at most 0.25, so the most and the least learnable entries differ by a factor of at
 * most 12), one rollout of a group is expanded, no bound on depth, rollouts that were cut stay out of the buffer.
 */
import type { JSONSchemaType } from 'ajv';
import { validateConfig } from '../config.ts';
import { ConfigError, type ConfigProblem } from '../errors.ts';

/** The method and its ablations, as the paper names them. */
export type ExitVariant = 'grpo' | 'curriculum' | 'improve' | 'diverge' | 'exit';

/** Which rollouts of a group enter the task buffer. */
export type Expansion = 'one' | 'all' | 'best';

/** Every choice of the curriculum, resolved. */
export interface ExitOptions {
  /** What a drawn entry is played as: nothing is drawn (`grpo`), a replay (`curriculum`), a rewrite (the others). */
  readonly variant: ExitVariant;
  /** Most entries of the task buffer (N), `>= 1`. */
  readonly capacity: number;
  /** Entries from which on the buffer is drawn from (B_min), at most `capacity`. */
  readonly minSize: number;
  /** Probability that an instance comes from the buffer rather than from the base tasks (p). */
  readonly selectProbability: number;
  /** Probability that a rewrite is a divergence rather than an improvement (p_div). */
  readonly divergeProbability: number;
  /** Inverse temperature of the draw (κ): an entry's weight is exp(κ · score). Negative values prefer low scores. */
  readonly kappa: number;
  /** Which rollouts of a group enter the buffer: one drawn uniformly, all, or the first of the highest quality. */
  readonly expand: Expansion;
  /** Most rewrites behind a response; null is no bound. */
  readonly maxDepth: number | null;
  /** Whether advantages are weighted by how far a solution lies from its group's centre. */
  readonly diversityBonus: boolean;
  /** Whether rollouts cut by a length or turn limit may enter the buffer. */
  readonly keepTruncated: boolean;
}

/** The fields that a variant sets when they are not given. */
export type VariantDefaults = Pick<
  ExitOptions,
  'selectProbability' | 'divergeProbability' | 'diversityBonus'
>;

/** What each variant is, as switches of one implementation. */
export const VARIANT_DEFAULTS: Readonly<Record<ExitVariant, VariantDefaults>> = {
  grpo: { selectProbability: 0, divergeProbability: 0, diversityBonus: false },
  curriculum: { selectProbability: 0.5, divergeProbability: 0, diversityBonus: false },
  improve: { selectProbability: 0.5, divergeProbability: 0, diversityBonus: false },
  diverge: { selectProbability: 0.5, divergeProbability: 0.2, diversityBonus: false },
  exit: { selectProbability: 0.5, divergeProbability: 0.2, diversityBonus: true },
};

const probability = { type: 'number', minimum: 0, maximum: 1, nullable: true } as const;

const schema: JSONSchemaType<Partial<Omit<ExitOptions, 'maxDepth'>> & { maxDepth?: number }> = {
  type: 'object',
  additionalProperties: false,
  required: [],
  properties: {
    variant: {
      type: 'string',
      enum: ['grpo', 'curriculum', 'improve', 'diverge', 'exit'],
      nullable: true,
      description: 'Sets selectProbability, divergeProbability and diversityBonus together.',
    },
    capacity: {
      type: 'integer',
      minimum: 1,
      maximum: 2 ** 24,
      nullable: true,
      description: 'Most entries of the task buffer; left out: 512.',
    },
    minSize: {
      type: 'integer',
      minimum: 1,
      nullable: true,
      description:
        'Entries from which on the buffer is drawn from; left out: a quarter of capacity.',
    },
    selectProbability: {
      ...probability,
      description: 'Share of the instances that come from the buffer; left out: the variant says.',
    },
    divergeProbability: {
      ...probability,
      description: 'Share of the rewrites that are divergences; left out: the variant says.',
    },
    kappa: {
      type: 'number',
      minimum: -1e6,
      maximum: 1e6,
      nullable: true,
      description: 'Entries are drawn in proportion to exp(kappa * score); left out: 10.',
    },
    expand: {
      type: 'string',
      enum: ['one', 'all', 'best'],
      nullable: true,
      description: 'Which rollouts of a group enter the buffer; left out: one, drawn uniformly.',
    },
    maxDepth: {
      type: 'integer',
      minimum: 1,
      nullable: true,
      description: 'Most rewrites behind a response; left out: no bound.',
    },
    diversityBonus: {
      type: 'boolean',
      nullable: true,
      description:
        'Weight advantages by the distance of a solution from its group; left out: the variant says.',
    },
    keepTruncated: {
      type: 'boolean',
      nullable: true,
      description: 'Whether rollouts cut by a limit may enter the buffer; left out: no.',
    },
  },
};

/** JSON Schema of what {@link resolveExit} takes. It fills in nothing: the defaults depend on each other. */
export const exitOptionsSchema: object = schema;

/**
 * Options with every default filled in. The variant sets the probabilities and the bonus; fields that are given win.
 *
 * @param given - What is left out (or undefined, or null) gets its default; variant `exit`, capacity 512, a quarter of the
 *   capacity as minimum size.
 * @param subject - What error messages call the options, for example `domains.math.curriculum`.
 * @throws {@link ConfigError} with every problem: unknown fields, values out of range, combinations that contradict each other.
 */
export function resolveExit(
  given: { readonly [Key in keyof ExitOptions]?: ExitOptions[Key] | null | undefined },
  subject = 'curriculum',
): ExitOptions {
  const present = Object.entries(given).filter(([, value]) => value !== undefined);
  const checked: Partial<ExitOptions> = validateConfig(
    exitOptionsSchema,
    Object.fromEntries(present),
    subject,
  );
  const { variant = 'exit', capacity = 512 } = checked;
  const options: ExitOptions = {
    capacity,
    minSize: Math.ceil(capacity / 4),
    kappa: 10,
    expand: 'one',
    maxDepth: null,
    keepTruncated: false,
    ...VARIANT_DEFAULTS[variant],
    ...checked,
    variant,
  };
  const problems = contradictions(options);
  if (problems.length > 0) throw new ConfigError(problems, subject);
  return options;
}

function contradictions(options: ExitOptions): ConfigProblem[] {
  const { variant, capacity, minSize, selectProbability, divergeProbability } = options;
  const problems: ConfigProblem[] = [];
  if (minSize > capacity) {
    problems.push({
      path: 'minSize',
      expected: `at most the capacity, ${capacity}: a smaller buffer is never drawn from`,
      got: String(minSize),
      suggestion: 'Raise capacity or lower minSize.',
    });
  }
  if (variant === 'grpo' && selectProbability > 0) {
    problems.push({
      path: 'selectProbability',
      expected: '0 with variant "grpo", which practises base tasks only',
      got: String(selectProbability),
      suggestion: 'Leave it out, or take another variant.',
    });
  }
  if ((variant === 'grpo' || variant === 'curriculum') && divergeProbability > 0) {
    problems.push({
      path: 'divergeProbability',
      expected: `0 with variant "${variant}", which asks for no rewrites`,
      got: String(divergeProbability),
      suggestion: 'Leave it out, or take another variant.',
    });
  }
  return problems;
}
