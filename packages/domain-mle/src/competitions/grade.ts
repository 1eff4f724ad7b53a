import { InvalidTable, quote, quoteList } from '../csv/invalid-table.ts';
import { isMissing, numberCell } from '../csv/number-cell.ts';
import { parseTable, type Table } from '../csv/parse-table.ts';
import { auc } from '../metrics/auc.ts';
import { accuracy, f1, quadraticKappa } from '../metrics/labels.ts';
import { binaryLogLoss, logLoss } from '../metrics/log-loss.ts';
import { mapAtK } from '../metrics/map-at-k.ts';
import { mae, rmse, rmsle } from '../metrics/regression.ts';
import {
  type Answers,
  canonicalLabel,
  inAnswerOrder,
  listCell,
  requireColumns,
} from './answers.ts';
import type { Competition } from './competition.ts';
import { type Medal, medalFor } from './leaderboard.ts';
import type { CheckedManifest } from './manifest.ts';
import { roundHalfEven } from './round.ts';

/** What a submission is worth. */
export interface Grade {
  /** Whether the submission could be scored. */
  readonly valid: boolean;
  /** In the metric's own units; absent when not valid. */
  readonly score?: number;
  /** Normalised score in [0, 1]; 0 when not valid. */
  readonly reward: number;
  /** Why it is not valid: the file, the line, expected and got. Reveals no answer. */
  readonly problem?: string;
  /** By the competition's leaderboard, when it has one. */
  readonly medal?: Medal;
}

/**
 * Scores a submission.
 *
 * @param submission - Bytes of submission.csv, hostile input; null when none was written.
 */
export function grade(submission: Uint8Array | null, competition: Competition): Grade {
  if (submission === null) {
    return { valid: false, reward: 0, problem: 'submission.csv: the program wrote no such file.' };
  }
  try {
    const score = scoreOf(parseTable(submission), competition);
    const medal =
      competition.leaderboard === null ? null : medalFor(score, competition.leaderboard);
    return { valid: true, score, reward: normalise(score, competition), ...(medal && { medal }) };
  } catch (error) {
    if (!(error instanceof InvalidTable)) throw error;
    return { valid: false, reward: 0, problem: `submission.csv: ${error.message}` };
  }
}

/** A score on the scale where `worst` is 0 and `best` is 1, clipped to [0, 1]. */
export function normalise(
  score: number,
  { worst, best }: { readonly worst: number; readonly best: number },
): number {
  return Math.min(1, Math.max(0, (score - worst) / (best - worst)));
}

function scoreOf(table: Table, { manifest, answers }: Competition): number {
  const { idColumn, targets } = answers;
  const ids = manifest.rows === 'by-position' ? [] : [idColumn];
  requireColumns(table, [...ids, ...targets]);
  const extra = table.columns.filter((name) => name !== idColumn && !targets.includes(name));
  if (extra.length > 0 && manifest.extraColumns !== 'ignore') {
    throw new InvalidTable(
      `expected the columns ${quoteList([...ids, ...targets])} alone, got ${quoteList(extra)} too.`,
    );
  }
  const order = inAnswerOrder(table, answers);
  const score = compare(manifest, answers, { table, order });
  // Finite predictions far from every answer can still square to infinity.
  if (!Number.isFinite(score)) {
    throw new InvalidTable('the predictions are so far off that their score is not a number.');
  }
  return manifest.roundTo === undefined ? score : roundHalfEven(score, manifest.roundTo);
}

/** A submission with the row that belongs to each answer, `[answers]`. */
interface Matched {
  readonly table: Table;
  readonly order: readonly number[];
}

function compare(manifest: CheckedManifest, answers: Answers, matched: Matched): number {
  const { values, targets } = answers;
  switch (values.kind) {
    case 'numbers': {
      const scores = targets.map((target, place) =>
        compareNumbers(manifest, values.columns[place]!, numbers(manifest, matched, target)),
      );
      return scores.reduce((sum, score) => sum + score, 0) / scores.length;
    }
    case 'classes':
      return logLoss(values.classes, probabilities(manifest, matched, targets));
    case 'labels':
      return compareLabels(manifest, values.labels, labels(matched, targets[0]!));
    case 'lists':
      return mapAtK(values.lists, cells(matched, targets[0]!).map(listCell), manifest.k ?? 5);
  }
}

function compareNumbers(
  { metric }: CheckedManifest,
  answers: readonly (number | null)[],
  predicted: readonly number[],
): number {
  const truth: number[] = [];
  const said: number[] = [];
  for (const [row, answer] of answers.entries()) {
    if (answer === null) continue;
    truth.push(answer);
    said.push(predicted[row]!);
  }
  if (metric === 'auc') return auc(truth, said);
  if (metric === 'log-loss') return binaryLogLoss(truth, said);
  if (metric === 'rmse') return rmse(truth, said);
  if (metric === 'mae') return mae(truth, said);
  return rmsle(truth, said);
}

function compareLabels(
  { metric, average = 'binary', positive = '1' }: CheckedManifest,
  truth: readonly string[],
  predicted: readonly string[],
): number {
  if (metric === 'accuracy') return accuracy(truth, predicted);
  if (metric === 'quadratic-kappa') return quadraticKappa(truth, predicted);
  return f1(truth, predicted, { average, positive: canonicalLabel(positive) });
}

function numbers(manifest: CheckedManifest, { table, order }: Matched, target: string): number[] {
  const place = table.columns.indexOf(target);
  const [low, high] = manifest.range ?? DEFAULT_RANGE[manifest.metric] ?? UNBOUNDED;
  return order.map((row) => {
    const line = table.lines[row]!;
    const value = numberCell(table.rows[row]![place]!, line, target);
    if (value >= low && value <= high) return value;
    const bounds = high === Number.POSITIVE_INFINITY ? `${low} or more` : `${low} to ${high}`;
    throw new InvalidTable(
      `line ${line}, column ${quote(target)}: expected ${bounds}, got ${value}.`,
    );
  });
}

const UNBOUNDED = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY] as const;
const DEFAULT_RANGE: Readonly<Record<string, readonly [number, number]>> = {
  'log-loss': [0, 1],
  rmsle: [0, Number.POSITIVE_INFINITY],
};

const SUM_TOLERANCE = 1e-6;

function probabilities(
  manifest: CheckedManifest,
  matched: Matched,
  targets: readonly string[],
): readonly (readonly number[])[] {
  const columns = targets.map((target) => numbers(manifest, matched, target));
  return matched.order.map((row, answer) => {
    const values = columns.map((column) => column[answer]!);
    const sum = values.reduce((total, value) => total + value, 0);
    const line = matched.table.lines[row]!;
    const rule = manifest.probabilities ?? 'normalised';
    if (rule === 'softmax') return isOneHot(values) ? values : softmax(values);
    if (rule === 'checked') {
      if (Math.abs(sum - 1) <= SUM_TOLERANCE) return values;
      throw new InvalidTable(`line ${line}: expected probabilities that sum to 1, got ${sum}.`);
    }
    if (sum > 0) return values.map((value) => value / sum);
    throw new InvalidTable(`line ${line}: expected a probability above 0, got only zeros.`);
  });
}

function isOneHot(values: readonly number[]): boolean {
  return values.every((value) => value === 0 || value === 1) && values.filter(Boolean).length === 1;
}

function softmax(values: readonly number[]): readonly number[] {
  const highest = Math.max(...values);
  const powers = values.map((value) => Math.exp(value - highest));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}

function labels(matched: Matched, target: string): readonly string[] {
  return cells(matched, target).map((cell, answer) => {
    if (!isMissing(cell)) return canonicalLabel(cell);
    const line = matched.table.lines[matched.order[answer]!];
    throw new InvalidTable(`line ${line}, column ${quote(target)}: expected a label, got none.`);
  });
}

function cells({ table, order }: Matched, target: string): readonly string[] {
  const place = table.columns.indexOf(target);
  return order.map((row) => table.rows[row]![place]!);
}
