/** Finds delimited mathematics in running text: `$…$`, `$$…$$`, `\(…\)`, `\[…\]`. */

/** One piece of delimited mathematics. */
export interface Segment {
  readonly content: string;
  readonly start: number;
  readonly end: number;
}

const PAIRS: readonly (readonly [string, string])[] = [
  ['\\[', '\\]'],
  ['\\(', '\\)'],
  ['$$', '$$'],
];

/** Longest segment; longer ones come from a missing delimiter. */
const MAX_LENGTH = 4_000;

/** The segments of a text from left to right; a dollar sign before an amount is money. */
export function findSegments(text: string): Segment[] {
  const segments: Segment[] = [];
  let index = 0;
  while (index < text.length) {
    const next = nextDelimiter(text, index);
    if (next < 0) break;
    const segment = segmentAt(text, next);
    if (segment !== undefined && segment.content.trim() !== '') segments.push(segment);
    index = segment?.end ?? next + 1;
  }
  return segments;
}

function nextDelimiter(text: string, from: number): number {
  for (let index = from; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === 36) return index;
    if (code === 91 && isSpacedBracket(text, index)) return index;
    if (code !== 92) continue;
    const next = text[index + 1];
    if (next === '[' || next === '(') return index;
    index++;
  }
  return -1;
}

function segmentAt(text: string, start: number): Segment | undefined {
  for (const [open, close] of PAIRS) {
    if (!text.startsWith(open, start)) continue;
    const end = text.indexOf(close, start + open.length);
    if (end < 0 || end - start > MAX_LENGTH) return undefined;
    return { content: text.slice(start + open.length, end), start, end: end + close.length };
  }
  return text[start] === '[' ? spacedBracketSegment(text, start) : dollarSegment(text, start);
}

/** `[ 56 + 11 = 67 ]`, set apart on both sides, is display mathematics that lost its backslashes. */
function isSpacedBracket(text: string, index: number): boolean {
  return text[index + 1] === ' ' && /\s/.test(text[index - 1] ?? ' ');
}

function spacedBracketSegment(text: string, start: number): Segment | undefined {
  const end = text.indexOf(' ]', start);
  if (end < 0 || end - start > MAX_LENGTH || !/\s/.test(text[end + 2] ?? ' ')) return undefined;
  const content = text.slice(start + 1, end);
  return /[\n[\]]/.test(content) ? undefined : { content, start, end: end + 2 };
}

function dollarSegment(text: string, start: number): Segment | undefined {
  const end = closingDollar(text, start + 1);
  if (end < 0) return undefined;
  const content = text.slice(start + 1, end);
  if (isDigit(text, start + 1) && (isDigit(text, end + 1) || hasWords(content))) return undefined;
  return { content, start, end: end + 1 };
}

/** The next unescaped dollar sign of the paragraph. */
function closingDollar(text: string, from: number): number {
  const limit = Math.min(text.length, from + MAX_LENGTH);
  for (let index = from; index < limit; index++) {
    const code = text.charCodeAt(index);
    if (code === 92) index++;
    else if (code === 36) return index;
    else if (code === 10 && text.charCodeAt(index + 1) === 10) return -1;
  }
  return -1;
}

/** Running text between two dollar signs means that they are amounts. */
function hasWords(content: string): boolean {
  const bare = content.replaceAll(/\\[A-Za-z]+(?:\s*\{[^{}]*\})?/g, ' ');
  return /(?<![A-Za-z])[a-z]{3,}\s+[a-z]{2,}/i.test(bare);
}

function isDigit(text: string, index: number): boolean {
  const code = text.charCodeAt(index);
  return code >= 48 && code <= 57;
}
