/** One operand with everything attached to it: powers, subscripts, primes, factorials, percent and degree signs. */
import {
  acceptMark,
  advance,
  atCommand,
  atMark,
  type Cursor,
  expectMark,
  fail,
  nested,
  peek,
} from './cursor.ts';
import { callNode, type Expression, numberNode, symbolNode } from './expression.ts';
import type { Token } from './tokenise.ts';
import { CONDITIONS, FUNCTIONS } from './vocabulary.ts';

/** Names that are functions whenever a bracket follows. */
const FUNCTION_NAMES: ReadonlySet<string> = new Set([
  'f',
  'g',
  'F',
  'G',
  'phi',
  'psi',
  'Phi',
  'Psi',
]);
/** Names that are functions when their argument is a single event: `P(A)`. */
const EVENT_FUNCTIONS: ReadonlySet<string> = new Set(['P', 'E', 'N', 'n', 'Pr', 'Var']);
const ORDINALS: ReadonlySet<string> = new Set(['st', 'nd', 'rd', 'th']);
const FACTOR_COMMANDS: ReadonlySet<string> = new Set(
  'frac sqrt binom begin infty pi overline hat tilde vec dot ddot lfloor lceil sum prod int lim dots emptyset'.split(
    ' ',
  ),
);

/** Whether a factor begins here without an operator; `before` is the token the last one ended with. */
export function isFactorStart(cursor: Cursor, before: Token | undefined): boolean {
  const token = peek(cursor);
  if (token === undefined) return false;
  switch (token.kind) {
    case 'number':
      return before?.kind !== 'number';
    case 'letter':
      return true;
    case 'word':
      if (CONDITIONS.has(token.text.toLowerCase())) return false;
      return !token.prose || token.text.length === 1;
    case 'command':
      return FUNCTIONS.has(token.text) || FACTOR_COMMANDS.has(token.text);
    default:
      if (token.text === '(' || token.text === '{') return true;
      if (token.text === '[') return !startsReversedClose(cursor);
      return (token.text === '|' || token.text === '\\|') && !cursor.barCloses;
  }
}

/** In `]a, b[` the last bracket closes. */
function startsReversedClose(cursor: Cursor): boolean {
  const next = peek(cursor, 1);
  return (
    next === undefined || (next.kind === 'mark' && !['-', '(', '{', '|', '+'].includes(next.text))
  );
}

/** One operand with its postfixes. */
export function parseFactor(cursor: Cursor): Expression {
  return nested(cursor, () => parsePostfixes(cursor, cursor.grammar.primary(cursor)));
}

/** The operand with the powers, subscripts and signs that follow it. */
export function parsePostfixes(cursor: Cursor, primary: Expression): Expression {
  let node = primary;
  for (let token = peek(cursor); token !== undefined; token = peek(cursor)) {
    if (token.kind !== 'mark') return node;
    switch (token.text) {
      case '^':
        node = parsePower(cursor, node);
        break;
      case '_':
        node = parseSubscript(cursor, node);
        break;
      case '!':
        advance(cursor);
        node = callNode(acceptMark(cursor, '!') ? 'doublefactorial' : 'factorial', node);
        break;
      case '%':
        advance(cursor);
        node = { kind: 'percent', value: node };
        break;
      case 'degree':
        advance(cursor);
        node = { kind: 'degrees', value: node };
        break;
      case "'":
        advance(cursor);
        if (node.kind !== 'symbol') fail();
        node = symbolNode(`${node.name}'`);
        break;
      case '{': {
        const applied = parseBracedApplication(cursor, node);
        if (applied === undefined) return node;
        node = applied;
        break;
      }
      case '(': {
        const applied = parseApplication(cursor, node);
        if (applied === undefined) return node;
        node = applied;
        break;
      }
      default:
        return node;
    }
  }
  return node;
}

function parsePower(cursor: Cursor, base: Expression): Expression {
  advance(cursor);
  const braced = atMark(cursor, '{');
  const at = braced ? 1 : 0;
  if (atMark(cursor, 'degree', at)) {
    skip(cursor, braced ? 3 : 1);
    const scale = peek(cursor);
    if (scale?.kind === 'letter' && (scale.text === 'C' || scale.text === 'F')) {
      advance(cursor);
      return { kind: 'unit', value: base, unit: scale.text };
    }
    return { kind: 'degrees', value: base };
  }
  if (atMark(cursor, "'", at) && base.kind === 'symbol') {
    skip(cursor, braced ? 3 : 1);
    return symbolNode(`${base.name}'`);
  }
  if (atMark(cursor, "'", at) && base.kind === 'number') {
    // Minutes and seconds of arc.
    if (braced) advance(cursor);
    while (acceptMark(cursor, "'"));
    if (braced) expectMark(cursor, '}');
    return { kind: 'unit', value: base, unit: 'of arc' };
  }
  const inner = peek(cursor, at);
  if (inner?.kind === 'word' && ORDINALS.has(inner.text.toLowerCase())) {
    skip(cursor, braced ? 3 : 1);
    return base;
  }
  if (isTranspose(inner) && base.kind === 'matrix') {
    skip(cursor, braced ? 3 : 1);
    return callNode('transpose', base);
  }
  const exponent = parseScript(cursor);
  // In f^{-1}(x) and f^2(x) the power is part of the function's name.
  if (base.kind === 'symbol' && FUNCTION_NAMES.has(base.name) && atMark(cursor, '(')) {
    if (exponent.kind === 'number') return symbolNode(`${base.name}^${exponent.value.top}`);
  }
  return { kind: 'power', base, exponent };
}

function isTranspose(token: Token | undefined): boolean {
  return token?.text === 'T' || token?.text === 'top' || token?.text === 'intercal';
}

function skip(cursor: Cursor, count: number): void {
  for (let index = 0; index < count; index++) advance(cursor);
}

/** What `^` raises to: a braced group or one signed operand, and powers of it. */
export function parseScript(cursor: Cursor): Expression {
  return nested(cursor, () => {
    const negative = acceptMark(cursor, '-');
    if (!negative) acceptMark(cursor, '+');
    let node = cursor.grammar.primary(cursor);
    if (acceptMark(cursor, '^')) {
      node = { kind: 'power', base: node, exponent: parseScript(cursor) };
    } else if (atMark(cursor, '!')) {
      advance(cursor);
      node = callNode('factorial', node);
    }
    if (!negative) return node;
    return { kind: 'product', factors: [numberNode({ top: -1n, bottom: 1n }), node] };
  });
}

/** A base after a numeral, an index after a name. */
function parseSubscript(cursor: Cursor, node: Expression): Expression {
  const digits = peek(cursor, -1);
  advance(cursor);
  const index = parseIndex(cursor);
  if (digits?.kind === 'number') {
    if (index.kind !== 'number' || index.value.bottom !== 1n) fail();
    const base = Number(index.value.top);
    if (!isBasedNumeral(digits.text, base)) fail();
    return { kind: 'based', digits: digits.text, base };
  }
  if (node.kind === 'symbol') return { kind: 'apply', name: `${node.name}_`, args: [index] };
  if (node.kind === 'apply' || node.kind === 'call')
    return { kind: 'apply', name: '_', args: [node, index] };
  return fail();
}

function isBasedNumeral(digits: string, base: number): boolean {
  if (!(base >= 2 && base <= 36)) return false;
  for (const digit of digits)
    if (!(digit >= '0' && digit <= '9' && Number(digit) < base)) return false;
  return true;
}

function parseIndex(cursor: Cursor): Expression {
  if (!atMark(cursor, '{')) {
    const token = peek(cursor);
    if (token?.kind === 'word') {
      advance(cursor);
      return { kind: 'text', text: token.text };
    }
    return cursor.grammar.primary(cursor);
  }
  advance(cursor);
  const label = peek(cursor);
  if (label?.kind === 'command' && FUNCTIONS.has(label.text) && atMark(cursor, '}', 1)) {
    // m_{\max} is a name.
    skip(cursor, 2);
    return { kind: 'text', text: label.text };
  }
  const items = cursor.grammar.list(cursor);
  expectMark(cursor, '}');
  const [only] = items;
  return items.length === 1 && only !== undefined ? only : { kind: 'list', items };
}

/**
 * `f(x)` as an application. A bracket after any other name is a product, unless the brackets hold several arguments or
 * the name with a lone argument is what an equation defines.
 */
function parseApplication(cursor: Cursor, node: Expression): Expression | undefined {
  const name = applicableName(node);
  if (name === undefined) return undefined;
  const start = cursor.index;
  const known =
    FUNCTION_NAMES.has(name.replace(/[_^'].*$/, '')) || (name.length > 1 && isUpright(cursor));
  if (!known && !isDefinition(cursor, name)) return undefined;
  advance(cursor);
  const args = cursor.grammar.list(cursor);
  if (!acceptMark(cursor, ')') || args.length === 0) {
    cursor.index = start;
    return undefined;
  }
  return { kind: 'apply', name, args: node.kind === 'apply' ? [...node.args, ...args] : args };
}

/** `f{\left(x \right)}`: braces around brackets are how computer algebra prints an application. */
function parseBracedApplication(cursor: Cursor, node: Expression): Expression | undefined {
  const name = applicableName(node);
  if (name === undefined || !atMark(cursor, '(', 1) || !bracketFillsGroup(cursor)) return undefined;
  advance(cursor);
  advance(cursor);
  const args = cursor.grammar.list(cursor);
  expectMark(cursor, ')');
  expectMark(cursor, '}');
  if (args.length === 0) fail();
  return { kind: 'apply', name, args: node.kind === 'apply' ? [...node.args, ...args] : args };
}

function bracketFillsGroup(cursor: Cursor): boolean {
  let depth = 0;
  for (let ahead = 1; ; ahead++) {
    const token = peek(cursor, ahead);
    if (token === undefined) return false;
    if (token.kind !== 'mark') continue;
    if (token.text === '(') depth++;
    if (token.text === ')' && --depth === 0) return atMark(cursor, '}', ahead + 1);
  }
}

function applicableName(node: Expression): string | undefined {
  if (node.kind === 'symbol') return node.name;
  return node.kind === 'apply' && node.name.endsWith('_') ? node.name : undefined;
}

/** An operator name such as `\operatorname{proj}` before the bracket. */
function isUpright(cursor: Cursor): boolean {
  const before = peek(cursor, -1);
  return before?.kind === 'letter' && before.text.length > 1 && !isGreek(before.text);
}

function isGreek(name: string): boolean {
  return /^(?:alpha|beta|gamma|delta|epsilon|zeta|eta|theta|iota|kappa|lambda|mu|nu|xi|rho|sigma|tau|upsilon|chi|omega|ell|angle|triangle|[A-Z][a-z]+)$/.test(
    name,
  );
}

function isDefinition(cursor: Cursor, name: string): boolean {
  let ahead = 1;
  if (atMark(cursor, '-', ahead)) ahead++;
  const argument = peek(cursor, ahead);
  if (argument === undefined) return false;
  if (EVENT_FUNCTIONS.has(name) && /^[A-Z]{1,2}$/.test(argument.text)) return true;
  let after = ahead + 1;
  if (argument.kind !== 'letter' && argument.kind !== 'number') return false;
  while (atMark(cursor, ',', after)) after += 2;
  if (!atMark(cursor, ')', after)) return false;
  if (after > ahead + 1) return true;
  return argument.kind === 'number' || atMark(cursor, '=', after + 1);
}

/** The argument of `\frac` and its like: a group, or one token of which a numeral gives one digit. */
export function parseArgument(cursor: Cursor): Expression {
  const token = peek(cursor);
  if (token?.kind === 'number' && token.text.length > 1 && /^\d+$/.test(token.text)) {
    const rest = token.text.slice(1);
    cursor.tokens[cursor.index] = {
      ...token,
      text: rest,
      value: numberNode({ top: BigInt(rest), bottom: 1n }),
      spaced: false,
    };
    cursor.budget.spend(1);
    return numberNode({ top: BigInt(token.text[0] ?? '0'), bottom: 1n });
  }
  if (token?.kind === 'letter' || token?.kind === 'number') return cursor.grammar.primary(cursor);
  if (token?.kind === 'word' && token.text.length === 1) return cursor.grammar.primary(cursor);
  if (atCommand(cursor, 'sqrt') || atMark(cursor, '{') || token?.kind === 'command') {
    return nested(cursor, () => cursor.grammar.primary(cursor));
  }
  if (atMark(cursor, '(')) return nested(cursor, () => cursor.grammar.primary(cursor));
  return fail();
}
