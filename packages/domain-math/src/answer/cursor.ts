/** The parser's place in the tokens, and what its parts need of each other. */
import { type Budget, MAX_DEPTH } from './budget.ts';
import type { Expression } from './expression.ts';
import type { Token } from './tokenise.ts';

/** Raised when the tokens are no answer; caught where parsing starts, never shown. */
export class NoParse extends Error {
  static {
    NoParse.prototype.name = 'NoParse';
  }
}

const NO_PARSE = new NoParse('the answer does not read as mathematics');

/** The rules that refer to each other across files. */
export interface Grammar {
  /** Items between separators, up to a token that belongs to none of them. */
  list(cursor: Cursor): Expression[];
  relation(cursor: Cursor): Expression;
  sum(cursor: Cursor): Expression;
  term(cursor: Cursor): Expression;
  /** One operand with its powers, subscripts and factorials. */
  factor(cursor: Cursor): Expression;
  primary(cursor: Cursor): Expression;
}

/** Where the parser stands. */
export interface Cursor {
  readonly tokens: Token[];
  readonly budget: Budget;
  readonly grammar: Grammar;
  index: number;
  depth: number;
  /** A `|` closes instead of opening an absolute value. */
  barCloses: boolean;
  /** A `:` separates a set builder instead of making a ratio. */
  colonCloses: boolean;
  /** Integrals that wait for their differential. */
  integrals: number;
}

/** Gives up on this answer. */
export function fail(): never {
  throw NO_PARSE;
}

/** The token `ahead` of the next one; negative for tokens already read. */
export function peek(cursor: Cursor, ahead = 0): Token | undefined {
  return cursor.tokens[cursor.index + ahead];
}

/** Whether the next token is the mark `text`. */
export function atMark(cursor: Cursor, text: string, ahead = 0): boolean {
  const token = cursor.tokens[cursor.index + ahead];
  return token !== undefined && token.kind === 'mark' && token.text === text;
}

/** Whether the next token is the command `text`. */
export function atCommand(cursor: Cursor, text: string, ahead = 0): boolean {
  const token = cursor.tokens[cursor.index + ahead];
  return token !== undefined && token.kind === 'command' && token.text === text;
}

/** Steps over the mark `text` if it is next. */
export function acceptMark(cursor: Cursor, text: string): boolean {
  if (!atMark(cursor, text)) return false;
  advance(cursor);
  return true;
}

/** Steps over the mark `text`, or gives up. */
export function expectMark(cursor: Cursor, text: string): void {
  if (!acceptMark(cursor, text)) fail();
}

/** Steps over the next token, or gives up at the end. */
export function advance(cursor: Cursor): Token {
  const token = cursor.tokens[cursor.index];
  if (token === undefined) fail();
  cursor.index++;
  cursor.budget.spend(1);
  return token;
}

/** Runs `rule` one level deeper; too deep an answer is no answer. */
export function nested<T>(cursor: Cursor, rule: () => T): T {
  if (cursor.depth >= MAX_DEPTH) fail();
  cursor.depth++;
  const result = rule();
  cursor.depth--;
  return result;
}

/** Runs `rule` with `|` and `:` read as given, and puts the reading back. */
export function withClosers<T>(
  cursor: Cursor,
  closers: { readonly bar: boolean; readonly colon: boolean },
  rule: () => T,
): T {
  const { barCloses, colonCloses } = cursor;
  cursor.barCloses = closers.bar;
  cursor.colonCloses = closers.colon;
  const result = rule();
  cursor.barCloses = barCloses;
  cursor.colonCloses = colonCloses;
  return result;
}
