/** Everything between brackets: groups, tuples, intervals, sets, absolute values, floors and ceilings. */
import {
  acceptMark,
  advance,
  atCommand,
  type Cursor,
  expectMark,
  fail,
  withClosers,
} from './cursor.ts';
import { callNode, type Expression, numberNode } from './expression.ts';
import { MINUS_ONE } from './rational.ts';

const OPEN = { bar: false, colon: false };

/** `n \choose k` and `a \over b`, which take everything on both sides; the left side is already read. */
export function parseChoose(cursor: Cursor, left: readonly Expression[]): Expression | undefined {
  const isChoose = atCommand(cursor, 'choose');
  if (!isChoose && !atCommand(cursor, 'over')) return undefined;
  advance(cursor);
  const right = cursor.grammar.list(cursor);
  const [top, bottom] = [left[0], right[0]];
  if (top === undefined || bottom === undefined || left.length + right.length !== 2) fail();
  if (isChoose) return callNode('binomial', top, bottom);
  const power: Expression = { kind: 'power', base: bottom, exponent: numberNode(MINUS_ONE) };
  return { kind: 'product', factors: [top, power] };
}

/** A TeX group: its one item, or the set whose braces were not escaped. */
export function parseGroup(cursor: Cursor): Expression {
  expectMark(cursor, '{');
  if (acceptMark(cursor, '}')) return cursor.grammar.factor(cursor);
  const items = withClosers(cursor, OPEN, () => {
    const list = cursor.grammar.list(cursor);
    const choose = parseChoose(cursor, list);
    return choose === undefined ? list : [choose];
  });
  expectMark(cursor, '}');
  const [only] = items;
  if (only === undefined) fail();
  return items.length === 1 ? only : { kind: 'set', items };
}

/** `(…)`, `[…]`, `[…)`, `(…]` and the reversed `]…[`. */
export function parseBracket(cursor: Cursor): Expression {
  const opener = advance(cursor).text;
  const open = opener === '[' ? '[' : '(';
  const items = withClosers(cursor, OPEN, () => cursor.grammar.list(cursor));
  const closer = advance(cursor);
  if (closer.kind !== 'mark') fail();
  const close = closeOf(closer.text, opener);
  const [only] = items;
  if (only !== undefined && items.length === 1) {
    // One item is a group; a lone half-open bracket is nothing.
    if ((open === '[') !== (close === ']') || opener === ']') fail();
    return only;
  }
  // Only intervals mix their brackets.
  if (items.length === 0 || (items.length > 2 && (open === '[') !== (close === ']'))) fail();
  return { kind: 'bracket', open, close, items };
}

function closeOf(text: string, opener: string): ')' | ']' {
  if (text === ')') return ')';
  if (text === ']') return ']';
  // `[a, b[` leaves out its right end.
  if (text === '[' && opener !== '(') return ')';
  return fail();
}

/** `\{…\}`, listed or by a condition. */
export function parseSet(cursor: Cursor): Expression {
  expectMark(cursor, '\\{');
  return withClosers(cursor, { bar: true, colon: true }, () => {
    const items = cursor.grammar.list(cursor);
    if (acceptMark(cursor, '\\}')) return { kind: 'set', items };
    if (!acceptMark(cursor, '|') && !acceptMark(cursor, ':')) fail();
    const conditions = withClosers(cursor, OPEN, () => cursor.grammar.list(cursor));
    expectMark(cursor, '\\}');
    const [element] = items;
    const [condition] = conditions;
    if (element === undefined || condition === undefined || items.length > 1) fail();
    return {
      kind: 'builder',
      element,
      condition: conditions.length === 1 ? condition : { kind: 'list', items: conditions },
    };
  });
}

/** `\langle 1, 2 \rangle` as the tuple it is. */
export function parseAngles(cursor: Cursor): Expression {
  expectMark(cursor, '<<');
  const items = withClosers(cursor, OPEN, () => cursor.grammar.list(cursor));
  expectMark(cursor, '>>');
  return { kind: 'bracket', open: '(', close: ')', items };
}

/** `|x|`, which is a determinant around a matrix, and `\|x\|`. */
export function parseBars(cursor: Cursor): Expression {
  const bar = advance(cursor).text;
  const inner = withClosers(cursor, { bar: true, colon: false }, () => cursor.grammar.sum(cursor));
  expectMark(cursor, bar);
  if (bar === '\\|') return callNode('norm', inner);
  return callNode(inner.kind === 'matrix' ? 'det' : 'abs', inner);
}

/** `\lfloor x \rfloor` and `\lceil x \rceil`. */
export function parseRounding(cursor: Cursor): Expression {
  const opener = advance(cursor).text;
  const inner = withClosers(cursor, OPEN, () => cursor.grammar.sum(cursor));
  const closer = advance(cursor);
  if (closer.kind !== 'command' || closer.text !== opener.replace('l', 'r')) fail();
  return callNode(opener === 'lfloor' ? 'floor' : 'ceil', inner);
}
