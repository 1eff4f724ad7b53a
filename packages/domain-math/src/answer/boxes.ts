/** Finds the last `\boxed{…}` of a text, or the last few when they are one answer in several boxes. */

/** Boxes that belong together. */
export interface BoxGroup {
  readonly contents: readonly string[];
  /** Where the first box begins and the last one ends. */
  readonly start: number;
  readonly end: number;
}

/** What boxes a text has. */
export interface Boxes {
  readonly group: BoxGroup | undefined;
  /** A box was opened after the last complete one and never closed. */
  readonly unclosed: boolean;
}

interface Box {
  readonly content: string;
  readonly start: number;
  readonly end: number;
}

/** Most boxes that are joined into one answer. */
const MAX_BOXES = 64;
/** Boxes that are tried from the end before giving up, when they are not closed. */
const MAX_UNCLOSED = 4;
/** Plain mentions of the word that are passed over in search of the command. */
const MAX_MENTIONS = 1_000;
/** Longest text between two boxes of one answer. */
const MAX_GAP = 48;
/** Most braces looked at to find the end of one box. */
const MAX_BRACES = 50_000;
/** Words between two boxes that start a new attempt instead of going on with the answer. */
const BREAKS =
  /\b(?:so|thus|hence|therefore|but|wait|not|no|then|because|since|instead|actually|is|are|be|gives?|get|answer|check)\b/i;

/** The boxes of a text; work grows with the text only, however its braces are (un)balanced. */
export function findBoxes(text: string): Boxes {
  // Searching forwards is much faster than backwards, and most long texts without a box end here.
  if (!text.includes('box')) return { group: undefined, unclosed: false };
  let before = text.length;
  for (let tries = 0; tries < MAX_UNCLOSED; tries++) {
    const start = lastBoxStart(text, before);
    if (start < 0) return { group: undefined, unclosed: tries > 0 };
    const box = boxAt(text, start);
    if (box !== undefined) return { group: joinBackwards(text, box), unclosed: tries > 0 };
    before = start;
  }
  return { group: undefined, unclosed: true };
}

/** Index of the backslash of the last box command before `before`; -1 without one. */
function lastBoxStart(text: string, before: number): number {
  for (const name of ['boxed', 'fbox{']) {
    let at = before < 1 ? -1 : text.lastIndexOf(name, before - 1);
    for (let count = 0; at > 0 && count < MAX_MENTIONS; count++) {
      if (text[at - 1] === '\\') return at - 1;
      at = text.lastIndexOf(name, at - 1);
    }
  }
  return -1;
}

function boxAt(text: string, start: number): Box | undefined {
  let open = text.startsWith('\\fbox', start) ? start + 5 : start + 6;
  while (text[open] === ' ') open++;
  if (text[open] !== '{') return unbracedBox(text, start, open);
  const end = closingBrace(text, open);
  return end < 0 ? undefined : { content: text.slice(open + 1, end), start, end: end + 1 };
}

/** `\boxed 42` frames what follows it directly. */
function unbracedBox(text: string, start: number, from: number): Box | undefined {
  let end = from;
  while (end < text.length && end - from < 40 && /[A-Za-z0-9.,\-/]/.test(text[end] ?? '')) end++;
  const content = text.slice(from, end).replace(/[.,]+$/, '');
  return content === '' ? undefined : { content, start, end };
}

/** The brace closing the one at `open`, jumping from brace to brace; -1 when there is none. */
export function closingBrace(text: string, open: number): number {
  let depth = 0;
  let at = open;
  let nextOpen = open;
  let nextClose = text.indexOf('}', open);
  for (let count = 0; count < MAX_BRACES; count++) {
    if (nextOpen >= 0 && nextOpen < at) nextOpen = text.indexOf('{', at);
    if (nextClose >= 0 && nextClose < at) nextClose = text.indexOf('}', at);
    if (nextClose < 0) return -1;
    const isOpen = nextOpen >= 0 && nextOpen < nextClose;
    const found = isOpen ? nextOpen : nextClose;
    // `\{` and `\}` are signs, not groups.
    if (text[found - 1] !== '\\' || text[found - 2] === '\\') {
      depth += isOpen ? 1 : -1;
      if (depth === 0) return found;
    }
    at = found + 1;
  }
  return -1;
}

function joinBackwards(text: string, last: Box): BoxGroup {
  const boxes = [last];
  let first = last;
  while (boxes.length < MAX_BOXES) {
    const start = lastBoxStart(text, first.start);
    if (start < 0 || first.start - start > 4_000) break;
    const box = boxAt(text, start);
    if (box === undefined || box.end > first.start) break;
    if (!belongTogether(text.slice(box.end, first.start))) break;
    boxes.unshift(box);
    first = box;
  }
  const contents = boxes.map((box) => box.content);
  const repeated = contents.every((content) => content === last.content);
  return {
    contents: repeated ? [last.content] : boxes.length === MAX_BOXES ? [] : contents,
    start: first.start,
    end: last.end,
  };
}

/** Whether the text between two boxes goes on with one answer: punctuation, a connective, a short label. */
function belongTogether(gap: string): boolean {
  if (gap.length > 2 * MAX_GAP) return false;
  const plain = gap
    .replaceAll(/\\(?:text|mbox|textbf|mathrm)\s*\{([^{}]*)\}/g, ' $1 ')
    .replaceAll(/\\(?:q?quad|[()[\],;:! ])|[${}&~]|\\\\/g, ' ')
    .trim();
  if (plain === '') return true;
  if (plain.length > MAX_GAP || /[.?!:]\s|[.?!]$|\n\s*\n/.test(`${plain}`)) return false;
  if (!/[A-Za-z\u0080-\uffff]/.test(plain)) return !/[=<>]/.test(plain);
  if (BREAKS.test(plain)) return false;
  return /[,;]|\b(?:and|or|et|ou|und|oder|y|e)\b|和|与|或|及/.test(plain);
}
