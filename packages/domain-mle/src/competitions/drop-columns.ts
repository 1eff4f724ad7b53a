import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseTable, TABLE_LIMITS } from '../csv/parse-table.ts';
import { writeTable } from '../csv/write-table.ts';

/**
 * Copies a folder, leaving columns out of its CSV files and fields out of its JSON files of records.
 *
 * @param target - An existing, empty folder.
 */
export async function copyWithoutColumns(
  source: string,
  target: string,
  columns: readonly string[],
): Promise<void> {
  for (const entry of await readdir(source, { withFileTypes: true })) {
    const [from, to] = [join(source, entry.name), join(target, entry.name)];
    if (entry.isDirectory()) {
      await mkdir(to);
      await copyWithoutColumns(from, to, columns);
    } else if (/\.csv$/iu.test(entry.name)) {
      await writeFile(to, withoutColumns(await readFile(from), columns));
    } else if (/\.json$/iu.test(entry.name)) {
      await writeFile(to, withoutFields(await readFile(from, 'utf8'), columns));
    } else {
      await copyFile(from, to);
    }
  }
}

function withoutColumns(bytes: Uint8Array, dropped: readonly string[]): Uint8Array | string {
  const table = parseTable(bytes, { ...TABLE_LIMITS, maxBytes: Number.POSITIVE_INFINITY });
  const kept = table.columns.flatMap((name, place) => (dropped.includes(name) ? [] : [place]));
  if (kept.length === table.columns.length) return bytes;
  const pick = (row: readonly string[]) => kept.map((place) => row[place]!);
  return writeTable(pick(table.columns), table.rows.map(pick));
}

function withoutFields(text: string, dropped: readonly string[]): string {
  const records: unknown = JSON.parse(text);
  if (!Array.isArray(records)) return text;
  return JSON.stringify(records, (key, value: unknown) =>
    dropped.includes(key) ? undefined : value,
  );
}
