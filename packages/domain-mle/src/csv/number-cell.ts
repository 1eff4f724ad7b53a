import { InvalidTable, quote } from './invalid-table.ts';

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/iu;
const MISSING = new Set(['', 'nan', 'na', 'n/a', '<na>', 'null', 'none', 'nat']);
const INFINITE = /^[+-]?inf(?:inity)?$/iu;

/**
 * The finite number a cell holds.
 *
 * @throws {@link InvalidTable} naming the place; the cell's text is shown.
 */
export function numberCell(cell: string, line: number, column: string): number {
  const text = cell.trim();
  // Number() would take "0x10" and "" too.
  if (NUMBER.test(text)) {
    const value = Number(text);
    if (Number.isFinite(value)) return value;
  }
  throw new InvalidTable(
    `line ${line}, column ${quote(column)}: expected a finite number, got ${describe(text)}.`,
  );
}

/** Whether a cell holds what tools write for "no value". */
export function isMissing(cell: string): boolean {
  return MISSING.has(cell.trim().toLowerCase());
}

function describe(text: string): string {
  if (text === '') return 'an empty cell';
  if (isMissing(text)) return `a missing value (${quote(text)})`;
  if (INFINITE.test(text) || NUMBER.test(text)) return `an infinite one (${quote(text)})`;
  return quote(text);
}
