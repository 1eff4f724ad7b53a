/** Multiple choice: which of a few fixed answers a response picks. */
import { findAnchors } from './anchors.ts';

/** The answers looked for when a task does not list its own. */
export const DEFAULT_STRINGS: readonly string[] = ['A', 'B', 'C', 'D'];

/**
 * The choice a response makes: the one announced as final answer, then as answer, then one the text opens with, then
 * the last that stands on its own.
 */
export function findChoice(text: string, strings: readonly string[]): string | undefined {
  const whole = strings.find((choice) => choice.toLowerCase() === bare(text).toLowerCase());
  if (whole !== undefined) return whole;
  const anchors = findAnchors(text, 4);
  for (const strong of [true, false]) {
    for (const anchor of anchors) {
      if (anchor.strong !== strong) continue;
      const found = announced(anchor.content.slice(0, 200), strings);
      if (found !== undefined) return found;
    }
  }
  return opening(text, strings) ?? standing(text, strings, 'last');
}

/** The text without brackets, quotes, fonts and closing punctuation. */
function bare(text: string): string {
  return text
    .replaceAll(/\\(?:text|mathrm|textbf|boxed|mathbf)\b/g, '')
    .replaceAll(/[\s{}()[\]$"'“”*`.,:;]/g, '');
}

/** The first choice after an announcement; a small letter only where nothing else could stand. */
function announced(content: string, strings: readonly string[]): string | undefined {
  const found = standing(content, strings, 'first');
  if (found !== undefined) return isHedged(content, found, strings) ? '' : found;
  const lead = /^[\s:：*_"'“”(]*(?:is|are)?[\s:：*_"'“”(]*(\p{L}+)[\s*_"'“”).,:;]*(?:\n|$)/iu.exec(
    content,
  );
  const word = lead?.[1]?.toLowerCase();
  return word === undefined ? undefined : strings.find((choice) => choice.toLowerCase() === word);
}

/** `A or C` picks neither. */
function isHedged(content: string, choice: string, strings: readonly string[]): boolean {
  const rest = content.slice(indexOfWord(content, choice) + choice.length, 400);
  const other =
    /^[)\].*"'\s]{0,6}(?:,|\/|&|\b(?:or|and)\b)[\s("'*]{0,6}(?:or|and)?[\s("'*]{0,4}(\w+)/.exec(
      rest,
    );
  const next = other?.[1];
  return (
    next !== undefined &&
    next !== choice &&
    strings.includes(next) &&
    isAlone(rest, rest.indexOf(next), next.length)
  );
}

function opening(text: string, strings: readonly string[]): string | undefined {
  const start = text.trimStart().replace(/^[("'“*[]+/, '');
  return strings.find((choice) => {
    if (!start.startsWith(choice)) return false;
    const next = start[choice.length] ?? '';
    if (next === '' || /[.。)\]:：,，"'*\n]/.test(next)) return true;
    // `A cat` opens with an article, `C Cecile` with a choice.
    return next === ' ' && choice !== 'A';
  });
}

/** A choice with nothing of its alphabet on either side. */
function standing(
  text: string,
  strings: readonly string[],
  which: 'first' | 'last',
): string | undefined {
  let best: { choice: string; at: number } | undefined;
  for (const choice of strings) {
    const at = which === 'first' ? indexOfWord(text, choice) : lastIndexOfWord(text, choice);
    if (at < 0) continue;
    if (best === undefined || (which === 'first' ? at < best.at : at > best.at))
      best = { choice, at };
  }
  return best?.choice;
}

function indexOfWord(text: string, word: string): number {
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
    if (isAlone(text, at, word.length)) return at;
  }
  return -1;
}

function lastIndexOfWord(text: string, word: string): number {
  for (
    let at = text.lastIndexOf(word);
    at >= 0;
    at = at === 0 ? -1 : text.lastIndexOf(word, at - 1)
  ) {
    if (isAlone(text, at, word.length)) return at;
  }
  return -1;
}

function isAlone(text: string, at: number, length: number): boolean {
  const before = text[at - 1] ?? ' ';
  const after = text[at + length] ?? ' ';
  if (/[A-Za-z0-9_\\]/.test(before) || /[A-Za-z0-9_]/.test(after)) return false;
  // An apostrophe goes on with a word, a capital after a full stop may be an article.
  return !/^['’][a-z]/.test(text.slice(at + length, at + length + 2));
}
