/**
 * Operator-precedence parser for answers: lists, relations, set operations, ratios, sums and products. It reads all of
 * the tokens or nothing; a part that cannot be read makes the whole "no parse".
 */
import type { Budget } from './budget.ts';
import {
  acceptMark,
  advance,
  atCommand,
  atMark,
  type Cursor,
  fail,
  type Grammar,
  NoParse,
  peek,
} from './cursor.ts';
import {
  callNode,
  type Expression,
  numberNode,
  type RelationOperator,
  symbolNode,
} from './expression.ts';
import { parseChoose } from './parse-bracket.ts';
import { isFactorStart, parseFactor, parsePostfixes } from './parse-factor.ts';
import { parsePrimary } from './parse-primary.ts';
import { takeUnit } from './parse-unit.ts';
import { isInteger, MINUS_ONE, ONE, ZERO } from './rational.ts';
import type { Token } from './tokenise.ts';
import { CONDITIONS } from './vocabulary.ts';

const GRAMMAR: Grammar = {
  list: parseList,
  relation: parseRelation,
  sum: parseSum,
  term: parseTerm,
  factor: parseFactor,
  primary: parsePrimary,
};

const SEPARATORS: ReadonlySet<string> = new Set([',', ';', 'and', 'or', 'gap', 'row', '&']);
const RELATIONS: ReadonlySet<string> = new Set(
  '= != < <= > >= ~ in equiv cong sim propto notin ni subset subseteq supset supseteq perp parallel -> |->'.split(
    ' ',
  ),
);
const SET_OPERATORS: ReadonlyMap<string, 'union' | 'intersection' | 'difference'> = new Map([
  ['cup', 'union'],
  ['cap', 'intersection'],
  ['setminus', 'difference'],
]);
const COPULAS: ReadonlySet<string> = new Set(['is', 'are', 'equals', 'equal']);

/** Reads tokens as an answer; `undefined` when they are none. May change `tokens`. */
export function parse(tokens: Token[], budget: Budget): Expression | undefined {
  const cursor: Cursor = {
    tokens: withoutRedundantBrackets(tokens),
    budget,
    grammar: GRAMMAR,
    index: 0,
    depth: 0,
    barCloses: false,
    colonCloses: false,
    integrals: 0,
  };
  try {
    return parseAnswer(cursor);
  } catch (error) {
    // No parse is an ordinary outcome; everything else, running out of steps included, is not.
    if (error instanceof NoParse) return undefined;
    throw error;
  }
}

function parseAnswer(cursor: Cursor): Expression {
  acceptMark(cursor, ':');
  let items = parseList(cursor);
  // A derivation ends in its answer.
  while (acceptMark(cursor, '=>') || acceptMark(cursor, '<=>')) items = parseList(cursor);
  const choose = parseChoose(cursor, items);
  if (choose !== undefined) items = [choose];
  const token = peek(cursor);
  if (token !== undefined && !(isCondition(token) && isWholeCondition(cursor, items)))
    skipTail(cursor);
  const [first] = items;
  if (first === undefined) fail();
  return items.length === 1 ? first : { kind: 'list', items, ...joinerOf(cursor) };
}

/** `f(x) = ax + b, where …` explains one answer; in `1 if x > 0, 2 if x < 0` the conditions are the answer. */
function isWholeCondition(cursor: Cursor, items: readonly Expression[]): boolean {
  const rest = cursor.tokens.slice(cursor.index + 1);
  return items.length === 1 && !rest.some(({ text }) => /^(?:if|when|unless)$/i.test(text));
}

function joinerOf({ tokens }: Cursor): { joiner?: 'and' | 'or' } {
  const has = (text: string): boolean =>
    tokens.some((token) => token.kind === 'mark' && token.text === text);
  if (has('or')) return { joiner: 'or' };
  return has('and') ? { joiner: 'and' } : {};
}

function skipTail(cursor: Cursor): void {
  for (let token = peek(cursor); token !== undefined; token = peek(cursor)) {
    if (token.kind !== 'mark' || !',;:.?!'.includes(token.text)) fail();
    advance(cursor);
  }
}

function isCondition(token: Token): boolean {
  return token.kind === 'word' && CONDITIONS.has(token.text.toLowerCase());
}

function parseList(cursor: Cursor): Expression[] {
  const items: Expression[] = [];
  for (;;) {
    while (isSeparator(peek(cursor))) advance(cursor);
    const next = peek(cursor);
    if (isListEnd(cursor) || (items.length > 0 && next !== undefined && isCondition(next)))
      return items;
    items.push(parseRelation(cursor));
    if (!isSeparator(peek(cursor))) return items;
  }
}

function isSeparator(token: Token | undefined): boolean {
  return token !== undefined && token.kind === 'mark' && SEPARATORS.has(token.text);
}

function isListEnd(cursor: Cursor): boolean {
  const token = peek(cursor);
  if (token === undefined) return true;
  return (
    token.kind === 'mark' && [')', ']', '}', '\\}', '>>'].includes(token.text) && cursor.depth > 0
  );
}

function parseRelation(cursor: Cursor): Expression {
  const operators: RelationOperator[] = [];
  const members: Expression[] = [];
  const leading = takeRelation(cursor);
  if (leading !== undefined && leading !== '=' && leading !== '~') {
    operators.push(leading);
    members.push(symbolNode(''));
  }
  members.push(parseSetOperation(cursor));
  for (;;) {
    while (atMark(cursor, 'gap') && isRelation(peek(cursor, 1))) advance(cursor);
    const operator = takeRelation(cursor);
    if (operator === undefined) break;
    operators.push(operator);
    members.push(parseSetOperation(cursor));
  }
  const modulus = parseModulus(cursor);
  const [only] = members;
  if (only !== undefined && members.length === 1 && modulus === undefined) return only;
  return { kind: 'relation', members, operators, ...(modulus === undefined ? {} : { modulus }) };
}

function takeRelation(cursor: Cursor): RelationOperator | undefined {
  const token = peek(cursor);
  if (token === undefined) return undefined;
  if (token.kind === 'command' && token.text === 'not' && isRelation(peek(cursor, 1))) {
    advance(cursor);
    const operator = advance(cursor).text;
    return operator === '=' ? '!=' : `not${operator}`;
  }
  if (!isRelation(token)) return undefined;
  advance(cursor);
  return token.kind === 'word' ? '=' : token.text;
}

function isRelation(token: Token | undefined): boolean {
  if (token === undefined) return false;
  if (token.kind === 'word') return COPULAS.has(token.text.toLowerCase());
  return token.kind === 'mark' && RELATIONS.has(token.text);
}

/** `\pmod{5}`, `(mod 5)` and `(\text{mod } 5)` after a congruence. */
function parseModulus(cursor: Cursor): Expression | undefined {
  if (acceptMark(cursor, 'pmod')) return parseFactor(cursor);
  if (!atMark(cursor, '(') || !atMark(cursor, 'mod', 1)) return undefined;
  advance(cursor);
  advance(cursor);
  const modulus = parseSum(cursor);
  if (!acceptMark(cursor, ')')) fail();
  return modulus;
}

function parseSetOperation(cursor: Cursor): Expression {
  let left = parseRatio(cursor);
  for (;;) {
    const token = peek(cursor);
    const operator = token?.kind === 'mark' ? SET_OPERATORS.get(token.text) : undefined;
    if (operator === undefined) return left;
    advance(cursor);
    left = { kind: 'set-operation', operator, left, right: parseRatio(cursor) };
  }
}

function parseRatio(cursor: Cursor): Expression {
  const first = parseSum(cursor);
  if (cursor.colonCloses || !atMark(cursor, ':')) return first;
  const parts = [first];
  while (peek(cursor, 1) !== undefined && acceptMark(cursor, ':')) parts.push(parseSum(cursor));
  return parts.length === 1 ? first : { kind: 'ratio', parts };
}

function parseSum(cursor: Cursor): Expression {
  const terms: Expression[] = [];
  let sign = takeSign(cursor);
  if (sign === undefined) {
    terms.push(parseTerm(cursor));
    sign = takeSign(cursor);
  }
  while (sign !== undefined) {
    const right = parseTerm(cursor);
    if (sign === '+' && terms.length === 0 && !isScalar(right)) return right;
    if (!isScalar(right) || terms.some((term) => !isScalar(term))) fail();
    if (sign === '+') {
      terms.push(right);
    } else if (sign === '-') {
      terms.push(negate(right));
    } else {
      const left = terms.length === 0 ? numberNode(ZERO) : sumOf(terms.splice(0));
      terms.push({ kind: 'plusminus', left, right, sign: sign === '+-' ? 1 : -1 });
    }
    sign = takeSign(cursor);
  }
  return sumOf(terms);
}

function sumOf(terms: readonly Expression[]): Expression {
  const [only] = terms;
  return terms.length === 1 && only !== undefined ? only : { kind: 'sum', terms };
}

/** The next sign; runs of plus and minus are one sign. */
function takeSign(cursor: Cursor): '+' | '-' | '+-' | '-+' | undefined {
  let sign: '+' | '-' | undefined;
  for (;;) {
    const token = peek(cursor);
    if (token?.kind !== 'mark') return sign;
    if (token.text === '+-' || token.text === '-+') {
      if (sign !== undefined) fail();
      advance(cursor);
      return token.text;
    }
    if (token.text !== '+' && token.text !== '-') return sign;
    advance(cursor);
    sign = (sign === '-') === (token.text === '-') ? '+' : '-';
  }
}

function negate(node: Expression): Expression {
  if (node.kind === 'number') {
    return numberNode({ top: -node.value.top, bottom: node.value.bottom }, node.decimal);
  }
  if (node.kind === 'based') return { ...node, digits: `-${node.digits}` };
  return { kind: 'product', factors: [numberNode(MINUS_ONE), node] };
}

function divide(top: Expression, bottom: Expression): Expression {
  return {
    kind: 'product',
    factors: [top, { kind: 'power', base: bottom, exponent: numberNode(MINUS_ONE) }],
  };
}

function parseTerm(cursor: Cursor): Expression {
  const factors: Expression[] = [signedFactor(cursor)];
  for (;;) {
    const token = peek(cursor);
    if (token === undefined) break;
    const before = peek(cursor, -1);
    if (token.kind === 'mark' && token.text === '*') {
      advance(cursor);
      factors.push(signedFactor(cursor));
    } else if (token.kind === 'mark' && token.text === '/') {
      advance(cursor);
      const bottom = signedFactor(cursor);
      factors.push({ kind: 'power', base: bottom, exponent: numberNode(MINUS_ONE) });
    } else if (token.kind === 'mark' && token.text === 'mod') {
      advance(cursor);
      const left = productOf(factors.splice(0));
      factors.push(callNode('mod', left, signedFactor(cursor)));
    } else if (takeMixedPart(cursor, factors)) {
      // The fraction has become part of the number before it.
    } else {
      const unit = token.kind === 'word' ? takeUnit(cursor, productOf(factors)) : undefined;
      if (unit !== undefined) return unit;
      if (!isFactorStart(cursor, before)) break;
      factors.push(parseFactor(cursor));
    }
  }
  return productOf(factors);
}

function signedFactor(cursor: Cursor): Expression {
  let negative = false;
  for (;;) {
    if (acceptMark(cursor, '-')) negative = !negative;
    else if (!acceptMark(cursor, '+')) break;
  }
  const factor = parseFactor(cursor);
  return negative ? negate(factor) : factor;
}

function productOf(factors: readonly Expression[]): Expression {
  const [only] = factors;
  if (factors.length === 1 && only !== undefined) return only;
  if (factors.some((factor) => !isScalar(factor))) fail();
  return { kind: 'product', factors };
}

/** `1\frac{1}{2}` and `1 1/2`: a whole number and a fraction of whole numbers are added, not multiplied. */
function takeMixedPart(cursor: Cursor, factors: Expression[]): boolean {
  const whole = factors.at(-1);
  const before = peek(cursor, -1);
  if (before?.kind !== 'number' || whole?.kind !== 'number') return false;
  if (whole.decimal || !isInteger(whole.value)) return false;
  const start = cursor.index;
  const isPlain = peek(cursor)?.kind === 'number' && atMark(cursor, '/', 1);
  if (!isPlain && !atCommand(cursor, 'frac')) return false;
  const part = isPlain ? plainFraction(cursor) : cursor.grammar.primary(cursor);
  const value = part === undefined ? undefined : fractionValue(part);
  if (value === undefined) {
    cursor.index = start;
    return false;
  }
  const sign = whole.value.top < 0n ? MINUS_ONE : ONE;
  const top = whole.value.top * value.bottom + sign.top * value.top;
  const mixed: Expression = {
    kind: 'product',
    factors: [
      numberNode({ top, bottom: 1n }),
      {
        kind: 'power',
        base: numberNode({ top: value.bottom, bottom: 1n }),
        exponent: numberNode(MINUS_ONE),
      },
    ],
  };
  factors[factors.length - 1] = parsePostfixes(cursor, mixed);
  return true;
}

function plainFraction(cursor: Cursor): Expression | undefined {
  const top = advance(cursor);
  advance(cursor);
  const bottom = peek(cursor);
  if (top.kind !== 'number' || bottom?.kind !== 'number') return undefined;
  advance(cursor);
  return divide(top.value, bottom.value);
}

/** Numerator and denominator of a literal fraction of positive whole numbers. */
function fractionValue(node: Expression): { top: bigint; bottom: bigint } | undefined {
  if (node.kind !== 'product' || node.factors.length !== 2) return undefined;
  const [top, power] = node.factors;
  if (top?.kind !== 'number' || power?.kind !== 'power' || power.base.kind !== 'number')
    return undefined;
  const bottom = power.base;
  if (top.decimal || bottom.decimal || !isInteger(top.value) || !isInteger(bottom.value))
    return undefined;
  if (top.value.top <= 0n || bottom.value.top <= 0n) return undefined;
  return { top: top.value.top, bottom: bottom.value.top };
}

/** Whether the node can be added and multiplied. */
function isScalar(node: Expression): boolean {
  switch (node.kind) {
    case 'bracket':
    case 'set':
    case 'list':
    case 'relation':
    case 'text':
    case 'builder':
    case 'set-operation':
    case 'number-set':
    case 'ratio':
      return false;
    default:
      return true;
  }
}

/** Peels `((…))` and `{{…}}` off before parsing, so that depth is spent on meaning. */
function withoutRedundantBrackets(tokens: Token[]): Token[] {
  const closing = new Map<number, number>();
  const stack: number[] = [];
  for (const [index, { kind, text }] of tokens.entries()) {
    if (kind !== 'mark') continue;
    if (text === '(' || text === '{') stack.push(index);
    if (text === ')' || text === '}') {
      const open = stack.pop();
      if (open === undefined) return tokens;
      closing.set(open, index);
    }
  }
  let start = 0;
  let end = tokens.length;
  while (
    closing.get(start) === end - 1 &&
    closing.get(start + 1) === end - 2 &&
    tokens[start]?.text === tokens[start + 1]?.text
  ) {
    start++;
    end--;
  }
  return start === 0 ? tokens : tokens.slice(start, end);
}
