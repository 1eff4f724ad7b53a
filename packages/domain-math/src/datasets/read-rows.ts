import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { DataError, showValue } from '@taskspace/core';

/** One row of a data file, and where it stands. */
export interface Row {
  readonly file: string;
  /** 1-based line of the file; null in formats without lines. */
  readonly line: number | null;
  /** 1-based position among the rows. */
  readonly number: number;
  readonly values: Readonly<Record<string, unknown>>;
}

/** File name endings that {@link readRows} understands. */
export const DATA_EXTENSIONS: readonly string[] = [
  '.jsonl',
  '.ndjson',
  '.json',
  '.csv',
  '.tsv',
  '.parquet',
];

/**
 * Reads all rows of a JSON Lines, JSON array, CSV, TSV or Parquet file, told apart by the ending of its name.
 *
 * @throws {@link DataError} when the file cannot be read, or a line is broken (which is named).
 */
export async function readRows(file: string): Promise<readonly Row[]> {
  const extension = extname(file).toLowerCase();
  if (!DATA_EXTENSIONS.includes(extension)) {
    throw new DataError(
      file,
      null,
      `expected a name ending in ${DATA_EXTENSIONS.join(', ')}, got ${showValue(extension)}. Convert the file, or correct the path.`,
    );
  }
  const bytes = await readBytes(file);
  if (extension === '.parquet') return readParquet(file, bytes);
  const text = decode(file, bytes);
  if (extension === '.csv' || extension === '.tsv') {
    return readDelimited(file, text, extension === '.csv' ? ',' : '\t');
  }
  // Files named .json often hold one object a line.
  const isArray = extension === '.json' && !/^\s*\{/.test(text);
  return isArray ? readJsonArray(file, text) : readJsonLines(file, text);
}

/** An error about one row, naming its line, or its number where the format has no lines. */
export function rowError(row: Row, message: string): DataError {
  return new DataError(
    row.file,
    row.line,
    row.line === null ? `row ${row.number}: ${message}` : message,
  );
}

async function readBytes(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'an error';
    throw new DataError(
      file,
      null,
      `expected a readable file, got ${code}. Check the path; relative paths start at ${process.cwd()}.`,
      { cause },
    );
  }
}

function decode(file: string, bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new DataError(file, null, 'expected UTF-8 text, got other bytes. Convert the file.', {
      cause,
    });
  }
}

function readJsonLines(file: string, text: string): Row[] {
  const rows: Row[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const number = rows.length + 1;
    rows.push({ file, line: index + 1, number, values: parseObject(file, index + 1, line) });
  }
  return rows;
}

function parseObject(file: string, line: number, text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new DataError(
      file,
      line,
      `expected a JSON object, got ${showValue(text)} (${(cause as Error).message}). Correct or remove the line.`,
      { cause },
    );
  }
  if (isObject(value)) return value;
  throw new DataError(
    file,
    line,
    `expected a JSON object, got ${showValue(value)}. Correct or remove the line.`,
  );
}

function readJsonArray(file: string, text: string): Row[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    const { message } = cause as Error;
    // A message without a position is about the end of the text.
    const position = Number(/position (\d+)/.exec(message)?.[1] ?? text.length);
    const line = text.slice(0, position).split('\n').length;
    throw new DataError(
      file,
      line,
      `expected JSON, got something else (${message}). Is the file complete?`,
      { cause },
    );
  }
  if (!Array.isArray(value)) {
    throw new DataError(
      file,
      null,
      `expected an array of objects, got ${showValue(value)}. Put the rows in an array.`,
    );
  }
  return value.map((values: unknown, index) => {
    const row = { file, line: null, number: index + 1, values: {} };
    if (isObject(values)) return { ...row, values };
    throw rowError(row, `expected an object, got ${showValue(values)}. Correct or remove it.`);
  });
}

async function readDelimited(file: string, text: string, delimiter: string): Promise<Row[]> {
  const { CsvError, parse } = await import('csv-parse/sync');
  try {
    const records = parse(text, {
      bom: true,
      columns: true,
      delimiter,
      info: true,
      skip_empty_lines: true,
    }) as unknown as { info: { lines: number }; record: Record<string, string> }[];
    return records.map(({ info, record }, index) => ({
      file,
      line: info.lines,
      number: index + 1,
      values: record,
    }));
  } catch (cause) {
    if (!(cause instanceof CsvError)) throw cause;
    const line = typeof cause.lines === 'number' ? cause.lines : null;
    throw new DataError(
      file,
      line,
      `expected rows with as many fields as the header, got ${cause.message}. Correct or remove the line.`,
      { cause },
    );
  }
}

async function readParquet(file: string, bytes: Buffer): Promise<Row[]> {
  const [{ parquetReadObjects }, { compressors }] = await Promise.all([
    import('hyparquet'),
    import('hyparquet-compressors'),
  ]);
  const buffer = new Uint8Array(bytes).buffer;
  let records: readonly Record<string, unknown>[];
  try {
    records = await parquetReadObjects({ file: buffer, compressors });
  } catch (cause) {
    throw new DataError(
      file,
      null,
      `expected a complete Parquet file, got ${showValue(cause)}. Download or write it again.`,
      { cause },
    );
  }
  return records.map((values, index) => ({ file, line: null, number: index + 1, values }));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
