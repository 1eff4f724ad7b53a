import { CsvError, parse } from 'csv-parse/sync';
import { InvalidTable, quote } from './invalid-table.ts';

/** A CSV file with a header, every cell as the text it holds. */
export interface Table {
  readonly columns: readonly string[];
  /** As many cells in each row as there are columns. */
  readonly rows: readonly (readonly string[])[];
  /** 1-based line of the file at which each row ends. */
  readonly lines: readonly number[];
}

/** Bounds on a table of unknown origin. */
export interface TableLimits {
  readonly maxBytes: number;
  readonly maxColumns: number;
  readonly maxCellLength: number;
}

/** Far above any sensible submission, far below what could exhaust the grader. */
export const TABLE_LIMITS: TableLimits = {
  maxBytes: 128 * 2 ** 20,
  maxColumns: 20_000,
  maxCellLength: 1_000_000,
};

/**
 * Reads CSV strictly: UTF-8 (a byte order mark is taken off), a header of different non-empty names, as many cells in every
 * row as in the header, no NUL. Blank lines are skipped, as pandas does.
 *
 * @param bytes - Hostile input.
 * @throws {@link InvalidTable}
 */
export function parseTable(bytes: Uint8Array, limits: TableLimits = TABLE_LIMITS): Table {
  const records = parseRecords(decode(bytes, limits), limits);
  const [header, ...rest] = records;
  if (header === undefined) {
    throw new InvalidTable('expected a header line with column names, got no line at all.');
  }
  const columns = header.record;
  checkHeader(columns, limits);
  for (const { record, info } of rest) {
    if (record.length === columns.length) continue;
    throw new InvalidTable(
      `line ${info.lines}: expected ${columns.length} cells as in the header, got ${record.length}.`,
    );
  }
  return {
    columns,
    rows: rest.map(({ record }) => record),
    lines: rest.map(({ info }) => info.lines),
  };
}

interface ParsedRecord {
  readonly record: string[];
  readonly info: { readonly lines: number };
}

function decode(bytes: Uint8Array, { maxBytes }: TableLimits): string {
  if (bytes.length === 0) throw new InvalidTable('the file is empty.');
  if (bytes.length > maxBytes) {
    throw new InvalidTable(`expected at most ${maxBytes} bytes, got ${bytes.length}.`);
  }
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) {
    throw new InvalidTable('expected UTF-8, got UTF-16. Write the file with encoding="utf-8".');
  }
  const nul = bytes.indexOf(0);
  if (nul >= 0) throw new InvalidTable(`expected text, got a NUL byte at byte ${nul}.`);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new InvalidTable('expected UTF-8 text, got bytes that are not.', { cause });
  }
}

function parseRecords(text: string, { maxCellLength }: TableLimits): readonly ParsedRecord[] {
  try {
    return parse(text, {
      info: true,
      relax_column_count: true,
      skip_empty_lines: true,
      record_delimiter: ['\r\n', '\n', '\r'],
      max_record_size: maxCellLength,
    }) as unknown as readonly ParsedRecord[];
  } catch (cause) {
    if (!(cause instanceof CsvError)) throw cause;
    const line = typeof cause.lines === 'number' ? `line ${cause.lines}: ` : '';
    throw new InvalidTable(`${line}${CSV_PROBLEMS[cause.code] ?? 'not readable as CSV.'}`, {
      cause,
    });
  }
}

const CSV_PROBLEMS: Readonly<Record<string, string>> = {
  CSV_QUOTE_NOT_CLOSED: 'a quoted cell is never closed.',
  INVALID_OPENING_QUOTE: 'a quote inside a cell that does not start with one.',
  CSV_INVALID_CLOSING_QUOTE: 'something other than a comma or line end follows a closing quote.',
  CSV_MAX_RECORD_SIZE: 'a row is too long.',
};

function checkHeader(columns: readonly string[], { maxColumns }: TableLimits): void {
  if (columns.length > maxColumns) {
    throw new InvalidTable(`expected at most ${maxColumns} columns, got ${columns.length}.`);
  }
  const seen = new Set<string>();
  for (const column of columns) {
    if (column === '') {
      throw new InvalidTable(
        'the header has a column without a name. Write the table without its index (index=False).',
      );
    }
    if (seen.has(column)) throw new InvalidTable(`the header names ${quote(column)} twice.`);
    seen.add(column);
  }
}
