/** Reads one numeral: thousands by comma or blank, decimal point or comma, repeating decimals, exponents. */
import { type Expression, numberNode } from './expression.ts';
import { add, fromDecimal, multiply, type Rational, rational } from './rational.ts';

/** Digits after which a numeral is kept as text; arithmetic on longer ones is never needed. */
const MAX_DIGITS = 4_000;

/** A numeral and where it ends. */
export interface ScannedNumber {
  readonly value: Expression;
  readonly end: number;
  /** The other way its comma could be read. */
  readonly alternative: 'list' | 'decimal' | undefined;
  /** Behind the last digit of the surrounding list, when commas separate here. */
  readonly listUntil: number;
}

interface Options {
  readonly comma: 'auto' | 'list' | 'decimal';
  readonly inList: boolean;
}

/** Reads the numeral at `start`, which must be a digit or a point before a digit. */
export function scanNumber(text: string, start: number, options: Options): ScannedNumber {
  const digits = readDigits(text, start, options);
  const { whole, alternative, listUntil } = digits;
  let { fraction, end } = digits;
  let isDecimal = fraction !== '';
  if (!isDecimal && (text.startsWith('.\\overline{', end) || text.startsWith('.\\bar{', end))) {
    end += 1;
    isDecimal = true;
  }
  if (whole.length + fraction.length > MAX_DIGITS) fraction = fraction.replace(/0+$/, '');
  if (whole.length + fraction.length > MAX_DIGITS) {
    const kept = join(whole.replace(/^0+(?=\d)/, ''), fraction);
    return { value: { kind: 'digits', text: kept }, end, alternative, listUntil };
  }
  let value = fromDecimal(whole, fraction);
  const tail = isDecimal ? readTail(text, end, fraction) : undefined;
  if (tail !== undefined) {
    value = add(value, repeating(tail.digits, fraction.length));
    end = tail.end;
  }
  const exponent = readExponent(text, end);
  if (exponent !== undefined) {
    value = multiply(value, exponent.scale);
    end = exponent.end;
    isDecimal = true;
  }
  // A repeating decimal is as exact as a fraction.
  return { value: numberNode(value, isDecimal && tail === undefined), end, alternative, listUntil };
}

interface Digits {
  readonly whole: string;
  readonly fraction: string;
  readonly end: number;
  readonly alternative: ScannedNumber['alternative'];
  readonly listUntil: number;
}

/** The digits of a numeral with its grouping taken out. */
function readDigits(text: string, start: number, { comma, inList }: Options): Digits {
  const first = digitsEnd(text, start);
  const plain = { alternative: undefined, listUntil: 0 };
  const european = readPointGroups(text, start);
  if (european !== undefined) return { ...plain, ...european };
  if (!inList && text[first] === ',' && isDigit(text, first + 1)) {
    const run = readRun(text, start, ',');
    const kind = commaKind(text, start, run, comma);
    const alternative = alternativeOf(kind, run);
    const [head = '', fraction = ''] = run.groups;
    if (kind === 'decimal') return { ...plain, whole: head, fraction, end: run.end, alternative };
    if (kind === 'thousands') {
      const whole = run.groups.join('');
      return { ...plain, whole, ...readFraction(text, run.end), alternative };
    }
    return { whole: head, ...readFraction(text, first), alternative, listUntil: run.end };
  }
  const grouped = readTypesetGroups(text, first, text.slice(start, first));
  // Where blanks group, a comma is the decimal sign.
  const point = grouped.byBlank && text[grouped.end] === ',' ? ',' : '.';
  return { ...plain, whole: grouped.digits, ...readFraction(text, grouped.end, point) };
}

function readFraction(text: string, start: number, point = '.'): { fraction: string; end: number } {
  if (text[start] !== point) return { fraction: '', end: start };
  const end = digitsEnd(text, start + 1);
  return end > start + 1
    ? { fraction: text.slice(start + 1, end), end }
    : { fraction: '', end: start };
}

/** `1.234,5` and `1.234.567`: points group where a comma or a second point shows it. */
function readPointGroups(
  text: string,
  start: number,
): { whole: string; fraction: string; end: number } | undefined {
  const run = readRun(text, start, '.');
  const [head = '', ...rest] = run.groups;
  const grouped = rest.length > 0 && head.length <= 3 && head.length > 0 && head !== '0';
  if (!grouped || rest.some((group) => group.length !== 3)) return undefined;
  const { fraction, end } = readFraction(text, run.end, ',');
  if (fraction === '' && rest.length < 2) return undefined;
  return { whole: run.groups.join(''), fraction, end };
}

/** The repeating tail of a decimal: `0.1\overline{6}`, `0.1666...`. */
function readTail(
  text: string,
  end: number,
  fraction: string,
): { digits: string; end: number } | undefined {
  return readRepeat(text, end) ?? readEllipsis(text, end, fraction);
}

interface Run {
  readonly groups: readonly string[];
  readonly end: number;
}

function readRun(text: string, start: number, separator: ',' | '.'): Run {
  const groups: string[] = [];
  let index = start;
  for (;;) {
    const end = digitsEnd(text, index);
    groups.push(text.slice(index, end));
    if (text[end] !== separator || !isDigit(text, end + 1)) return { groups, end };
    index = end + 1;
  }
}

/**
 * What the commas of a run without blanks mean. Groups of three after one to three digits are thousands, unless the run
 * is all there is between two brackets, where it is a pair; a leading zero makes it a decimal comma.
 */
function commaKind(
  text: string,
  start: number,
  { groups, end }: Run,
  comma: Options['comma'],
): 'thousands' | 'decimal' | 'list' {
  const head = groups[0] ?? '';
  const isPair = groups.length === 2 && text[end] !== '.';
  if (comma === 'list') return 'list';
  if (head === '0' && isPair && (groups[1] ?? '').length > 2) return 'decimal';
  const isThousands =
    head[0] !== '0' && head.length <= 3 && groups.slice(1).every((group) => group.length === 3);
  if (!isThousands) return comma === 'decimal' && isPair ? 'decimal' : 'list';
  return isBracketed(text, start, end) ? 'list' : 'thousands';
}

/** Thousands could have been a list without blanks, a pair could have been a decimal comma. */
function alternativeOf(
  kind: 'thousands' | 'decimal' | 'list',
  { groups }: Run,
): ScannedNumber['alternative'] {
  if (kind !== 'list') return 'list';
  return groups.length === 2 && (groups[1] ?? '').length !== 3 ? 'decimal' : undefined;
}

function isBracketed(text: string, start: number, end: number): boolean {
  let before = start - 1;
  while (text[before] === ' ' || text[before] === '-') before--;
  let after = end;
  while (text[after] === ' ') after++;
  const opens =
    '(['.includes(text[before] ?? ' ') || (text[before] === '{' && text[before - 1] === '\\');
  return opens && (')]'.includes(text[after] ?? ' ') || text.startsWith('\\}', after));
}

/** Groups of three set apart by `{,}`, `,\!`, `\,` or a single blank. */
function readTypesetGroups(
  text: string,
  start: number,
  head: string,
): { digits: string; end: number; byBlank: boolean } {
  let digits = head;
  let end = start;
  let byBlank = false;
  while (head.length > 0) {
    const gap = groupGap(text, end, head.length <= 3 && head[0] !== '0');
    if (gap === 0) break;
    const stop = digitsEnd(text, end + gap);
    if (stop - end - gap !== 3) break;
    byBlank ||= text[end] === ' ' || text[end + 1] === ',';
    digits += text.slice(end + gap, stop);
    end = stop;
  }
  return { digits, end, byBlank };
}

function groupGap(text: string, index: number, isShort: boolean): number {
  if (text.startsWith('{,}', index)) return skipSpace(text, index + 3) - index;
  if (text.startsWith(',\\!', index)) return skipSpace(text, index + 3) - index;
  if (text.startsWith('\\!,', index)) return skipSpace(text, index + 3) - index;
  if (!isShort) return 0;
  if (text.startsWith('\\,', index)) return isDigit(text, index + 2) ? 2 : 0;
  return text[index] === ' ' && isDigit(text, index + 1) ? 1 : 0;
}

function skipSpace(text: string, start: number): number {
  let index = start;
  for (;;) {
    if (text.startsWith('\\!', index)) index += 2;
    else if (text[index] === ' ') index++;
    else return index;
  }
}

function readRepeat(text: string, start: number): { digits: string; end: number } | undefined {
  for (const opener of ['\\overline{', '\\bar{', '\\dot{']) {
    if (!text.startsWith(opener, start)) continue;
    const from = start + opener.length;
    const end = digitsEnd(text, from);
    if (end > from && end - from < 60 && text[end] === '}') {
      return { digits: text.slice(from, end), end: end + 1 };
    }
  }
  return undefined;
}

/** `0.333...` goes on with the digit it has shown three times. */
function readEllipsis(
  text: string,
  start: number,
  fraction: string,
): { digits: string; end: number } | undefined {
  const digit = fraction.at(-1) ?? '';
  if (digit === '' || !fraction.endsWith(digit.repeat(3))) return undefined;
  const match = /^\s*(?:\.{3}|\\(?:l|c)?dots(?![A-Za-z]))/.exec(text.slice(start, start + 12));
  return match === null ? undefined : { digits: digit, end: start + match[0].length };
}

/** The value of `digits` repeated for ever after `offset` decimals. */
function repeating(digits: string, offset: number): Rational {
  const nines = 10n ** BigInt(digits.length) - 1n;
  return rational(BigInt(digits), nines * 10n ** BigInt(offset));
}

function readExponent(text: string, start: number): { scale: Rational; end: number } | undefined {
  const mark = text[start];
  if (mark !== 'e' && mark !== 'E') return undefined;
  const sign = text[start + 1];
  const from = sign === '+' || sign === '-' ? start + 2 : start + 1;
  const end = digitsEnd(text, from);
  if (end === from || end - from > 3) return undefined;
  const size = 10n ** BigInt(text.slice(from, end));
  return { scale: sign === '-' ? rational(1n, size) : rational(size), end };
}

function join(whole: string, fraction: string): string {
  return fraction === '' ? whole : `${whole}.${fraction}`;
}

function digitsEnd(text: string, start: number): number {
  let index = start;
  while (isDigit(text, index)) index++;
  return index;
}

function isDigit(text: string, index: number): boolean {
  const code = text.charCodeAt(index);
  return code >= 48 && code <= 57;
}
