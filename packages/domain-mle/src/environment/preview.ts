import { open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { InvalidTable } from '../csv/invalid-table.ts';
import { parseTable } from '../csv/parse-table.ts';

/** How much of the data files a prompt shows. */
export interface PreviewLimits {
  /** Most characters in all. */
  readonly characters: number;
  readonly files: number;
}

/** A page of text at most. */
export const PREVIEW_LIMITS: PreviewLimits = { characters: 4000, files: 20 };

const HEAD_BYTES = 64 * 1024;
const CELL = 60;
const COLUMNS = 40;
const ROWS = 3;

/**
 * What lies in a folder, for a prompt: names and sizes; of tables the columns and first rows, of texts the beginning.
 *
 * @param folder - Public folder of a competition.
 * @param only - Files to show; default all.
 */
export async function previewFiles(
  folder: string,
  limits: PreviewLimits = PREVIEW_LIMITS,
  only?: readonly string[],
): Promise<string> {
  const files = only ?? (await listFiles(folder, ''));
  const shown = files.slice(0, limits.files);
  const parts: string[] = [];
  let left = limits.characters;
  for (const name of shown) {
    const text = cut(await previewFile(folder, name), Math.max(0, left));
    left -= text.length;
    parts.push(text);
    if (left <= 0) break;
  }
  const rest = files.length - parts.length;
  return parts.join('\n\n') + (rest > 0 ? `\n\n(and ${rest} more files)` : '');
}

/** Not shown: the prompt says what they say. */
const HIDDEN = /^(?:description\.(?:md|txt)|LICENCE\.txt|kit\.py|kind\.txt)$/u;

async function listFiles(folder: string, below: string): Promise<readonly string[]> {
  const entries = await readdir(join(folder, below), { withFileTypes: true });
  const nested = await Promise.all(
    entries
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map((entry): Promise<readonly string[]> | readonly string[] => {
        const path = below === '' ? entry.name : `${below}/${entry.name}`;
        if (entry.isDirectory()) return listFiles(folder, path);
        return HIDDEN.test(path) ? [] : [path];
      }),
  );
  return nested.flat();
}

async function previewFile(folder: string, name: string): Promise<string> {
  const path = join(folder, name);
  const { size } = await stat(path);
  const title = `### ${name} (${sizeText(size)})`;
  if (!/\.(?:csv|tsv|json|jsonl|txt|md)$/iu.test(name)) return title;
  const { text, whole } = await head(path, size);
  if (/\.csv$/iu.test(name)) return [title, previewTable(text, whole)].join('\n');
  return [title, cut(text, 400)].join('\n');
}

function previewTable(text: string, whole: boolean): string {
  // A cut file may end within a row.
  const usable = whole ? text : text.slice(0, Math.max(0, text.lastIndexOf('\n')));
  try {
    const { columns, rows } = parseTable(new TextEncoder().encode(usable));
    const count = whole ? `${rows.length} rows` : 'many rows';
    const show = (cells: readonly string[]) =>
      cells
        .slice(0, COLUMNS)
        .map((cell) => (cell.length > CELL ? `${cell.slice(0, CELL)}…` : cell))
        .concat(cells.length > COLUMNS ? ['…'] : [])
        .join(',');
    return [
      `${count}, ${columns.length} columns`,
      show(columns),
      ...rows.slice(0, ROWS).map(show),
    ].join('\n');
  } catch (error) {
    if (!(error instanceof InvalidTable)) throw error;
    return cut(usable, 400); // it is shown as the text it is
  }
}

async function head(path: string, size: number): Promise<{ text: string; whole: boolean }> {
  const file = await open(path);
  try {
    const buffer = Buffer.alloc(Math.min(size, /\.csv$/iu.test(path) ? 2 ** 22 : HEAD_BYTES));
    const { bytesRead } = await file.read(buffer, 0, buffer.length, 0);
    return { text: buffer.toString('utf8', 0, bytesRead), whole: bytesRead === size };
  } finally {
    await file.close();
  }
}

function sizeText(bytes: number): string {
  return bytes < 1024 ? `${bytes} bytes` : `${Math.ceil(bytes / 1024)} kB`;
}

function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, Math.max(0, most - 1))}…`;
}
