import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { parseTable, type Table } from '../csv/parse-table.ts';

/** Tables of real data that ship with this package; data/README.md says where each comes from and under which licence. */
export type TableName =
  | 'iris'
  | 'wine'
  | 'tumour'
  | 'digits'
  | 'penguins'
  | 'co2'
  | 'sea'
  | 'visits'
  | 'storms'
  | 'artworks'
  | 'novels';

/** One row, by column name. */
export type Row = Readonly<Record<string, string>>;

const tables = new Map<TableName, Promise<readonly Row[]>>();

/** A table's rows as records; read once. */
export function readShippedTable(name: TableName): Promise<readonly Row[]> {
  let table = tables.get(name);
  if (table === undefined) {
    table = readTable(name);
    tables.set(name, table);
  }
  return table;
}

async function readTable(name: TableName): Promise<readonly Row[]> {
  return records(parseTable(await unpackShipped(`${name}.csv.gz`)));
}

/** What is in a gzip file that ships with this package. */
export async function unpackShipped(file: string): Promise<Buffer> {
  return gunzipSync(await readFile(new URL(file, DATA_FOLDER)));
}

/** Text of a file that ships with this package. */
export async function readShippedText(file: string): Promise<string> {
  return readFile(fileURLToPath(new URL(file, DATA_FOLDER)), 'utf8');
}

/** The folder of these files: it holds answers of starter competitions, so no solution may see it. */
export function shippedDataFolder(): string {
  return fileURLToPath(DATA_FOLDER);
}

// The same distance from sources and from the build.
const DATA_FOLDER = new URL('../../data/', import.meta.url);

function records({ columns, rows }: Table): readonly Row[] {
  return rows.map((row) => Object.fromEntries(columns.map((name, place) => [name, row[place]!])));
}
