import type { DomainDefinition } from '@taskspace/core';

/** Where competitions come from. */
export type MleSource = 'starter' | 'paper' | 'mle-bench' | 'folder';

/** Options of the ML-engineering domain. */
export interface MleOptions {
  /**
   * `starter`: made from real data that ships with this package; `paper`: the ExIt paper's six, prepared by MLE-bench;
   * `mle-bench`: any it prepared; `folder`: your own. Default `starter`.
   */
  readonly source: MleSource;
  /** Of the starters: `pocket`, small ones for very small policies, or `all` the others. Default `all`. */
  readonly subset: 'pocket' | 'all';
  /** `single`: one program a task; `interactive`: information, trials and scores over several turns. Default `single`. */
  readonly form: 'single' | 'interactive';
  /** Where prepared or own competitions are. */
  readonly data: {
    /** Data folder of MLE-bench, or a folder of own competitions. */
    readonly path?: string;
    /** mlebench/competitions of MLE-bench's repository, with config.yaml and leaderboard.csv. Default: as `path`. */
    readonly definitions?: string;
  };
  /** Ids of each split; what is not named is left out. Default: the sources' own splits. */
  readonly splits: {
    readonly train?: readonly string[];
    readonly validation?: readonly string[];
    readonly test?: readonly string[];
  };
  /** By competition: columns that solutions must not see; an empty list shows all of them. */
  readonly dropColumns: Readonly<Record<string, readonly string[]>>;
  /** By competition: scores worth 0 and 1, in place of its own. */
  readonly ranges: Readonly<Record<string, { readonly worst: number; readonly best: number }>>;
  /** Most tasks of a split. */
  readonly limit?: number;
  /** Folder for made competitions. Default: below the user's cache folder. */
  readonly cache?: string;
  /** Python for solutions. Default: found, or made with pinned packages. */
  readonly python?: string;
  /** Runs model code without a sandbox, with your rights. Default false. */
  readonly unsafe: boolean;
  readonly limits: {
    /** Most time of one run. Default 300,000; pocket 30,000. */
    readonly timeoutMs?: number;
    /** Default 4096; pocket 1024. */
    readonly memoryMegabytes?: number;
  };
  /** Workers kept ready for each mounted folder. Default 0; pocket 2. */
  readonly warmWorkers?: number;
  /** Whether rewrites are shown what the current program scored. Default: for pocket competitions only. */
  readonly showScore?: boolean;
  /** What the search over programs chooses by; `validation` asks programs to print a score of their own. Default `grader`. */
  readonly selectBy: 'grader' | 'validation';
  /** Quality from which a competition counts as solved. Default 0.9. */
  readonly solvedAt: number;
  /** Most actions of an interactive episode. Default 12. */
  readonly maxActions: number;
  /** Of pocket competitions. */
  readonly demonstrations: {
    /** Share of poor and failing programs. Default 0. */
    readonly wrongShare: number;
    /** Share that answers a request to rewrite. Default 0. */
    readonly rewriteShare: number;
  };
}

type Schema<Options> = DomainDefinition<Options>['options'];

const optionalText = { type: 'string', minLength: 1, nullable: true } as const;
const optionalIds = {
  type: 'array',
  items: { type: 'string', minLength: 1 },
  uniqueItems: true,
  nullable: true,
} as const;

/** JSON Schema of {@link MleOptions}. */
export const mleOptionsSchema: Schema<MleOptions> = {
  type: 'object',
  additionalProperties: false,
  required: [],
  properties: {
    source: {
      type: 'string',
      enum: ['starter', 'paper', 'mle-bench', 'folder'],
      default: 'starter',
    },
    subset: { type: 'string', enum: ['pocket', 'all'], default: 'all' },
    form: { type: 'string', enum: ['single', 'interactive'], default: 'single' },
    data: {
      type: 'object',
      additionalProperties: false,
      required: [],
      properties: { path: optionalText, definitions: optionalText },
      default: {},
    },
    splits: {
      type: 'object',
      additionalProperties: false,
      required: [],
      properties: { train: optionalIds, validation: optionalIds, test: optionalIds },
      default: {},
    },
    dropColumns: {
      type: 'object',
      required: [],
      additionalProperties: { type: 'array', items: { type: 'string', minLength: 1 } },
      default: {},
    },
    ranges: {
      type: 'object',
      required: [],
      additionalProperties: {
        type: 'object',
        additionalProperties: false,
        required: ['worst', 'best'],
        properties: { worst: { type: 'number' }, best: { type: 'number' } },
      },
      default: {},
    },
    limit: { type: 'integer', minimum: 1, nullable: true },
    cache: optionalText,
    python: optionalText,
    unsafe: { type: 'boolean', default: false },
    limits: {
      type: 'object',
      additionalProperties: false,
      required: [],
      properties: {
        timeoutMs: { type: 'integer', minimum: 100, nullable: true },
        memoryMegabytes: { type: 'integer', minimum: 256, nullable: true },
      },
      default: {},
    },
    warmWorkers: { type: 'integer', minimum: 0, maximum: 64, nullable: true },
    showScore: { type: 'boolean', nullable: true },
    selectBy: { type: 'string', enum: ['grader', 'validation'], default: 'grader' },
    solvedAt: { type: 'number', minimum: 0, maximum: 1, default: 0.9 },
    maxActions: { type: 'integer', minimum: 1, default: 12 },
    demonstrations: {
      type: 'object',
      additionalProperties: false,
      required: [],
      properties: {
        wrongShare: { type: 'number', minimum: 0, maximum: 1, default: 0 },
        rewriteShare: { type: 'number', minimum: 0, maximum: 1, default: 0 },
      },
      default: { wrongShare: 0, rewriteShare: 0 },
    },
  },
};
