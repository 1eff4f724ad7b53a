import { type DomainDefinition, validateConfig } from '@taskspace/core';
import type { RowMatching } from '../csv/match-rows.ts';
import type { F1Average } from '../metrics/labels.ts';
import {
  type Direction,
  METRICS,
  type MetricName,
  metricHint,
  metricNamed,
} from '../metrics/metric.ts';
import { CompetitionError } from './competition-error.ts';

/** Bounds on one run of a solution that a competition asks for; what is left out is the domain's. */
export interface CompetitionLimits {
  readonly timeoutMs?: number;
  readonly memoryBytes?: number;
}

/** What makes two folders a competition: `manifest.json` of your own folder, or an argument. */
export interface CompetitionManifest {
  /** Lower-case letters, digits, dashes. */
  readonly id: string;
  readonly title?: string;
  /** What is to be predicted from what. Default: the public folder's description.md. */
  readonly description?: string;
  /** A {@link MetricName}, or another tool's usual name of one. */
  readonly metric: string;
  /** Checked against the metric's own direction when given. */
  readonly direction?: Direction;
  /** The score worth 0: what a solution without skill gets. */
  readonly worst: number;
  /** The score worth 1. */
  readonly best: number;
  /** File in the private folder. Default `answers.csv`. */
  readonly answers?: string;
  /** File in the public folder. Default `sample_submission.csv`, if there is one. */
  readonly sampleSubmission?: string;
  /** Default: the first column of the sample submission, or else of the answers. */
  readonly idColumn?: string;
  /** Columns to predict. Default: the other columns of the sample submission, or else of the answers. */
  readonly targets?: readonly string[];
  /** Column of the answers that holds the class, when the targets are one probability column per class. */
  readonly labelColumn?: string;
  /** Of `map-at-k`. Default 5. */
  readonly k?: number;
  /** Of `f1`. Default `binary`. */
  readonly average?: F1Average;
  /** The class that counts in binary `f1`. Default `1`. */
  readonly positive?: string;
  /** Default `by-id`. */
  readonly rows?: RowMatching;
  /**
   * What happens to class probabilities: `normalised` divides each row by its sum, `checked` refuses rows whose sum is not 1
   * within 1e-6, `softmax` takes the softmax of rows that are not one-hot. Default `normalised`.
   */
  readonly probabilities?: 'normalised' | 'checked' | 'softmax';
  /** Numbers outside are refused. Default: [0, 1] for log loss, 0 or more for RMSLE, anything finite for the others. */
  readonly range?: readonly [number, number];
  /** Columns of a submission that nobody asked for. Default `refuse`. */
  readonly extraColumns?: 'refuse' | 'ignore';
  /** Answers of this value are left out of the score. */
  readonly ignoredAnswer?: string;
  /** Decimals that scores are rounded to before anything is made of them. */
  readonly roundTo?: number;
  /** Columns (of CSV files) and fields (of JSON files) that solutions must not see, because they give answers away. */
  readonly dropColumns?: readonly string[];
  /** Leaderboard file with a column `score`, best first; a path from the private folder: medals and positions come from it. */
  readonly leaderboard?: string;
  /** Like `leaderboard`: the one that teams saw while the competition ran. Positions count on both. */
  readonly publicLeaderboard?: string;
  readonly limits?: CompetitionLimits;
}

/** A manifest that was checked: names are known, numbers make sense. */
export interface CheckedManifest extends Omit<CompetitionManifest, 'metric' | 'direction'> {
  readonly metric: MetricName;
  readonly direction: Direction;
}

type Schema<Options> = DomainDefinition<Options>['options'];

const optionalText = { type: 'string', minLength: 1, nullable: true } as const;
const optionalNames = {
  type: 'array',
  items: { type: 'string', minLength: 1 },
  minItems: 1,
  uniqueItems: true,
  nullable: true,
} as const;

/** JSON Schema of {@link CompetitionManifest}. */
export const manifestSchema: Schema<CompetitionManifest> = {
  type: 'object',
  additionalProperties: false,
  required: ['id', 'metric', 'worst', 'best'],
  properties: {
    id: { type: 'string', pattern: '^[a-z0-9][a-z0-9._-]*$' },
    title: optionalText,
    description: optionalText,
    metric: { type: 'string' },
    direction: { type: 'string', enum: ['higher', 'lower'], nullable: true },
    worst: { type: 'number' },
    best: { type: 'number' },
    answers: optionalText,
    sampleSubmission: optionalText,
    idColumn: optionalText,
    targets: optionalNames,
    labelColumn: optionalText,
    k: { type: 'integer', minimum: 1, nullable: true },
    average: { type: 'string', enum: ['binary', 'macro'], nullable: true },
    positive: optionalText,
    rows: { type: 'string', enum: ['by-id', 'by-occurrence', 'by-position'], nullable: true },
    probabilities: {
      type: 'string',
      enum: ['normalised', 'checked', 'softmax'],
      nullable: true,
    },
    range: {
      type: 'array',
      items: [{ type: 'number' }, { type: 'number' }],
      minItems: 2,
      maxItems: 2,
      nullable: true,
    },
    extraColumns: { type: 'string', enum: ['refuse', 'ignore'], nullable: true },
    ignoredAnswer: optionalText,
    roundTo: { type: 'integer', minimum: 0, maximum: 15, nullable: true },
    dropColumns: optionalNames,
    leaderboard: optionalText,
    publicLeaderboard: optionalText,
    limits: {
      type: 'object',
      additionalProperties: false,
      required: [],
      properties: {
        timeoutMs: { type: 'integer', minimum: 1, nullable: true },
        memoryBytes: { type: 'integer', minimum: 1, nullable: true },
      },
      nullable: true,
    },
  },
};

/**
 * Checks a manifest: form, metric, direction, and a range of scores that can be normalised by.
 *
 * @param subject - Where it comes from, for error messages.
 * @throws {@link ConfigError} for its form, {@link CompetitionError} for what it says.
 */
export function checkManifest(value: unknown, subject = 'manifest'): CheckedManifest {
  const manifest = validateConfig<CompetitionManifest>(manifestSchema, value, subject);
  const { id, worst, best } = manifest;
  const metric = metricNamed(manifest.metric);
  if (metric === null) {
    throw new CompetitionError(
      id,
      `metric: expected a metric, got ${JSON.stringify(manifest.metric)}. ${metricHint(manifest.metric)}`,
    );
  }
  const { direction } = METRICS[metric];
  if (manifest.direction !== undefined && manifest.direction !== direction) {
    throw new CompetitionError(
      id,
      `direction: expected "${direction}", which is better for ${metric}, got "${manifest.direction}". Leave it out or correct the metric.`,
    );
  }
  if (worst === best) {
    throw new CompetitionError(
      id,
      `expected worst and best to differ, got ${worst} for both. Scores cannot be normalised over an empty range.`,
    );
  }
  if (best > worst !== (direction === 'higher')) {
    throw new CompetitionError(
      id,
      `expected best to be ${direction} than worst, as ${metric} asks for, got worst ${worst} and best ${best}. Swap them.`,
    );
  }
  return { ...manifest, metric, direction };
}
