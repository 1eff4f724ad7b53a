import { InvalidTable, quote } from './invalid-table.ts';
import type { Table } from './parse-table.ts';

/**
 * How rows of a submission find their answers: `by-id`; `by-occurrence`, where the n-th row of an id belongs to its n-th
 * answer; or `by-position`, ignoring ids.
 */
export type RowMatching = 'by-id' | 'by-occurrence' | 'by-position';

/** The ids of an answer file, ready to match submissions against. */
export interface RowKeys {
  readonly matching: RowMatching;
  readonly idColumn: string;
  /** In answer order. */
  readonly keys: readonly string[];
  /** Position in the answers by key. */
  readonly positions: ReadonlyMap<string, number>;
  /** Whether ids are compared as whole numbers, so that `7` and `7.0` are one id. */
  readonly whole: boolean;
}

/**
 * Reads the ids of an answer file.
 *
 * @throws {@link InvalidTable} when an id is given twice and matching is `by-id`, or there are no rows.
 */
export function rowKeys(answers: Table, idColumn: string, matching: RowMatching): RowKeys {
  if (answers.rows.length === 0) throw new InvalidTable('expected rows, got only a header.');
  if (matching === 'by-position') {
    return { matching, idColumn, keys: [], positions: new Map(), whole: false };
  }
  const ids = idsOf(answers, idColumn);
  const whole = ids.every((id) => WHOLE.test(id) && Number.isSafeInteger(Number(id)));
  const keys = matching === 'by-occurrence' ? numbered(ids) : ids;
  const positions = new Map<string, number>();
  for (const [row, key] of keys.entries()) {
    const before = positions.get(key);
    if (before !== undefined) {
      throw new InvalidTable(
        `lines ${answers.lines[before]} and ${answers.lines[row]} have the same id ${quote(ids[row]!)}. ` +
          'Ids must be unique, or rows matched "by-occurrence" or "by-position".',
      );
    }
    positions.set(key, row);
  }
  return { matching, idColumn, keys, positions, whole };
}

/**
 * For each answer, which row of the submission speaks of it: `[answers]`.
 *
 * @throws {@link InvalidTable} for missing, repeated and unknown ids.
 */
export function matchRows(
  submission: Table,
  answers: RowKeys,
  rowCount: number,
): readonly number[] {
  if (answers.matching === 'by-position') {
    if (submission.rows.length !== rowCount) {
      throw new InvalidTable(`expected ${rowCount} rows, got ${submission.rows.length}.`);
    }
    return submission.rows.map((_, row) => row);
  }
  const written = idsOf(submission, answers.idColumn);
  const ids = answers.whole ? written.map(asWhole) : written;
  const keys = answers.matching === 'by-occurrence' ? numbered(ids) : ids;
  const rows = Array<number>(rowCount).fill(-1);
  for (const [row, key] of keys.entries()) {
    const position = answers.positions.get(key);
    const line = submission.lines[row]!;
    if (position === undefined) {
      throw new InvalidTable(
        `line ${line}: ${answers.idColumn} ${quote(written[row]!)} is not an id to predict. Use the ids of the sample submission.`,
      );
    }
    const before = rows[position]!;
    if (before >= 0) {
      throw new InvalidTable(
        `line ${line}: ${answers.idColumn} ${quote(written[row]!)} was already given in line ${submission.lines[before]}.`,
      );
    }
    rows[position] = row;
  }
  const missing = rows.indexOf(-1);
  if (missing >= 0) {
    const count = rows.filter((row) => row < 0).length;
    const [id] = answers.keys[missing]!.split(OCCURRENCE);
    throw new InvalidTable(
      `expected ${rowCount} rows, got ${submission.rows.length}: ${count} ${count === 1 ? 'id is' : 'ids are'} missing, the first is ${answers.idColumn} ${quote(id!)}.`,
    );
  }
  return rows;
}

const WHOLE = /^(?:0|-?[1-9]\d*)$/u;
const WRITTEN_WHOLE = /^[+-]?\d+(?:\.0*)?$/u;
/** Between an id and its count; no CSV cell holds it, as NUL is refused. */
const OCCURRENCE = '\0';

function idsOf({ columns, rows, lines }: Table, idColumn: string): readonly string[] {
  const column = columns.indexOf(idColumn);
  return rows.map((row, index) => {
    const id = row[column];
    if (id === undefined || id === '') {
      throw new InvalidTable(
        `line ${lines[index]}: expected an id in ${quote(idColumn)}, got none.`,
      );
    }
    return id;
  });
}

function asWhole(id: string): string {
  const text = id.trim();
  return WRITTEN_WHOLE.test(text) ? String(Number(text)) : id;
}

function numbered(ids: readonly string[]): readonly string[] {
  const counts = new Map<string, number>();
  return ids.map((id) => {
    const count = (counts.get(id) ?? 0) + 1;
    counts.set(id, count);
    return `${id}${OCCURRENCE}${count}`;
  });
}
