/** Operators with a bound variable: sums, products, integrals, limits and derivatives. */
import { acceptMark, advance, atMark, type Cursor, expectMark, fail, peek } from './cursor.ts';
import { type Binder, type Expression, numberNode, symbolNode } from './expression.ts';
import { parseScript } from './parse-factor.ts';
import { ONE } from './rational.ts';

/** `\sum_{k=1}^{n} …` and `\prod`. */
export function parseBigOperator(cursor: Cursor): Expression {
  const operator: Binder = advance(cursor).text === 'sum' ? 'sum' : 'product';
  let range: Expression | undefined;
  let upper: Expression | undefined;
  for (;;) {
    if (acceptMark(cursor, '_')) range = parseRange(cursor);
    else if (acceptMark(cursor, '^')) upper = parseBound(cursor);
    else break;
  }
  const body = cursor.grammar.term(cursor);
  if (range?.kind === 'relation' && range.operators.length === 1 && range.operators[0] === '=') {
    const [variable, lower] = range.members;
    const name = variable === undefined ? undefined : boundName(variable);
    if (name !== undefined && lower !== undefined) {
      return { kind: 'bind', operator, variable: name, lower, ...(upper && { upper }), body };
    }
  }
  if (range === undefined) fail();
  return { kind: 'bind', operator, variable: '', lower: range, ...(upper && { upper }), body };
}

function boundName(node: Expression): string | undefined {
  if (node.kind === 'symbol') return node.name;
  return node.kind === 'constant' && (node.name === 'i' || node.name === 'e')
    ? node.name
    : undefined;
}

function parseRange(cursor: Cursor): Expression {
  if (!acceptMark(cursor, '{')) return cursor.grammar.primary(cursor);
  const items = cursor.grammar.list(cursor);
  expectMark(cursor, '}');
  const [only] = items;
  return items.length === 1 && only !== undefined ? only : { kind: 'list', items };
}

/** `\lim_{x \to a^+} …`. */
export function parseLimit(cursor: Cursor): Expression {
  advance(cursor);
  expectMark(cursor, '_');
  const braced = acceptMark(cursor, '{');
  const variable = boundName(cursor.grammar.primary(cursor));
  if (variable === undefined || !acceptMark(cursor, '->')) fail();
  const negative = acceptMark(cursor, '-');
  acceptMark(cursor, '+');
  const point = parsePoint(cursor);
  const side = takeSide(cursor);
  if (braced) expectMark(cursor, '}');
  const lower: Expression = negative
    ? { kind: 'product', factors: [numberNode({ top: -1n, bottom: 1n }), point] }
    : point;
  const body = cursor.grammar.term(cursor);
  return { kind: 'bind', operator: 'limit', variable, lower, ...(side && { side }), body };
}

/** The point of a limit: an operand whose last superscript may be a side. */
function parsePoint(cursor: Cursor): Expression {
  let node = cursor.grammar.primary(cursor);
  while (atMark(cursor, '^') && !isSide(cursor)) {
    advance(cursor);
    node = { kind: 'power', base: node, exponent: parseScript(cursor) };
  }
  if (acceptMark(cursor, '/')) {
    const exponent = numberNode({ top: -1n, bottom: 1n });
    const bottom = cursor.grammar.primary(cursor);
    return { kind: 'product', factors: [node, { kind: 'power', base: bottom, exponent }] };
  }
  return node;
}

function isSide(cursor: Cursor): boolean {
  const braced = atMark(cursor, '{', 1);
  const at = braced ? 2 : 1;
  if (!atMark(cursor, '+', at) && !atMark(cursor, '-', at)) return false;
  return atMark(cursor, '}', at + 1);
}

function takeSide(cursor: Cursor): string | undefined {
  if (!atMark(cursor, '^') || !isSide(cursor)) return undefined;
  advance(cursor);
  const braced = acceptMark(cursor, '{');
  const side = advance(cursor).text;
  if (braced) expectMark(cursor, '}');
  return side;
}

/** `\int_a^b … dx`; the differential may stand anywhere in the last term. */
export function parseIntegral(cursor: Cursor): Expression {
  advance(cursor);
  let lower: Expression | undefined;
  let upper: Expression | undefined;
  for (;;) {
    if (acceptMark(cursor, '_')) lower = parseBound(cursor);
    else if (acceptMark(cursor, '^')) upper = parseBound(cursor);
    else break;
  }
  cursor.integrals++;
  const integrand = cursor.grammar.sum(cursor);
  cursor.integrals--;
  const split = withoutDifferential(integrand);
  if (split === undefined) fail();
  return {
    kind: 'bind',
    operator: 'integral',
    variable: split.variable,
    ...(lower && { lower }),
    ...(upper && { upper }),
    body: split.body,
  };
}

/** A bound: a group or one signed operand; what follows it may be the other bound. */
function parseBound(cursor: Cursor): Expression {
  const negative = acceptMark(cursor, '-');
  if (!negative) acceptMark(cursor, '+');
  const bound = cursor.grammar.primary(cursor);
  if (!negative) return bound;
  return { kind: 'product', factors: [numberNode({ top: -1n, bottom: 1n }), bound] };
}

interface Split {
  readonly body: Expression;
  readonly variable: string;
}

function withoutDifferential(node: Expression): Split | undefined {
  if (node.kind === 'sum') {
    const last = node.terms.at(-1);
    const split = last === undefined ? undefined : withoutDifferential(last);
    if (split === undefined) return undefined;
    return {
      variable: split.variable,
      body: { kind: 'sum', terms: [...node.terms.slice(0, -1), split.body] },
    };
  }
  const factors = factorsOf(node);
  for (let index = factors.length - 2; index >= 0; index--) {
    const [d, name] = [factors[index], factors[index + 1]];
    if (d?.kind !== 'symbol' || d.name !== 'd' || name === undefined) continue;
    const variable = boundName(name);
    if (variable === undefined) continue;
    const rest = [...factors.slice(0, index), ...factors.slice(index + 2)];
    const [only] = rest;
    if (only === undefined) return { variable, body: numberNode(ONE) };
    return { variable, body: rest.length === 1 ? only : { kind: 'product', factors: rest } };
  }
  return undefined;
}

function factorsOf(node: Expression): Expression[] {
  if (node.kind === 'product') return node.factors.flatMap(factorsOf);
  if (node.kind === 'letters') return [...node.text].map((letter) => symbolNode(letter));
  return [node];
}

/** `\frac{d}{dx} …` and `\frac{dy}{dx}`; `undefined` when the fraction is an ordinary one. */
export function derivativeOf(
  cursor: Cursor,
  top: Expression,
  bottom: Expression,
): Expression | undefined {
  const below = factorsOf(bottom);
  const [d, variableNode] = below;
  if (below.length !== 2 || !isDifferential(d) || variableNode === undefined) return undefined;
  const power = variableNode.kind === 'power' ? variableNode : undefined;
  const variable = boundName(power?.base ?? variableNode);
  if (variable === undefined) return undefined;
  const above = factorsOf(top);
  const [first, operand] = above;
  const head = first?.kind === 'power' ? first.base : first;
  if (!isDifferential(head)) return undefined;
  const order = power?.exponent.kind === 'number' ? Number(power.exponent.value.top) : 1;
  const orderAbove =
    first?.kind === 'power' && first.exponent.kind === 'number'
      ? Number(first.exponent.value.top)
      : 1;
  if (above.length > 2 || order > 8 || order !== orderAbove) return undefined;
  const next = peek(cursor);
  if (
    operand === undefined &&
    (next === undefined || next.kind === 'mark') &&
    !startsBody(cursor)
  ) {
    return undefined;
  }
  let node = operand ?? cursor.grammar.term(cursor);
  for (let count = 0; count < order; count++) {
    node = { kind: 'bind', operator: 'derivative', variable, body: node };
  }
  return node;
}

function startsBody(cursor: Cursor): boolean {
  return atMark(cursor, '(') || atMark(cursor, '{') || atMark(cursor, '[');
}

function isDifferential(node: Expression | undefined): boolean {
  return node?.kind === 'symbol' && (node.name === 'd' || node.name === 'partial');
}
