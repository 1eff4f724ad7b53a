/**
 * Finds values in running text: delimited mathematics and plain expressions such as `3 + 4 = 7`, `2/3` and `1,000.99€`.
 * Values joined by commas, `and` or `or` are one answer, so that a list of guesses is never a single one of them.
 */
import { closingBrace } from './boxes.ts';
import { findSegments, type Segment } from './segments.ts';
import { isUnitWord } from './units.ts';

/** Which notations count. */
export type Notation = 'any' | 'latex' | 'expr';

interface Value {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  /** A single name is worth less than anything with a number or operator. */
  readonly isName: boolean;
  /** Found without delimiters. */
  readonly isPlain: boolean;
}

const JOINT = /^[\s*_"'”]*(?:,|;|、|，)?\s*(?:and|or|et|ou|und|oder|和|或|与|及)?\s*[*_"'“]*$/i;
const CONNECTIVE = /(?:,|;|、|，|\band\b|\bor\b|\bet\b|\bou\b|\bund\b|\boder\b|和|或|与|及)/i;
const FUNCTION_WORDS: ReadonlySet<string> = new Set([
  'sqrt',
  'pi',
  'sin',
  'cos',
  'tan',
  'log',
  'ln',
  'exp',
]);

/** The last value of a text with the values it is joined to; `undefined` without any. */
export function lastValue(text: string, notation: Notation): string | undefined {
  const values = findValues(text, notation);
  let last = values.findLastIndex((value) => !value.isName);
  if (last < 0) last = values.length - 1;
  const value = values[last];
  if (value === undefined) return undefined;
  let first = last;
  while (first > 0 && isJoint(text, values[first - 1], values[first])) first--;
  return joined(text, values.slice(first, last + 1));
}

/** The value a text begins with, and those joined to it; `undefined` when it begins with something else. */
export function leadingValue(text: string, notation: Notation): string | undefined {
  const values = findValues(text, notation);
  const [first] = values;
  if (first === undefined || !/^[\s*_"'“:=]*$/.test(text.slice(0, first.start))) return undefined;
  let last = 0;
  while (last + 1 < values.length && isJoint(text, values[last], values[last + 1])) last++;
  return joined(text, values.slice(0, last + 1));
}

function joined(text: string, values: readonly Value[]): string {
  const [first] = values;
  const last = values.at(-1);
  if (first === undefined || last === undefined) return '';
  if (values.length === 1) return withUnit(text, first);
  return values.map((value) => value.text).join(' , ');
}

function isJoint(text: string, left: Value | undefined, right: Value | undefined): boolean {
  if (left === undefined || right === undefined) return false;
  const gap = text.slice(left.end, right.start);
  return gap.length < 24 && JOINT.test(gap) && CONNECTIVE.test(gap);
}

/** A percent sign or known unit behind the value belongs to it. */
function withUnit(text: string, value: Value): string {
  const match = /^\s*(%|\\%|°|[A-Za-z]{1,12})(?![A-Za-z])/.exec(
    text.slice(value.end, value.end + 20),
  );
  const word = match?.[1];
  if (word === undefined) return value.text;
  const isUnit = !/[A-Za-z]/.test(word) || isUnitWord(word);
  return isUnit ? `${value.text} ${/[A-Za-z]/.test(word) ? `\\text{ ${word}}` : word}` : value.text;
}

function findValues(text: string, notation: Notation): Value[] {
  const segments = notation === 'expr' ? [] : findSegments(text);
  const values: Value[] = segments.map(ofSegment);
  let from = 0;
  for (const segment of segments) {
    collectPlain(text, from, segment.start, values);
    from = segment.end;
  }
  collectPlain(text, from, text.length, values);
  if (notation === 'latex') {
    // Undelimited, only a fraction is sure to be LaTeX.
    const kept = values.filter(
      (value) => !value.isPlain || /^-?\\[dt]?frac(?![A-Za-z])/.test(value.text),
    );
    return kept.sort((a, b) => a.start - b.start);
  }
  return values.sort((a, b) => a.start - b.start);
}

function ofSegment({ content, start, end }: Segment): Value {
  const text = content.trim();
  return {
    text,
    start,
    end,
    isPlain: false,
    isName: /^\\?[A-Za-z]+[.,]?$/.test(text) && !/^\\(?:pi|infty|emptyset)/.test(text),
  };
}

function collectPlain(text: string, from: number, to: number, values: Value[]): void {
  let index = from;
  while (index < to) {
    const { end, hasNumber } = runAt(text, index, to);
    const value = hasNumber ? trimmedRun(text, index, end) : undefined;
    if (value !== undefined) values.push(value);
    index = end > index ? end : skipWord(text, index, to);
  }
}

function skipWord(text: string, start: number, to: number): number {
  if (!isLetter(text.charCodeAt(start))) return start + 1;
  let end = start;
  while (end < to && (isLetter(text.charCodeAt(end)) || isDigit(text.charCodeAt(end)))) end++;
  return end;
}

/** Where the expression that begins here ends, which is `start` when none does, and whether it has a numeral or command. */
function runAt(text: string, start: number, to: number): { end: number; hasNumber: boolean } {
  let end = start;
  let index = start;
  let hasNumber = false;
  while (index < to) {
    const next = step(text, index, to, start);
    if (next === index) break;
    if (next < 0) {
      index = -next;
      continue;
    }
    if (isDigit(text.charCodeAt(index)) || text[index] === '\\') hasNumber = true;
    index = next;
    end = next;
  }
  return { end, hasNumber };
}

/** The index behind the next piece of the expression; negative behind a blank; unchanged at its end. */
function step(text: string, index: number, to: number, start: number): number {
  const character = text[index] ?? '';
  const code = text.charCodeAt(index);
  if (character === ' ') return index === start ? index : -(index + 1);
  if (isDigit(code)) return numeralEnd(text, index, to);
  if (character === '\\') return commandEnd(text, index, to);
  if ('+-*/^_=<>()[]{}%!|$€£°×÷−·√²³½¼¾≤≥≈±∞π'.includes(character)) return index + 1;
  if (character === '.' && isDigit(text.charCodeAt(index + 1)))
    return numeralEnd(text, index + 1, to);
  if (isLetter(code)) return nameEnd(text, index, to, start);
  return index;
}

function numeralEnd(text: string, start: number, to: number): number {
  let end = start;
  while (end < to) {
    const character = text[end] ?? '';
    const inside =
      (character === '.' || character === ',' || character === ':') &&
      isDigit(text.charCodeAt(end + 1));
    if (!isDigit(text.charCodeAt(end)) && !inside) break;
    end++;
  }
  return end;
}

/** A LaTeX command with its groups. */
function commandEnd(text: string, start: number, to: number): number {
  let end = start + 1;
  while (end < to && isLetter(text.charCodeAt(end))) end++;
  if (end === start + 1) return '%,!;$ {}'.includes(text[end] ?? '\n') ? end + 1 : start;
  for (;;) {
    let open = end;
    while (text[open] === ' ') open++;
    if (text[open] === '[' && text.startsWith('\\sqrt', start)) {
      const close = text.indexOf(']', open);
      if (close < 0 || close >= to) return end;
      end = close + 1;
    } else if (text[open] === '{') {
      const close = closingBrace(text, open);
      if (close < 0 || close >= to) return end;
      end = close + 1;
    } else {
      return end;
    }
  }
}

/** A name is part of an expression when an operator or numeral touches it: `x = 3`, `2x`, `sqrt(2)`. */
function nameEnd(text: string, start: number, to: number, runStart: number): number {
  const end = skipWord(text, start, to);
  const name = text.slice(start, end);
  if (FUNCTION_WORDS.has(name)) return end;
  const letters = /^[A-Za-z]+/.exec(name)?.[0] ?? '';
  if (letters.length > 2) return start;
  const before = start > runStart ? lastNonBlank(text, start - 1, runStart) : '';
  const after = text.slice(end, end + 3).trimStart()[0] ?? '';
  const touchesNumber = isDigit(text.charCodeAt(start - 1)) && start > runStart;
  const followsOperator = before !== '' && '+-*/^=<>('.includes(before);
  const leadsOperator = letters.length === 1 && after !== '' && '+*/^=<>(_)'.includes(after);
  if (letters.length === 1 && (touchesNumber || followsOperator || leadsOperator)) return end;
  return letters.length === 2 && (touchesNumber || (followsOperator && leadsOperator))
    ? end
    : start;
}

function lastNonBlank(text: string, from: number, to: number): string {
  let index = from;
  while (index >= to && text[index] === ' ') index--;
  return index >= to ? (text[index] ?? '') : '';
}

/** A run without the operators and brackets that hang over its ends. */
function trimmedRun(text: string, start: number, end: number): Value | undefined {
  let low = start;
  let high = end;
  while (low < high && isOverhang(text, low, high)) low++;
  while (high > low && ' +-*/^_=<>([{|$\\'.includes(text[high - 1] ?? '')) high--;
  ({ low, high } = balanced(text, low, high));
  const content = text
    .slice(low, high)
    .replaceAll(/\\?[€£$]/g, '')
    .replaceAll('**', ' ')
    .trim();
  if (!/[0-9\\π∞½¼¾]/.test(content)) return undefined;
  // Sentences end in an exclamation mark more often than in a factorial.
  const isShout = content.endsWith('!') && /^[\s*]*$/.test(text.slice(high, high + 1));
  return {
    text: isShout ? content.replace(/!+$/, '') : content,
    start: low,
    end: high,
    isName: false,
    isPlain: true,
  };
}

/** Operators at the front, and a minus that is a dash: apart from its number, or after a word. */
function isOverhang(text: string, index: number, high: number): boolean {
  const character = text[index] ?? '';
  if (' +*/^_=<>)]}%!|,'.includes(character)) return true;
  if (character !== '-') return false;
  return index + 1 < high && text[index + 1] === ' ';
}

/** Drops closing brackets that nothing opened and opening ones that nothing closes, from the outside. */
function balanced(text: string, start: number, end: number): { low: number; high: number } {
  let low = start;
  let high = end;
  for (let rounds = 0; rounds < 8; rounds++) {
    let depth = 0;
    let least = 0;
    for (let index = low; index < high; index++) {
      const character = text[index] ?? '';
      if ('([{'.includes(character)) depth++;
      if (')]}'.includes(character)) least = Math.min(least, --depth);
    }
    if (least < 0 && ')]}'.includes(text[high - 1] ?? ' ')) high--;
    else if (depth > 0 && '([{'.includes(text[low] ?? ' ')) low++;
    else break;
  }
  return { low, high };
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

function isLetter(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90);
}
