/**
 * Finds the answer in a response or a reference: boxes, `####` lines, announcements, bare answers, and at last the last
 * value of the text. All searches are linear in the text.
 */
import { anchoredAnswer, findAnchors } from './anchors.ts';
import { findBoxes } from './boxes.ts';
import { answerRegion } from './clean.ts';
import { restoreEscapes } from './normalise.ts';
import type { VerifyOptions } from './options.ts';
import { lastValue, type Notation } from './prose.ts';
import { findSegments } from './segments.ts';
import { foldDigits } from './unicode.ts';
import { PLAIN_WORDS } from './vocabulary.ts';

/** Where an answer was found. */
export type Source = 'bare' | 'box' | 'hash' | 'anchor' | 'text' | 'none';

/** An answer as written, before it is read. */
export interface Extraction {
  readonly answer: string;
  readonly source: Source;
}

/** Text behind the last box or before the end in which announcements and values are looked for. */
const TAIL = 8_000;
/** Longest text that may be an answer without any announcement. */
const MAX_BARE = 400;

const NONE: Extraction = { answer: '', source: 'none' };

/** The answer of a response; `reads` says whether a text is an answer as it stands. */
export function extractResponse(
  response: string,
  options: VerifyOptions,
  reads: (text: string) => boolean,
): Extraction {
  if (options.answerOnly === true) return { answer: response, source: 'bare' };
  const region = answerRegion(response);
  if (region === undefined) return NONE;
  return extract(region, options, reads);
}

/** The answer of a reference: the whole of it when it reads as one, else what its solution announces. */
export function extractGold(
  gold: string,
  options: VerifyOptions,
  reads: (text: string) => boolean,
): Extraction {
  if (options.answerOnly === true) return { answer: gold, source: 'bare' };
  const boxed = hasBox(gold);
  if (!boxed && !gold.includes('####') && (gold.length > TAIL || reads(gold))) {
    return { answer: gold, source: 'bare' };
  }
  const found = extract(gold, { ...options, targets: 'any', requireAnchor: false }, reads);
  return found.source === 'none' && !boxed ? { answer: gold, source: 'bare' } : found;
}

function extract(
  region: string,
  options: VerifyOptions,
  reads: (text: string) => boolean,
): Extraction {
  const notation: Notation =
    options.targets === 'latex' || options.targets === 'expr' ? options.targets : 'any';
  const text = withoutTrailingMarks(region.includes('\b') ? restoreEscapes(region) : region);
  const { group, unclosed } =
    notation === 'expr' ? { group: undefined, unclosed: false } : findBoxes(text);
  const rest = foldDigits((group === undefined ? text : text.slice(group.end)).slice(-TAIL));
  const strong = announcedAfterBox(rest, notation);
  if (strong !== undefined) return strong;
  if (group !== undefined) {
    return {
      answer: group.contents.join(' , '),
      source: group.contents.length === 0 ? 'none' : 'box',
    };
  }
  // A box that was never closed is an answer that was never finished.
  if (unclosed) return NONE;
  const anchors = findAnchors(rest, 4);
  for (const anchor of anchors) {
    const answer = anchoredAnswer(anchor, notation);
    if (answer !== undefined) return { answer, source: 'anchor' };
  }
  if (text.length <= MAX_BARE && notation !== 'latex' && !isProse(text)) {
    const lines = text.trim().replaceAll(/\n+/g, ' \\quad ');
    if (lines !== '' && reads(lines)) return { answer: lines, source: 'bare' };
  }
  if (options.requireAnchor === true) return NONE;
  const last = lastValue(rest, notation);
  return last === undefined ? NONE : { answer: last, source: 'text' };
}

/** Blanks and emphasis at the end would fill the part that is looked at. */
function withoutTrailingMarks(text: string): string {
  let end = text.length;
  while (end > 0 && (text.charCodeAt(end - 1) <= 32 || text[end - 1] === '*')) end--;
  // What closes emphasis stays.
  return end < text.length - 8 ? text.slice(0, end + 2) : text;
}

/** Words of two letters that are no product of two names. */
const SHORT_WORDS = /^(?:so|we|is|it|of|to|in|be|he|as|at|by|an|if|my|do|go|up|no|us|me)$/;

/** Whether a text is a sentence about an answer instead of the answer itself. */
function isProse(text: string): boolean {
  const start = text.search(/[\d\\=<>+*/^(|{[$]/);
  const lead = start < 0 ? '' : text.slice(0, start);
  if (/\P{ASCII}/u.test(lead) && /\p{L}/u.test(lead)) return true;
  const words = lead.toLowerCase().match(/[a-z]{2,}/g) ?? [];
  const isWord = (word: string): boolean =>
    (word.length === 2 ? SHORT_WORDS.test(word) : /[aeiouy]/.test(word)) && !PLAIN_WORDS.has(word);
  return words.some(isWord) || hasProseAroundMath(text);
}

/** Delimited mathematics among words is a sentence about an answer, not the answer. */
function hasProseAroundMath(text: string): boolean {
  const segments = findSegments(text);
  const [first] = segments;
  if (first === undefined) return false;
  let outside = '';
  let from = first.start;
  for (const segment of segments) {
    outside += ` ${text.slice(from, segment.start)}`;
    from = segment.end;
  }
  return /[A-Za-z=<>]/.test(text.slice(0, first.start)) || /[=<>]/.test(outside);
}

/** A `####` line or a "final answer" behind the last box takes its place. */
function announcedAfterBox(rest: string, notation: Notation): Extraction | undefined {
  const hashed = hashLine(rest);
  if (hashed !== undefined) return { answer: hashed, source: 'hash' };
  for (const anchor of findAnchors(rest, 4)) {
    if (!anchor.strong) continue;
    const answer = anchoredAnswer(anchor, notation);
    if (answer !== undefined && /[\d\\]/.test(answer)) return { answer, source: 'anchor' };
  }
  return undefined;
}

/** `#### 42` on the last line, or on any line that holds nothing else but a number. */
function hashLine(text: string): string | undefined {
  const at = text.lastIndexOf('####');
  if (at < 0) return undefined;
  if (text.slice(text.lastIndexOf('\n', at) + 1, at).trim() !== '') return undefined;
  const end = text.indexOf('\n', at);
  const content = text
    .slice(at + 4, end < 0 ? text.length : end)
    .replace(/^[#\s:]+/, '')
    .trim();
  if (content === '') return undefined;
  const isLast = end < 0 || text.slice(end).trim() === '';
  if (!isLast && !/^[-+$€£\\\d.,%\s/]+$/.test(content)) return undefined;
  return content.replace(/\.$/, '');
}

function hasBox(text: string): boolean {
  return text.includes('boxed') && findBoxes(text).group !== undefined;
}
