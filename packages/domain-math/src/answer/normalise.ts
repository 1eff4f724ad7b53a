/**
 * Repairs the spelling of an answer before it is read: characters of other scripts, control characters, backslashes
 * doubled or lost by a string literal on the way, Markdown emphasis. Meaning is left to the parser.
 */
import { foldUnicode } from './unicode.ts';
import { KNOWN_COMMANDS } from './vocabulary.ts';

/** What is left of `\frac`, `\text`, `\beta`, `\vec` and `\right` when the escape was taken for a control character. */
const LOST_ESCAPES: readonly (readonly [string, string, readonly string[]])[] = [
  ['\f', 'f', ['rac', 'loor']],
  ['\b', 'b', ['oxed', 'egin', 'eta', 'inom', 'ar', 'mod']],
  ['\v', 'v', ['ec', 'ert', 'arphi', 'arepsilon']],
  ['\r', 'r', ['ight', 'ho', 'angle', 'ceil', 'floor']],
  ['\t', 't', ['ext', 'imes', 'heta', 'frac', 'riangle', 'an', 'au']],
];

/** The answer as the tokeniser expects it. */
export function normalise(answer: string): string {
  const repaired = withoutControls(restoreEscapes(answer));
  return foldUnicode(stripMarkdown(halveBackslashes(repaired).trim()));
}

/** Gives back the backslash of commands whose first letter became a control character. */
export function restoreEscapes(text: string): string {
  let result = text;
  for (const [control, letter, endings] of LOST_ESCAPES) {
    if (!result.includes(control)) continue;
    for (const ending of endings) {
      result = result.replaceAll(`${control}${ending}`, `\\${letter}${ending}`);
    }
  }
  return result;
}

/**
 * Undoes doubled backslashes. `\\` before a known command is a doubled backslash outside an environment, where it could
 * otherwise be a line break; inside one only when every backslash of the answer is doubled.
 */
function halveBackslashes(text: string): string {
  if (!text.includes('\\\\')) return text;
  if (everyRunIsEven(text) && (text.includes('\\\\begin') || !text.includes('begin'))) {
    return text.includes('\\\\begin') ? halveAll(text) : halveBeforeCommands(text);
  }
  return text.includes('\\begin') ? text : halveBeforeCommands(text);
}

function everyRunIsEven(text: string): boolean {
  let run = 0;
  for (let index = 0; index <= text.length; index++) {
    if (text[index] === '\\') run++;
    else if (run % 2 === 1) return false;
    else run = 0;
  }
  return true;
}

function halveAll(text: string): string {
  return text.replaceAll('\\\\', '\\');
}

function halveBeforeCommands(text: string): string {
  const parts: string[] = [];
  let from = 0;
  for (let at = text.indexOf('\\\\'); at >= 0; at = text.indexOf('\\\\', at)) {
    const next = text[at + 2] ?? '';
    if (isCommandStart(text, at + 2) || '{}$%()[],!;:|'.includes(next)) {
      parts.push(text.slice(from, at));
      from = at + 1;
    }
    at += 2;
  }
  return parts.length === 0 ? text : parts.join('') + text.slice(from);
}

function isCommandStart(text: string, start: number): boolean {
  let end = start;
  while (end < text.length && end - start < 24 && isLetter(text.charCodeAt(end))) end++;
  for (let length = end - start; length > 1; length--) {
    if (KNOWN_COMMANDS.has(text.slice(start, start + length))) return true;
  }
  return false;
}

function isLetter(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90);
}

function withoutControls(text: string): string {
  let first = 0;
  while (first < text.length && !isControl(text.charCodeAt(first))) first++;
  if (first === text.length) return text;
  const parts = [text.slice(0, first)];
  for (let index = first; index < text.length; index++) {
    if (!isControl(text.charCodeAt(index))) parts.push(text[index] ?? '');
  }
  return parts.join('');
}

function isControl(code: number): boolean {
  return code < 32 && code !== 10 && code !== 9 && code !== 13;
}

function stripMarkdown(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isEmphasis(text, start)) start++;
  while (end > start && isEmphasis(text, end - 1)) end--;
  return start === 0 && end === text.length ? text : text.slice(start, end).trim();
}

function isEmphasis(text: string, index: number): boolean {
  const character = text[index];
  return character === '*' || character === '`' || character === '"' || character === ' ';
}
