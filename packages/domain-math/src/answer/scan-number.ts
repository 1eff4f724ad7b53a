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
export function scanNumber(text: string, start: number, { comma, inList }: Options): ScannedNumber {
  const first = digitsEnd(text, start);
  let whole = text.slice(start, first);
  let end = first;
  let fraction = '';
  let alternative: ScannedNumber['alternative'];
  let listUntil = 0;
  let isDecimal = false;

  if (!inList && text[first] === ',' && isDigit(text, first + 1)) {
    const run = readCommaRun(text, start);
    const kind = commaKind(text, start, run, comma);
    alternative = alternativeOf(kind, run);
    if (kind === 'thousands') {
      whole = run.groups.join('');
      end = run.end;
    } else if (kind === 'decimal') {
      fraction = run.groups[1] ?? '';
      isDecimal = true;
      end = run.end;
    } else {
      listUntil = run.end;
    }
  }
  if (!isDecimal) {
    const grouped = readTypesetGroups(text, end, whole);
    whole = grouped.digits;
    end = grouped.end;
  }
  if (!isDecimal && text[end] === '.' && text[end + 1] !== '.') {
    const stop = digitsEnd(text, end + 1);
    if (stop > end + 1) {
      fraction = text.slice(end + 1, stop);
      end = stop;
      isDecimal = true;
    } else if (text.startsWith('\\overline{', end + 1) || text.startsWith('\\bar{', end + 1)) {
      end += 1;
      isDecimal = true;
    }
  }
  if (whole.length + fraction.length > MAX_DIGITS) fraction = fraction.replace(/0+$/, '');
  if (whole.length + fraction.length > MAX_DIGITS) {
    const digits = whole.replace(/^0+(?=\d)/, '');
    return { value: { kind: 'digits', text: join(digits, fraction) }, end, alternative, listUntil };
  }
  let value = fromDecimal(whole, fraction);
  let exact = false;
  const repeat = isDecimal ? readRepeat(text, end) : undefined;
  if (repeat !== undefined) {
    value = add(value, repeating(repeat.digits, fraction.length));
    end = repeat.end;
    exact = true;
  } else if (isDecimal) {
    const ellipsis = readEllipsis(text, end, fraction);
    if (ellipsis !== undefined) {
      value = add(value, repeating(ellipsis.digit, fraction.length));
      end = ellipsis.end;
      exact = true;
    }
  }
  const exponent = readExponent(text, end);
  if (exponent !== undefined) {
    value = multiply(value, exponent.scale);
    end = exponent.end;
    isDecimal = true;
  }
  return { value: numberNode(value, isDecimal && !exact), end, alternative, listUntil };
}

interface CommaRun {
  readonly groups: readonly string[];
  readonly end: number;
}

function readCommaRun(text: string, start: number): CommaRun {
  const groups: string[] = [];
  let index = start;
  for (;;) {
    const end = digitsEnd(text, index);
    groups.push(text.slice(index, end));
    if (text[end] !== ',' || !isDigit(text, end + 1)) return { groups, end };
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
  { groups, end }: CommaRun,
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
  { groups }: CommaRun,
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
): { digits: string; end: number } {
  let digits = head;
  let end = start;
  if (head.length === 0) return { digits, end };
  for (;;) {
    const gap = groupGap(text, end, head.length <= 3 && head[0] !== '0');
    if (gap === 0) return { digits, end };
    const stop = digitsEnd(text, end + gap);
    if (stop - end - gap !== 3) return { digits, end };
    digits += text.slice(end + gap, stop);
    end = stop;
  }
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
): { digit: string; end: number } | undefined {
  const digit = fraction.at(-1) ?? '';
  if (digit === '' || !fraction.endsWith(digit.repeat(3))) return undefined;
  const match = /^\s*(?:\.{3}|\\(?:l|c)?dots(?![A-Za-z]))/.exec(text.slice(start, start + 12));
  return match === null ? undefined : { digit, end: start + match[0].length };
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
