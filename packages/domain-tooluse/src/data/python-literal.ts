/** A place where text stops being a Python literal. */
export class LiteralError extends SyntaxError {
  static {
    LiteralError.prototype.name = 'LiteralError';
  }
}

/** A literal as JSON source text, and where it ends. */
export interface Literal {
  /** `1` and `1.0` stay different; dicts with keys that are not strings become `{"$dict": [[key, value], …]}`. */
  readonly json: string;
  readonly end: number;
}

/**
 * The Python literal at a position: strings, numbers, True, False, None, `...`, lists, tuples, dicts. Nothing is evaluated.
 *
 * @throws {@link LiteralError}
 */
export function readLiteral(text: string, start: number): Literal {
  const at = skipBlank(text, start);
  const first = text[at];
  if (first === "'" || first === '"') return readStrings(text, at);
  if (first === '[') return readList(text, at, ']');
  if (first === '(') return readList(text, at, ')');
  if (first === '{') return readDict(text, at);
  const word = /(?:True|False|None|\.\.\.)(?![\w.])/y;
  word.lastIndex = at;
  const name = word.exec(text)?.[0];
  if (name !== undefined) return { json: WORDS[name]!, end: word.lastIndex };
  const number = /[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?/y;
  number.lastIndex = at;
  const digits = number.exec(text)?.[0];
  if (digits !== undefined) return { json: jsonNumber(digits), end: number.lastIndex };
  return fail(text, at, 'a literal');
}

/** The first position at or after `start` that is neither white space nor in a comment. */
export function skipBlank(text: string, start: number): number {
  const blank = /(?:\s|#[^\n]*)*/y;
  blank.lastIndex = start;
  blank.exec(text);
  return blank.lastIndex;
}

/** Refuses text that is not what it must be. */
export function fail(text: string, at: number, expected: string): never {
  const got = at < text.length ? JSON.stringify(text.slice(at, at + 20)) : 'the end';
  throw new LiteralError(`python text: expected ${expected} at position ${at}, got ${got}.`);
}

const WORDS: Readonly<Record<string, string>> = {
  True: 'true',
  False: 'false',
  None: 'null',
  '...': '{"$repr":"Ellipsis"}',
};

const ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\',
  "'": "'",
  '"': '"',
  n: '\n',
  r: '\r',
  t: '\t',
  b: '\b',
  f: '\f',
  v: '\v',
  a: '\u0007',
  '0': '\0',
  '\n': '',
};

/** Strings that stand beside one another are one string. */
function readStrings(text: string, start: number): Literal {
  let value = '';
  let end = start;
  for (let at = start; text[at] === "'" || text[at] === '"'; at = skipBlank(text, end)) {
    const part = readString(text, at);
    value += part.value;
    end = part.end;
  }
  return { json: JSON.stringify(value), end };
}

function readString(text: string, start: number): { readonly value: string; readonly end: number } {
  const triple = text[start]!.repeat(3);
  const isLong = text.startsWith(triple, start);
  const quote = isLong ? triple : text[start]!;
  const parts: string[] = [];
  for (let at = start + quote.length; at < text.length; at++) {
    const char = text[at]!;
    if (text.startsWith(quote, at)) return { value: parts.join(''), end: at + quote.length };
    if (char === '\n' && !isLong) break;
    if (char !== '\\') {
      parts.push(char);
      continue;
    }
    at++;
    const hex = /(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))/y;
    hex.lastIndex = at;
    const code = hex.exec(text);
    if (code !== null) {
      parts.push(String.fromCodePoint(Number.parseInt((code[1] ?? code[2] ?? code[3])!, 16)));
      at = hex.lastIndex - 1;
    } else {
      parts.push(ESCAPES[text[at] ?? ''] ?? `\\${text[at]}`);
    }
  }
  return fail(text, start, 'a string with an end');
}

function readList(text: string, start: number, close: string): Literal {
  const items: string[] = [];
  let at = skipBlank(text, start + 1);
  while (text[at] !== close) {
    const item = readLiteral(text, at);
    items.push(item.json);
    at = skipBlank(text, item.end);
    if (text[at] === ',') at = skipBlank(text, at + 1);
    else if (text[at] !== close) fail(text, at, `a comma or ${close}`);
  }
  return { json: `[${items.join(', ')}]`, end: at + 1 };
}

function readDict(text: string, start: number): Literal {
  const members: (readonly [string, string])[] = [];
  let at = skipBlank(text, start + 1);
  while (text[at] !== '}') {
    const key = readLiteral(text, at);
    at = skipBlank(text, key.end);
    if (text[at] !== ':') fail(text, at, 'a colon');
    const value = readLiteral(text, at + 1);
    members.push([key.json, value.json]);
    at = skipBlank(text, value.end);
    if (text[at] === ',') at = skipBlank(text, at + 1);
    else if (text[at] !== '}') fail(text, at, 'a comma or }');
  }
  const json = members.every(([key]) => key.startsWith('"'))
    ? `{${members.map(([key, value]) => `${key}: ${value}`).join(', ')}}`
    : `{"$dict": [${members.map(([key, value]) => `[${key}, ${value}]`).join(', ')}]}`;
  return { json, end: at + 1 };
}

/** Python allows `1.`, `.5`, `+1` and leading zeros of fractions; JSON does not. */
function jsonNumber(digits: string): string {
  const unsigned = digits.replace(/^\+/u, '').replace(/^(-?)\./u, '$10.');
  return unsigned.replace(/\.(?=$|[eE])/u, '.0');
}
