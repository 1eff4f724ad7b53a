import { nearest } from '@taskspace/core';

/** What a score is called. */
export type MetricName =
  | 'auc'
  | 'log-loss'
  | 'rmse'
  | 'mae'
  | 'rmsle'
  | 'accuracy'
  | 'f1'
  | 'quadratic-kappa'
  | 'map-at-k';

/** Which scores are better. */
export type Direction = 'higher' | 'lower';

/** What a metric is and which predictions it takes. */
export interface MetricFacts {
  readonly direction: Direction;
  /** What a prediction is: numbers in target columns, a label in one column, or a list of guesses in one column. */
  readonly reads: 'numbers' | 'labels' | 'lists';
  /** In words, for a prompt. */
  readonly description: string;
}

/** All metrics. */
export const METRICS: Readonly<Record<MetricName, MetricFacts>> = {
  auc: {
    direction: 'higher',
    reads: 'numbers',
    description: 'area under the ROC curve, averaged over the target columns',
  },
  'log-loss': { direction: 'lower', reads: 'numbers', description: 'logarithmic loss' },
  rmse: {
    direction: 'lower',
    reads: 'numbers',
    description: 'root mean squared error, averaged over the target columns',
  },
  mae: {
    direction: 'lower',
    reads: 'numbers',
    description: 'mean absolute error, averaged over the target columns',
  },
  rmsle: {
    direction: 'lower',
    reads: 'numbers',
    description: 'root mean squared error of log(1 + x), averaged over the target columns',
  },
  accuracy: { direction: 'higher', reads: 'labels', description: 'share of right labels' },
  f1: { direction: 'higher', reads: 'labels', description: 'F1 score' },
  'quadratic-kappa': {
    direction: 'higher',
    reads: 'labels',
    description: 'quadratic weighted kappa',
  },
  'map-at-k': {
    direction: 'higher',
    reads: 'lists',
    description: 'mean average precision of the first k guesses',
  },
};

/** All metric names. */
export const METRIC_NAMES = Object.keys(METRICS) as readonly MetricName[];

/** The metric another tool's name means, for example MLE-bench's `auc-roc`; null when none does. */
export function metricNamed(name: string): MetricName | null {
  const key = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/gu, '-')
    .replace(/^-|-$/gu, '');
  if (Object.hasOwn(METRICS, key)) return key as MetricName;
  return ALIASES[key] ?? null;
}

/** What to say of a name that is no metric. */
export function metricHint(name: string): string {
  const close = nearest(name, METRIC_NAMES);
  return `Metrics: ${METRIC_NAMES.join(', ')}.${close === undefined ? '' : ` Did you mean "${close}"?`}`;
}

const ALIASES: Readonly<Record<string, MetricName>> = {
  'auc-roc': 'auc',
  'roc-auc': 'auc',
  'area-under-roc': 'auc',
  'column-wise-roc-auc': 'auc',
  'mean-column-wise-roc-auc': 'auc',
  'mean-column-wise-auc': 'auc',
  logloss: 'log-loss',
  'multi-class-log-loss': 'log-loss',
  'multiclass-log-loss': 'log-loss',
  'cross-entropy': 'log-loss',
  'root-mean-squared-error': 'rmse',
  'root-mean-square-error': 'rmse',
  'mean-absolute-error': 'mae',
  'mean-column-wise-rmsle': 'rmsle',
  'root-mean-squared-log-error': 'rmsle',
  'root-mean-squared-logarithmic-error': 'rmsle',
  'f1-score': 'f1',
  'quadratic-weighted-kappa': 'quadratic-kappa',
  'cohen-kappa-quadratic': 'quadratic-kappa',
};
