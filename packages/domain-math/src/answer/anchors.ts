/** Finds where a text announces its answer, in the languages of the usual multilingual benchmarks. */
import { lastValue, leadingValue, type Notation } from './prose.ts';

/** A place where an answer is announced. */
export interface Anchor {
  /** Where the announcement begins. */
  readonly start: number;
  /** What follows the announcing words, up to the end of the paragraph. */
  readonly content: string;
  /** "Final answer" rather than just "answer". */
  readonly strong: boolean;
}

/** "answer" without its first letter where that may be a capital. */
const WORDS = [
  'nswer',
  'NSWER',
  'éponse',
  'ntwort',
  'espuesta',
  'isposta',
  'esposta',
  'твет',
  'ідповідь',
  '答案',
  '答え',
  '答：',
  '答:',
  '답',
  'उत्तर',
  'जवाब',
  'উত্তর',
  'คำตอบ',
  'جواب',
  'إجابة',
  'ibu ni',
  'సమాధానం',
  'பதில்',
  'evap',
  'áp án',
  'câu trả lời',
  'ntwoord',
  'dpowied',
  'awaban',
  'תשובה',
  'pavzdys',
];
/** Words after "answer" that lead to it. */
const LEADS =
  /^(?:(?:\s|[:：*_"'“”`=>,]|[-–—](?=\s)|\\n)|(?:is|are|was|be|would|will|should|must|equals?|to|that|therefore|thus|simply|approximately|about|exactly|final|est|ist|es|é|è|является|равен|равна|هي|هو|是|为|為|は|です|है|: )(?=[\s:：*$\\"'(\d-]|$))+/iu;
const MAX_CONTENT = 600;

/** The announcements of a text, last first, at most `count` of them. */
export function findAnchors(text: string, count: number): Anchor[] {
  const places: { word: string; at: number }[] = [];
  for (const word of WORDS) {
    let at = text.lastIndexOf(word);
    for (let found = 0; at >= 0 && found < count; found++) {
      places.push({ word, at });
      at = at === 0 ? -1 : text.lastIndexOf(word, at - 1);
    }
  }
  places.sort((a, b) => b.at - a.at);
  return places.slice(0, count).map(({ word, at }) => {
    const before = text.slice(Math.max(0, at - 12), at).toLowerCase();
    const strong = /final\s+.?$/.test(before) || /最终$/.test(before);
    return { start: at, content: paragraphAfter(text, at + word.length), strong };
  });
}

/** The rest of the paragraph, or the next one when nothing but marks is left of this one. */
function paragraphAfter(text: string, start: number): string {
  let from = start;
  // Endings of inflected words belong to the word.
  while (from < text.length && /[\p{L}\p{M}]/u.test(text[from] ?? '') && from - start < 6) from++;
  if (text[from - 1] !== undefined && from - start >= 6) from = start;
  const window = text.slice(from, from + MAX_CONTENT);
  const blank = /^[\s:：*_\\n]*/.exec(window)?.[0].length ?? 0;
  const stop = window.slice(blank).search(/\n\s*\n|I hope/);
  return stop < 0 ? window : window.slice(0, blank + stop);
}

/** The answer an announcement gives: the value it leads to, else the value its sentence ends with, else its words. */
export function anchoredAnswer({ content }: Anchor, notation: Notation): string | undefined {
  const lead = content.replace(LEADS, '');
  const direct = leadingValue(lead, notation);
  if (direct !== undefined) return direct;
  const sentence = firstSentence(lead);
  const named = /^.*\b(?:is|are|=)(?=[\s:*$\\(\d-])/is.exec(sentence);
  if (named !== null) {
    const value = leadingValue(sentence.slice(named[0].length), notation);
    if (value !== undefined) return value;
  }
  const value = lastValue(sentence, notation);
  if (value !== undefined) return value;
  if (notation !== 'any' || lead === content) return undefined;
  const words = sentence.replaceAll(/[*_`"“”]/g, '').trim();
  return words !== '' && words.length <= 80 ? words : undefined;
}

/** Up to the first full stop that ends a sentence. */
function firstSentence(text: string): string {
  const end = text.search(/[.。!?](?:\s|$)|\n/);
  return end < 0 ? text : text.slice(0, end);
}
