import type { Span } from './protocol.ts';

/** A JSON value as positions in its source text, so that numbers keep the way they were written. */
export type JsonNode =
  | (Span & { readonly kind: 'object'; readonly members: readonly JsonMember[] })
  | (Span & { readonly kind: 'array'; readonly items: readonly JsonNode[] })
  | (Span & { readonly kind: 'string' | 'number' | 'literal' });

/** One member of an object; a key may stand more than once. */
export interface JsonMember {
  readonly key: string;
  readonly value: JsonNode;
}

/** Values nested deeper than this are refused, so that no reader of them can run out of stack. */
export const MAX_JSON_DEPTH = 64;

/** A place where text stops being JSON. */
export interface JsonProblem {
  readonly problem: string;
  readonly at: number;
}

/**
 * The JSON value that starts at a position, after white space; what follows it is not looked at.
 *
 * @param end - Text from here on is not read. Default: the whole text.
 */
export function readJson(text: string, start: number, end = text.length): JsonNode | JsonProblem {
  return readValue({ text, end }, skipSpace(text, start, end), 0);
}

/** The first position at or after `at` that holds no JSON white space. */
export function skipSpace(text: string, at: number, end = text.length): number {
  let position = at;
  while (position < end && SPACES.includes(text[position]!)) position++;
  return position;
}

/** The last member of a name, as JSON readers take it. */
export function memberOf(node: JsonNode, key: string): JsonNode | undefined {
  if (node.kind !== 'object') return undefined;
  return node.members.findLast((member) => member.key === key)?.value;
}

const SPACES = ' \t\n\r';
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const LITERALS = ['true', 'false', 'null'];

interface Source {
  readonly text: string;
  readonly end: number;
}

function readValue(source: Source, at: number, depth: number): JsonNode | JsonProblem {
  const { text, end } = source;
  if (at >= end) return { problem: 'the JSON ends early', at: end };
  if (depth > MAX_JSON_DEPTH) {
    return { problem: `the JSON is nested deeper than ${MAX_JSON_DEPTH} levels`, at };
  }
  const first = text[at]!;
  if (first === '{') return readObject(source, at, depth);
  if (first === '[') return readArray(source, at, depth);
  if (first === '"') {
    const after = stringEnd(source, at);
    return typeof after === 'number' ? { kind: 'string', start: at, end: after } : after;
  }
  const literal = LITERALS.find((word) => text.startsWith(word, at) && at + word.length <= end);
  if (literal !== undefined) return { kind: 'literal', start: at, end: at + literal.length };
  NUMBER.lastIndex = at;
  const number = NUMBER.exec(text);
  if (number !== null && at + number[0].length <= end) {
    return { kind: 'number', start: at, end: at + number[0].length };
  }
  return { problem: `${showAt(text, at)} cannot start a JSON value`, at };
}

function readObject(source: Source, start: number, depth: number): JsonNode | JsonProblem {
  const { text, end } = source;
  const members: JsonMember[] = [];
  let at = skipSpace(text, start + 1, end);
  if (at < end && text[at] === '}') return { kind: 'object', start, end: at + 1, members };
  for (;;) {
    if (at >= end) return { problem: 'the JSON ends early', at: end };
    if (text[at] !== '"') {
      return { problem: `${showAt(text, at)} stands where a key in double quotes must`, at };
    }
    const keyEnd = stringEnd(source, at);
    if (typeof keyEnd !== 'number') return keyEnd;
    const key = JSON.parse(text.slice(at, keyEnd)) as string;
    at = skipSpace(text, keyEnd, end);
    if (at >= end || text[at] !== ':') return expected(source, at, 'a colon');
    const value = readValue(source, skipSpace(text, at + 1, end), depth + 1);
    if ('problem' in value) return value;
    members.push({ key, value });
    at = skipSpace(text, value.end, end);
    if (at < end && text[at] === '}') return { kind: 'object', start, end: at + 1, members };
    if (at >= end || text[at] !== ',') return expected(source, at, 'a comma or }');
    at = skipSpace(text, at + 1, end);
  }
}

function readArray(source: Source, start: number, depth: number): JsonNode | JsonProblem {
  const { text, end } = source;
  const items: JsonNode[] = [];
  let at = skipSpace(text, start + 1, end);
  if (at < end && text[at] === ']') return { kind: 'array', start, end: at + 1, items };
  for (;;) {
    const item = readValue(source, at, depth + 1);
    if ('problem' in item) return item;
    items.push(item);
    at = skipSpace(text, item.end, end);
    if (at < end && text[at] === ']') return { kind: 'array', start, end: at + 1, items };
    if (at >= end || text[at] !== ',') return expected(source, at, 'a comma or ]');
    at = skipSpace(text, at + 1, end);
  }
}

// A plain loop: regular expressions run out of stack on long strings.
function stringEnd({ text, end }: Source, start: number): number | JsonProblem {
  for (let at = start + 1; at < end; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x22) return at + 1;
    if (code < 0x20) return { problem: 'a string holds a raw control character', at };
    if (code !== 0x5c) continue;
    at++;
    if (at >= end) break;
    if (text[at] === 'u') {
      if (at + 4 >= end || !/^[0-9a-fA-F]{4}$/u.test(text.slice(at + 1, at + 5))) {
        return { problem: 'a string holds an incomplete \\u escape', at };
      }
      at += 4;
    } else if (!'"\\/bfnrt'.includes(text[at]!)) {
      return { problem: `a string holds the unknown escape \\${text[at]}`, at };
    }
  }
  return { problem: 'a string is not closed', at: end };
}

function expected({ text, end }: Source, at: number, what: string): JsonProblem {
  if (at >= end) return { problem: 'the JSON ends early', at: end };
  return { problem: `${showAt(text, at)} stands where ${what} must`, at };
}

function showAt(text: string, at: number): string {
  return `${JSON.stringify(text[at])} at position ${at}`;
}
