/** Answers in words: compared without case, punctuation and articles; yes and true, no and false are the same. */
import type { Expression } from './expression.ts';

const SYNONYMS: ReadonlyMap<string, string> = new Map([
  ['true', 'yes'],
  ['correct', 'yes'],
  ['false', 'no'],
  ['incorrect', 'no'],
  ['nosolutions', 'nosolution'],
  ['norealsolution', 'nosolution'],
  ['norealsolutions', 'nosolution'],
  ['emptyset', 'nosolution'],
  ['allreals', 'allrealnumbers'],
  ['dne', 'doesnotexist'],
]);

/** The words of a reading that is nothing but words. */
export function wordsOf(node: Expression): string | undefined {
  switch (node.kind) {
    case 'text':
    case 'letters':
      return node.text;
    case 'symbol':
      return node.name;
    case 'constant':
      return node.name.length === 1 ? node.name : undefined;
    default:
      return undefined;
  }
}

/** Whether the reading can only be words: running text, or letters that spell one. */
export function isText(node: Expression): boolean {
  if (node.kind === 'text') return true;
  return node.kind === 'letters' && looksLikeWord(node.text);
}

/** `odd` and `Navin` are words; `xy` and `ABC` are products. */
function looksLikeWord(letters: string): boolean {
  const tail = letters.slice(1);
  return letters.length > 2 && tail === tail.toLowerCase() && /[aeiouy]/i.test(letters);
}

/** Whether two texts say the same. */
export function sameText(a: string, b: string): boolean {
  const left = plainText(a);
  return left !== '' && left === plainText(b);
}

/** Letters and digits of a text, without case, spacing, LaTeX fonts, articles and synonyms. */
export function plainText(text: string): string {
  const words = text
    .replaceAll(
      /\\(?:text|mbox|mathrm|textbf|textrm|textit|operatorname|left|right)(?![A-Za-z])/g,
      ' ',
    )
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '' && word !== 'the' && word !== 'a' && word !== 'an');
  const joined = words.join('');
  return SYNONYMS.get(joined) ?? joined;
}

/** Same word but for a plural ending, as nouns after numbers are compared. */
export function sameNoun(a: string, b: string): boolean {
  const stem = (text: string): string => plainText(text).replace(/(?:es|s)$/, '');
  return stem(a) === stem(b);
}
