import { DataError, nearest } from '@taskspace/core';
import type { Row } from './read-rows.ts';

/** Which column holds what. Whatever is left out is found by the names that common data sets use. */
export interface ColumnMapping {
  /** The problem's text. */
  readonly problem?: string;
  /** The expected answer: text, a number, or a list of alternatives. */
  readonly answer?: string;
  /** A worked solution; its `\boxed{}` or `####` is the answer where there is no answer column. */
  readonly solution?: string;
  /** Kind of problem, for grouping. */
  readonly category?: string;
  /** Difficulty: a number, or text such as "Level 3". */
  readonly level?: string;
  /** Unit the answer is given in. */
  readonly unit?: string;
  /** Whether all of a list of answers are wanted, rather than any. */
  readonly multiple?: string;
}

/** The columns of a file that were found; problem, and answer or solution, always are. */
export type Columns = ColumnMapping & { readonly problem: string };

const NAMES: Readonly<Record<keyof ColumnMapping, readonly string[]>> = {
  problem: ['problem', 'question', 'prompt', 'instruction', 'query'],
  answer: ['answer', 'final_answer', 'expected_answer', 'ground_truth', 'gold', 'target'],
  solution: ['solution', 'generated_solution', 'rationale', 'response', 'output'],
  category: ['type', 'subject', 'subfield', 'category', 'problem_type'],
  level: ['level', 'difficulty'],
  unit: ['unit'],
  multiple: ['is_multiple_answer'],
};

/**
 * Finds the columns of a file.
 *
 * @param mapping - Names given by the user; they must be there.
 * @throws {@link DataError} when a wanted column is missing: names those present, and a near miss.
 */
export function findColumns(file: string, rows: readonly Row[], mapping: ColumnMapping): Columns {
  const present = [...new Set(rows.flatMap(({ values }) => Object.keys(values)))];
  const found: Partial<Record<keyof ColumnMapping, string>> = {};
  for (const role of Object.keys(NAMES) as (keyof ColumnMapping)[]) {
    const wanted = mapping[role];
    if (wanted !== undefined && !present.includes(wanted)) {
      const near = nearest(wanted, present);
      const hint = near === undefined ? '' : ` Did you mean "${near}"?`;
      throw missing(file, `a column "${wanted}" (columns.${role})`, present, hint);
    }
    const name = wanted ?? known(NAMES[role], present);
    if (name !== undefined) found[role] = name;
  }
  const { problem, answer, solution } = found;
  if (problem === undefined) {
    throw missing(
      file,
      `a column for the problem (${NAMES.problem.join(', ')})`,
      present,
      ' Name it: columns: { problem: … }.',
    );
  }
  if (answer === undefined && solution === undefined) {
    throw missing(
      file,
      `a column for the answer (${NAMES.answer.join(', ')}) or the solution (${NAMES.solution.join(', ')})`,
      present,
      ' Name it: columns: { answer: … }.',
    );
  }
  return { ...found, problem };
}

function known(names: readonly string[], present: readonly string[]): string | undefined {
  for (const name of names) {
    const match = present.find((column) => column.toLowerCase() === name);
    if (match !== undefined) return match;
  }
  return undefined;
}

function missing(file: string, wanted: string, present: readonly string[], hint: string) {
  const columns = present.length === 0 ? 'no columns' : `the columns ${present.join(', ')}`;
  return new DataError(file, null, `expected ${wanted}, got ${columns}.${hint}`);
}
