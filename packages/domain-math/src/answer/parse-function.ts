/** Functions with a known meaning and their arguments: `\sin^2 x`, `\log_2 8`, `\gcd(a, b)`, `\sqrt[3]{x}`. */
import {
  acceptMark,
  advance,
  atMark,
  type Cursor,
  expectMark,
  fail,
  nested,
  peek,
} from './cursor.ts';
import { callNode, type Expression, numberNode } from './expression.ts';
import { isFactorStart, parseArgument, parseScript } from './parse-factor.ts';
import { MINUS_ONE, rational } from './rational.ts';
import { FUNCTIONS } from './vocabulary.ts';

const INVERSES: ReadonlyMap<string, string> = new Map(
  ['sin', 'cos', 'tan', 'cot', 'sec', 'csc'].map((name) => [name, `arc${name}`]),
);
const E: Expression = { kind: 'constant', name: 'e' };

/** A function with its sub- and superscript and its argument; the name is the next token. */
export function parseFunction(cursor: Cursor): Expression {
  const name = advance(cursor).text;
  let base: Expression | undefined;
  let exponent: Expression | undefined;
  for (;;) {
    if (acceptMark(cursor, '_')) base = cursor.grammar.primary(cursor);
    else if (acceptMark(cursor, '^')) exponent = parseScript(cursor);
    else break;
  }
  const inverse = isMinusOne(exponent) ? INVERSES.get(name) : undefined;
  const args = parseArguments(cursor);
  const call = buildCall(inverse ?? name, args, base);
  if (exponent === undefined || inverse !== undefined) return call;
  return { kind: 'power', base: call, exponent };
}

function buildCall(
  name: string,
  args: readonly Expression[],
  base: Expression | undefined,
): Expression {
  const [first] = args;
  if (first === undefined) fail();
  const several = name === 'gcd' || name === 'lcm' || name === 'max' || name === 'min';
  if (args.length > 1 && !several) fail();
  switch (name) {
    case 'log':
      return base === undefined ? callNode('log', first) : callNode('log', first, base);
    case 'lg':
      return callNode('log', first, numberNode(rational(10n)));
    case 'exp':
      return { kind: 'power', base: E, exponent: first };
    default:
      return base === undefined ? callNode(name, ...args) : fail();
  }
}

function isMinusOne(node: Expression | undefined): boolean {
  if (node?.kind === 'number') return node.value.top === MINUS_ONE.top && node.value.bottom === 1n;
  if (node?.kind !== 'product' || node.factors.length !== 2) return false;
  return node.factors.every((factor) => factor.kind === 'number' && factor.value.top ** 2n === 1n);
}

function parseArguments(cursor: Cursor): readonly Expression[] {
  if (atMark(cursor, '(') || atMark(cursor, '[') || atMark(cursor, '{')) {
    const argument = cursor.grammar.primary(cursor);
    if (argument.kind === 'bracket' && (argument.open === '[') !== (argument.close === ']')) fail();
    return argument.kind === 'bracket' || argument.kind === 'set' ? argument.items : [argument];
  }
  if (atMark(cursor, '\\{')) {
    const argument = cursor.grammar.primary(cursor);
    return argument.kind === 'set' ? argument.items : fail();
  }
  return [parseBareArgument(cursor)];
}

/** An argument without brackets goes on to the next function, sum or explicit operator: `\sin 2x \cos x`. */
function parseBareArgument(cursor: Cursor): Expression {
  const negative = acceptMark(cursor, '-');
  const factors: Expression[] = negative ? [numberNode(MINUS_ONE)] : [];
  const least = factors.length;
  for (;;) {
    const token = peek(cursor);
    const isFunction = token?.kind === 'command' && FUNCTIONS.has(token.text);
    if (factors.length > least) {
      const isBracket = atMark(cursor, '(') || atMark(cursor, '[');
      if (isFunction || (isBracket && factors.at(-1)?.kind !== 'number')) break;
      if (!isFactorStart(cursor, peek(cursor, -1))) break;
      if (token?.kind === 'word' && token.text.length > 2) break;
      if (cursor.integrals > 0 && isDifferential(cursor)) break;
    }
    factors.push(cursor.grammar.factor(cursor));
  }
  const [only] = factors;
  return factors.length === 1 && only !== undefined ? only : { kind: 'product', factors };
}

/** `dx` ends the argument of a function under an integral. */
function isDifferential(cursor: Cursor): boolean {
  const token = peek(cursor);
  if (token?.kind === 'word') return /^d[a-zA-Z]$/.test(token.text);
  return token?.kind === 'letter' && token.text === 'd' && peek(cursor, 1)?.kind === 'letter';
}

/** `\frac` with its two arguments. */
export function parseFraction(cursor: Cursor): { top: Expression; bottom: Expression } {
  advance(cursor);
  const top = parseArgument(cursor);
  return { top, bottom: parseArgument(cursor) };
}

/** `\sqrt`, `\sqrt[n]`; without braces it covers one whole operand, as writers mean it. */
export function parseRoot(cursor: Cursor): Expression {
  advance(cursor);
  let degree: Expression = numberNode(rational(2n));
  if (atMark(cursor, '[')) {
    advance(cursor);
    degree = cursor.grammar.sum(cursor);
    expectMark(cursor, ']');
  }
  const inner = nested(cursor, () => cursor.grammar.primary(cursor));
  const exponent: Expression =
    degree.kind === 'number' && degree.value.bottom === 1n && degree.value.top > 0n
      ? numberNode(rational(1n, degree.value.top))
      : { kind: 'power', base: degree, exponent: numberNode(MINUS_ONE) };
  return { kind: 'power', base: inner, exponent };
}

/** `\binom{n}{k}`. */
export function parseBinomial(cursor: Cursor): Expression {
  advance(cursor);
  const top = parseArgument(cursor);
  return callNode('binomial', top, parseArgument(cursor));
}
