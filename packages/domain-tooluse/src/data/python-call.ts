import { fail, readLiteral, skipBlank } from './python-literal.ts';

/** A Python call of literals, `name(1, key='x')`. */
export interface PythonCall {
  readonly name: string;
  /** JSON source texts. */
  readonly positional: readonly string[];
  readonly keyword: readonly (readonly [name: string, json: string])[];
}

/**
 * Reads a call that stands alone in a text; nothing is evaluated.
 *
 * @throws {LiteralError} when it is anything else.
 */
export function parsePythonCall(text: string): PythonCall {
  const name = readName(text, skipBlank(text, 0));
  let at = skipBlank(text, name.end);
  if (text[at] !== '(') fail(text, at, '(');
  at = skipBlank(text, at + 1);
  const positional: string[] = [];
  const keyword: (readonly [string, string])[] = [];
  while (text[at] !== ')') {
    const key = /([A-Za-z_]\w*)\s*=(?!=)/y;
    key.lastIndex = at;
    const named = key.exec(text);
    const value = readLiteral(text, named === null ? at : key.lastIndex);
    if (named !== null) keyword.push([named[1]!, value.json]);
    else if (keyword.length > 0) fail(text, at, 'no positional argument after a named one');
    else positional.push(value.json);
    at = skipBlank(text, value.end);
    if (text[at] === ',') at = skipBlank(text, at + 1);
    else if (text[at] !== ')') fail(text, at, 'a comma or )');
  }
  const rest = skipBlank(text, at + 1);
  if (rest !== text.length) fail(text, rest, 'the end');
  return { name: name.text, positional, keyword };
}

function readName(text: string, at: number): { readonly text: string; readonly end: number } {
  const pattern = /[A-Za-z_]\w*/y;
  pattern.lastIndex = at;
  const name = pattern.exec(text)?.[0];
  return name === undefined ? fail(text, at, 'a name') : { text: name, end: pattern.lastIndex };
}
