/** The smallest parts of an answer: numerals, names, words, commands and everything in brackets. */
import { advance, type Cursor, fail, nested, peek } from './cursor.ts';
import { type Expression, letterNode, numberNode, symbolNode } from './expression.ts';
import { derivativeOf, parseBigOperator, parseIntegral, parseLimit } from './parse-bind.ts';
import {
  parseAngles,
  parseBars,
  parseBracket,
  parseGroup,
  parseRounding,
  parseSet,
} from './parse-bracket.ts';
import { parseEnvironment } from './parse-environment.ts';
import { parseBinomial, parseFraction, parseFunction, parseRoot } from './parse-function.ts';
import { MINUS_ONE } from './rational.ts';
import type { Token } from './tokenise.ts';
import { CONDITIONS, FUNCTIONS } from './vocabulary.ts';
import { numberFromWords } from './words.ts';

/** Words that may stand before a value without changing it. */
const FILLERS: ReadonlySet<string> = new Set(['approximately', 'about', 'exactly', 'only']);
const DECORATIONS: ReadonlySet<string> = new Set([
  'overline',
  'hat',
  'tilde',
  'vec',
  'dot',
  'ddot',
]);
const NUMBER_SETS = 'RZNQC';

/** One operand without its postfixes. */
export function parsePrimary(cursor: Cursor): Expression {
  const token = peek(cursor);
  if (token === undefined) return fail();
  switch (token.kind) {
    case 'number':
      advance(cursor);
      return token.value;
    case 'letter':
      advance(cursor);
      return nameNode(token.text);
    case 'word':
      return parseWords(cursor, token);
    case 'command':
      return parseCommand(cursor, token.text);
    default:
      return parseMarked(cursor, token.text);
  }
}

function nameNode(name: string): Expression {
  return letterNode(name === 'imath' ? 'i' : name);
}

function parseMarked(cursor: Cursor, mark: string): Expression {
  switch (mark) {
    case '(':
    case '[':
    case ']':
      return parseBracket(cursor);
    case '{':
      return parseGroup(cursor);
    case '\\{':
      return parseSet(cursor);
    case '<<':
      return parseAngles(cursor);
    case '|':
    case '\\|':
      return parseBars(cursor);
    case 'gap':
      advance(cursor);
      return parsePrimary(cursor);
    default:
      return fail();
  }
}

function parseCommand(cursor: Cursor, name: string): Expression {
  if (FUNCTIONS.has(name)) return parseFunction(cursor);
  if (DECORATIONS.has(name)) return parseDecorated(cursor, name);
  switch (name) {
    case 'frac': {
      const { top, bottom } = parseFraction(cursor);
      const derivative = derivativeOf(cursor, top, bottom);
      if (derivative !== undefined) return derivative;
      const power: Expression = { kind: 'power', base: bottom, exponent: numberNode(MINUS_ONE) };
      return { kind: 'product', factors: [top, power] };
    }
    case 'sqrt':
      return parseRoot(cursor);
    case 'binom':
      return parseBinomial(cursor);
    case 'begin':
      return parseEnvironment(cursor);
    case 'sum':
    case 'prod':
      return parseBigOperator(cursor);
    case 'int':
      return parseIntegral(cursor);
    case 'lim':
      return parseLimit(cursor);
    case 'lfloor':
    case 'lceil':
      return parseRounding(cursor);
    case 'mathbb':
    case 'mathcal':
    case 'mathscr':
    case 'mathfrak':
      return parseAlphabet(cursor, name);
    default:
      advance(cursor);
      return constantNode(name);
  }
}

function constantNode(name: string): Expression {
  switch (name) {
    case 'pi':
      return { kind: 'constant', name: 'pi' };
    case 'infty':
      return { kind: 'constant', name: 'infinity' };
    case 'emptyset':
      return { kind: 'set', items: [] };
    case 'reals':
      return { kind: 'number-set', name: 'R' };
    case 'dots':
      return { kind: 'dots' };
    case 'partial':
      return symbolNode('partial');
    default:
      return fail();
  }
}

function parseAlphabet(cursor: Cursor, style: string): Expression {
  advance(cursor);
  const group = nested(cursor, () => cursor.grammar.primary(cursor));
  const name = group.kind === 'symbol' ? group.name : group.kind === 'letters' ? group.text : '';
  if (name === '') return fail();
  if (style === 'mathbb' && name.length === 1 && NUMBER_SETS.includes(name)) {
    return { kind: 'number-set', name };
  }
  return symbolNode(name);
}

/** `\vec{a}`, `\overline{AB}`: one name together with what it decorates. */
function parseDecorated(cursor: Cursor, style: string): Expression {
  advance(cursor);
  const inner = nested(cursor, () => cursor.grammar.primary(cursor));
  return { kind: 'apply', name: style, args: [inner] };
}

/** A run of words: a number in words, a lone name, or text. */
function parseWords(cursor: Cursor, first: Token & { kind: 'word' }): Expression {
  if (FILLERS.has(first.text.toLowerCase())) {
    advance(cursor);
    return parsePrimary(cursor);
  }
  if (!first.prose && !isTextRun(cursor)) return parseLetters(cursor, first.text);
  const words: string[] = [];
  for (let token = peek(cursor); token !== undefined; token = peek(cursor)) {
    const hyphen = token.kind === 'mark' && token.text === '-' && peek(cursor, 1)?.kind === 'word';
    if (hyphen && words.length > 0) {
      advance(cursor);
      continue;
    }
    if (token.kind !== 'word' && !(token.kind === 'letter' && words.length > 0)) break;
    if (CONDITIONS.has(token.text.toLowerCase()) && words.length > 0) break;
    words.push(token.text);
    advance(cursor);
  }
  const number = numberFromWords(words.flatMap((word) => word.toLowerCase().split('-')));
  if (number !== undefined) return numberNode(number);
  const [only] = words;
  if (words.length === 1 && only !== undefined && only.length === 1) return nameNode(only);
  return { kind: 'text', text: words.join(' ') };
}

/** Whether bare words follow each other, as in running text without `\text`. */
function isTextRun(cursor: Cursor): boolean {
  const first = peek(cursor);
  const next = peek(cursor, 1);
  if (next?.kind === 'word' && next.spaced) return true;
  return first?.kind === 'word' && numberFromWords([first.text.toLowerCase()]) !== undefined;
}

/**
 * A run of bare letters. Alone it may be a word, so it is kept whole; next to other factors it is a product, whose last
 * letter takes the postfixes that follow.
 */
function parseLetters(cursor: Cursor, text: string): Expression {
  advance(cursor);
  const next = peek(cursor);
  const attached = next?.kind === 'mark' && ['^', '_', '(', "'", '!'].includes(next.text);
  if (!attached) return { kind: 'letters', text };
  cursor.index--;
  const last = text.at(-1) ?? '';
  cursor.tokens[cursor.index] = { kind: 'letter', text: last, spaced: false };
  const names = [...text.slice(0, -1)].map(nameNode);
  return { kind: 'product', factors: [...names, cursor.grammar.factor(cursor)] };
}
