/** `\begin{…} … \end{…}`: matrices, determinants, cases and aligned lines. */
import { acceptMark, advance, atCommand, atMark, type Cursor, fail, peek } from './cursor.ts';
import { callNode, type Expression } from './expression.ts';

const MATRICES: ReadonlySet<string> = new Set([
  'matrix',
  'pmatrix',
  'bmatrix',
  'Bmatrix',
  'smallmatrix',
  'array',
]);
const DETERMINANTS: ReadonlySet<string> = new Set(['vmatrix', 'Vmatrix']);

/** The environment that begins here. */
export function parseEnvironment(cursor: Cursor): Expression {
  const name = environmentName(cursor);
  if (name === 'array') skipColumns(cursor);
  const rows = parseRows(cursor);
  const end = environmentName(cursor);
  if (end !== name) fail();
  if (MATRICES.has(name)) return matrix(rows);
  if (DETERMINANTS.has(name)) return callNode('det', matrix(rows));
  // Cases and aligned lines are answers side by side; the cells of a line belong together.
  const items = rows.flat();
  const [only] = items;
  if (only === undefined) fail();
  return items.length === 1 ? only : { kind: 'list', items };
}

function matrix(rows: readonly (readonly Expression[])[]): Expression {
  const width = rows[0]?.length ?? 0;
  if (width === 0 || rows.some((row) => row.length !== width)) fail();
  return { kind: 'matrix', rows };
}

/** Reads `{name}` after `\begin` or `\end`. */
function environmentName(cursor: Cursor): string {
  if (!atCommand(cursor, 'begin') && !atCommand(cursor, 'end')) fail();
  advance(cursor);
  if (!acceptMark(cursor, '{')) fail();
  let name = '';
  while (!atMark(cursor, '}')) name += advance(cursor).text;
  advance(cursor);
  return name.replace('*', '');
}

/** The `{cc|c}` of an array. */
function skipColumns(cursor: Cursor): void {
  if (!acceptMark(cursor, '{')) return;
  while (!acceptMark(cursor, '}')) advance(cursor);
}

function parseRows(cursor: Cursor): Expression[][] {
  const rows: Expression[][] = [];
  let row: Expression[] = [];
  for (;;) {
    if (atCommand(cursor, 'end')) break;
    if (acceptMark(cursor, 'row')) {
      if (row.length > 0) rows.push(row);
      row = [];
    } else if (!acceptMark(cursor, '&') && !acceptMark(cursor, ',') && !acceptMark(cursor, ';')) {
      if (peek(cursor) === undefined) fail();
      row.push(cursor.grammar.relation(cursor));
    }
  }
  if (row.length > 0) rows.push(row);
  return rows;
}
