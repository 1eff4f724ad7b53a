import { InvalidTable, quote, quoteList } from '../csv/invalid-table.ts';
import { matchRows, type RowKeys, rowKeys } from '../csv/match-rows.ts';
import { numberCell } from '../csv/number-cell.ts';
import type { Table } from '../csv/parse-table.ts';
import { METRICS } from '../metrics/metric.ts';
import type { CheckedManifest } from './manifest.ts';

/** What submissions are compared with. */
export interface Answers {
  readonly keys: RowKeys;
  readonly rowCount: number;
  readonly idColumn: string;
  readonly targets: readonly string[];
  readonly values: AnswerValues;
}

/** Right values, in the form the metric compares. */
export type AnswerValues =
  /** One column a target: `[targets][rows]`, null where the answer does not count. */
  | { readonly kind: 'numbers'; readonly columns: readonly (readonly (number | null)[])[] }
  /** Index of the target that is the class, `[rows]`. */
  | { readonly kind: 'classes'; readonly classes: readonly number[] }
  | { readonly kind: 'labels'; readonly labels: readonly string[] }
  | { readonly kind: 'lists'; readonly lists: readonly (readonly string[])[] };

/**
 * Reads an answer file.
 *
 * @param sample - The sample submission, which tells columns the manifest does not name; null when there is none.
 * @throws {@link InvalidTable}
 */
export function readAnswers(
  manifest: CheckedManifest,
  table: Table,
  sample: Table | null,
): Answers {
  const idColumn = manifest.idColumn ?? (sample ?? table).columns[0]!;
  const targets =
    manifest.targets ?? (sample ?? table).columns.filter((column) => column !== idColumn);
  const matching = manifest.rows ?? 'by-id';
  if (matching !== 'by-position') requireColumns(table, [idColumn]);
  if (targets.length === 0) throw new InvalidTable('expected at least one column to predict.');
  const keys = rowKeys(table, idColumn, matching);
  const values = readValues(manifest, table, targets, idColumn);
  return { keys, rowCount: table.rows.length, idColumn, targets, values };
}

/** Rows of a submission in the order of the answers. */
export function inAnswerOrder(submission: Table, answers: Answers): readonly number[] {
  return matchRows(submission, answers.keys, answers.rowCount);
}

/** The form in which labels are compared: numbers by value, so that `1`, `1.0` and `True` are one label. */
export function canonicalLabel(cell: string): string {
  const text = cell.trim();
  if (text === 'True' || text === 'true') return '1';
  if (text === 'False' || text === 'false') return '0';
  return /^[+-]?\d+(?:\.\d*)?$/u.test(text) ? String(Number(text)) : text;
}

/** Items of a cell that holds several, separated by spaces. */
export function listCell(cell: string): readonly string[] {
  return cell.split(/\s+/u).filter((item) => item !== '');
}

/** @throws {@link InvalidTable} naming the columns that are not there. */
export function requireColumns(table: Table, columns: readonly string[]): void {
  const missing = columns.filter((column) => !table.columns.includes(column));
  if (missing.length === 0) return;
  throw new InvalidTable(
    `expected the columns ${quoteList(columns)}, got ${quoteList(table.columns)}; missing: ${quoteList(missing)}.`,
  );
}

function readValues(
  manifest: CheckedManifest,
  table: Table,
  targets: readonly string[],
  idColumn: string,
): AnswerValues {
  const { metric } = manifest;
  const { reads } = METRICS[metric];
  if (reads === 'numbers') {
    if (metric === 'log-loss' && targets.length > 1) {
      return { kind: 'classes', classes: readClasses(manifest, table, targets, idColumn) };
    }
    requireColumns(table, targets);
    const columns = targets.map((target) => readNumbers(manifest, table, target));
    return { kind: 'numbers', columns };
  }
  const [target] = targets;
  if (targets.length !== 1 || target === undefined) {
    throw new InvalidTable(
      `${metric} compares one column, got ${quoteList(targets)}. Name it in targets.`,
    );
  }
  requireColumns(table, [target]);
  const cells = column(table, target);
  if (reads === 'lists')
    return { kind: 'lists', lists: cells.map((cell, row) => items(cell, row, table)) };
  const labels = cells.map(canonicalLabel);
  if (new Set(labels).size < 2) {
    throw new InvalidTable(`expected at least two different labels in ${quote(target)}, got one.`);
  }
  return { kind: 'labels', labels };
}

function items(cell: string, row: number, table: Table): readonly string[] {
  const list = listCell(cell);
  if (list.length > 0) return list;
  throw new InvalidTable(`line ${table.lines[row]}: expected at least one right item, got none.`);
}

function readNumbers(
  { metric, ignoredAnswer }: CheckedManifest,
  table: Table,
  target: string,
): readonly (number | null)[] {
  const values = column(table, target).map((cell, row) => {
    if (ignoredAnswer !== undefined && canonicalLabel(cell) === ignoredAnswer) return null;
    const binary = metric === 'auc' || metric === 'log-loss';
    const value = numberCell(binary ? canonicalLabel(cell) : cell, table.lines[row]!, target);
    if (binary && value !== 0 && value !== 1) {
      throw new InvalidTable(
        `line ${table.lines[row]}, column ${quote(target)}: expected 0 or 1, as ${metric} needs, got ${value}.`,
      );
    }
    if (metric === 'rmsle' && value < 0) {
      throw new InvalidTable(
        `line ${table.lines[row]}, column ${quote(target)}: expected 0 or more, as rmsle needs, got ${value}.`,
      );
    }
    return value;
  });
  const counted = values.filter((value) => value !== null);
  if (counted.length === 0) throw new InvalidTable(`no answer in ${quote(target)} counts.`);
  if (metric === 'auc' && new Set(counted).size < 2) {
    throw new InvalidTable(
      `expected both 0 and 1 in ${quote(target)}, got one of them: its auc is not defined.`,
    );
  }
  return values;
}

/** Classes from one column of names, or from one 0/1 column a class. */
function readClasses(
  { labelColumn }: CheckedManifest,
  table: Table,
  targets: readonly string[],
  idColumn: string,
): readonly number[] {
  const others = table.columns.filter((name) => name !== idColumn);
  const label =
    labelColumn ??
    (targets.every((target) => others.includes(target))
      ? undefined
      : others.length === 1
        ? others[0]
        : undefined);
  if (label !== undefined) {
    requireColumns(table, [label]);
    return column(table, label).map((cell, row) => {
      const place = targets.findIndex(
        (target) => target === cell || target === canonicalLabel(cell),
      );
      if (place >= 0) return place;
      throw new InvalidTable(
        `line ${table.lines[row]}: ${quote(cell)} is none of the classes ${quoteList(targets)}.`,
      );
    });
  }
  requireColumns(table, targets);
  const columns = targets.map((target) => column(table, target));
  return table.lines.map((line, row) => {
    const ones = targets.flatMap((target, place) =>
      numberCell(canonicalLabel(columns[place]![row]!), line, target) === 1 ? [place] : [],
    );
    if (ones.length === 1) return ones[0]!;
    throw new InvalidTable(`line ${line}: expected a 1 in one class column, got ${ones.length}.`);
  });
}

function column(table: Table, name: string): readonly string[] {
  const place = table.columns.indexOf(name);
  return table.rows.map((row) => row[place]!);
}
