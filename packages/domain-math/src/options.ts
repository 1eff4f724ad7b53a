import type { DomainDefinition } from '@taskspace/core';
import type { VerifyOptions } from './answer/options.ts';
import type { ColumnMapping } from './datasets/columns.ts';
import { PRESETS, type PresetName } from './datasets/presets.ts';
import type { DemonstrationMixture } from './starter/demonstration.ts';
import { FAMILIES } from './starter/families.ts';
import { LEVELS, type Level } from './starter/family.ts';

/** Where problems come from. */
export type MathSource = 'starter' | 'files' | 'hub' | 'paper' | PresetName;

/** Where a data set is and how it is read; what a preset already says can be left out. */
export interface DataOptions {
  /** A local file or folder; used in place of a download. */
  readonly path?: string;
  /** With source `paper`: local files or folders of its data sets, by preset name. */
  readonly paths?: Readonly<Record<string, string>>;
  /** With source `hub`: `owner/name` on the Hugging Face hub. */
  readonly hub?: string;
  /** Branch, tag or commit on the hub; default `main`. */
  readonly revision?: string;
  /** Files of each split inside the folder or hub data set; default: told by their names. */
  readonly files?: {
    readonly train?: readonly string[];
    readonly validation?: readonly string[];
    readonly test?: readonly string[];
  };
  /** Which column holds what; default: told by the names common data sets use. */
  readonly columns?: ColumnMapping;
  /** Rows without a problem or an answer are an error (the default), or left out. */
  readonly unusable?: 'error' | 'skip';
  /** Folder for downloads; default `$HF_HOME/taskspace`. */
  readonly cache?: string;
}

/** Options of the math domain. */
export interface MathOptions {
  /** `starter`: generated families; `files`, `hub`: your own data; `paper`, or a preset: published sets. Default `starter`. */
  readonly source: MathSource;
  /** Of the generated families: `pocket`, the short ones for very small policies, or `all`. Default `all`. */
  readonly subset: 'pocket' | 'all';
  /** Generated families by name; default: all of the subset. */
  readonly families: readonly string[];
  /** Levels of the generated families, 1 the easiest. Default all five. */
  readonly levels: readonly Level[];
  /** Where a data set is and how it is read. */
  readonly data: DataOptions;
  /** Most different tasks of a split; default: all there are, without end for generated ones. */
  readonly limit?: number;
  /** Names the sequence of generated tasks, and which tasks a limit keeps. Default 0. */
  readonly seed: number;
  /** Said after every problem; empty for nothing. Default: asks for a boxed answer, except of the pocket families. */
  readonly suffix?: string;
  /** How answers are compared. */
  readonly answers: Pick<
    VerifyOptions,
    'targets' | 'strings' | 'precision' | 'strict' | 'allowSetRelation' | 'lang'
  >;
  /** What is demonstrated besides right first answers, for the pocket families. Default: nothing. */
  readonly demonstrations: DemonstrationMixture;
}

type Schema<Options> = DomainDefinition<Options>['options'];

const optionalText = { type: 'string', minLength: 1, nullable: true } as const;
const optionalNames = {
  type: 'array',
  items: { type: 'string', minLength: 1 },
  minItems: 1,
  nullable: true,
} as const;

const share = { type: 'number', minimum: 0, maximum: 1, default: 0 } as const;

const data: Schema<DataOptions> = {
  type: 'object',
  additionalProperties: false,
  required: [],
  properties: {
    path: optionalText,
    paths: {
      type: 'object',
      required: [],
      additionalProperties: { type: 'string', minLength: 1 },
      propertyNames: { enum: Object.keys(PRESETS) },
      nullable: true,
    },
    hub: optionalText,
    revision: optionalText,
    files: {
      type: 'object',
      additionalProperties: false,
      required: [],
      properties: { train: optionalNames, validation: optionalNames, test: optionalNames },
      nullable: true,
    },
    columns: {
      type: 'object',
      additionalProperties: false,
      required: [],
      properties: {
        problem: optionalText,
        answer: optionalText,
        solution: optionalText,
        category: optionalText,
        level: optionalText,
        unit: optionalText,
        multiple: optionalText,
      },
      nullable: true,
    },
    unusable: { type: 'string', enum: ['error', 'skip'], nullable: true },
    cache: optionalText,
  },
};

/** JSON Schema of {@link MathOptions}. */
export const mathOptionsSchema: Schema<MathOptions> = {
  type: 'object',
  additionalProperties: false,
  required: [],
  properties: {
    source: {
      type: 'string',
      enum: ['starter', 'files', 'hub', 'paper', ...(Object.keys(PRESETS) as PresetName[])],
      default: 'starter',
    },
    subset: { type: 'string', enum: ['pocket', 'all'], default: 'all' },
    families: {
      type: 'array',
      items: { type: 'string', enum: FAMILIES.map(({ name }) => name) },
      uniqueItems: true,
      default: [],
    },
    levels: {
      type: 'array',
      items: { type: 'integer', enum: [...LEVELS] },
      minItems: 1,
      uniqueItems: true,
      default: [...LEVELS],
    },
    data: { ...data, default: {} },
    limit: { type: 'integer', minimum: 1, nullable: true },
    seed: { type: 'integer', minimum: 0, default: 0 },
    suffix: { type: 'string', nullable: true },
    answers: {
      type: 'object',
      additionalProperties: false,
      required: [],
      properties: {
        targets: { type: 'string', enum: ['any', 'latex', 'expr', 'string'], nullable: true },
        strings: optionalNames,
        precision: { type: 'integer', minimum: 0, maximum: 15, nullable: true },
        strict: { type: 'boolean', nullable: true },
        allowSetRelation: { type: 'boolean', nullable: true },
        lang: optionalText,
      },
      default: {},
    },
    demonstrations: {
      type: 'object',
      additionalProperties: false,
      required: [],
      properties: {
        wrongShare: share,
        improveShare: share,
        divergeShare: share,
        unrelatedShare: share,
        repeatShare: share,
      },
      default: {
        wrongShare: 0,
        improveShare: 0,
        divergeShare: 0,
        unrelatedShare: 0,
        repeatShare: 0,
      },
    },
  },
};
