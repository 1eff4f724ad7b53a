import { type RandomStream, type Split, shuffle } from '@taskspace/core';
import type { CompetitionManifest } from '../competitions/manifest.ts';
import type { Row, TableName } from './tables.ts';

/** How a starter competition is cut from a table of real data. */
export interface Recipe {
  readonly id: string;
  readonly title: string;
  readonly kind: 'tabular' | 'text' | 'image' | 'time series';
  /** Where the competition belongs; no table serves two splits. */
  readonly split: Split;
  readonly table: TableName;
  /** Licence of the data and whom to name. */
  readonly licence: string;
  /** For description.md: what the data are and what is to be predicted. */
  readonly about: string;
  /** Column that is predicted. */
  readonly target: string;
  /** Given when the submission has one probability column for each class. */
  readonly classes?: readonly string[];
  /** What the sample submission says for every row; with `classes` it is uniform. */
  readonly guess: string;
  /** Columns a solution sees, in their order; by new names where these differ. */
  readonly features: readonly string[] | Readonly<Record<string, string>>;
  /** Rows that count; default all. */
  keep?(row: Row): boolean;
  readonly cut: CutRule;
  /** Relative size of the noise put on features, so that rows cannot be looked up in a copy of the data. Default 0. */
  readonly jitter?: number;
  readonly scoring: Pick<CompetitionManifest, 'metric' | 'worst' | 'best' | 'k' | 'average'>;
}

/** Which rows are for training: a count of random ones, whole groups, or all before the last ones in time. */
export type CutRule =
  | { readonly by: 'random'; readonly train: number }
  | { readonly by: 'group'; readonly column: string; readonly trainShare: number }
  | { readonly by: 'time'; readonly test: number };

/** Training and test rows of a competition. */
export interface Cut {
  readonly train: readonly Row[];
  readonly test: readonly Row[];
}

/** Splits rows by a rule. */
export function cutRows(rows: readonly Row[], rule: CutRule, random: RandomStream): Cut {
  if (rule.by === 'time') {
    return { train: rows.slice(0, -rule.test), test: rows.slice(-rule.test) };
  }
  if (rule.by === 'random') {
    const mixed = shuffle(random, rows);
    return { train: mixed.slice(0, rule.train), test: mixed.slice(rule.train) };
  }
  const groups = shuffle(random, [...new Set(rows.map((row) => row[rule.column]!))]);
  const forTraining = new Set(groups.slice(0, Math.round(groups.length * rule.trainShare)));
  return {
    train: rows.filter((row) => forTraining.has(row[rule.column]!)),
    test: rows.filter((row) => !forTraining.has(row[rule.column]!)),
  };
}
