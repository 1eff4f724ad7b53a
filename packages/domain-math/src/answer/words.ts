/** Numbers written in words: `five`, `twenty-one`, `two thirds`, `3 hundred`. */
import { multiply, type Rational, rational } from './rational.ts';

const SMALL: Readonly<Record<string, number>> = Object.fromEntries(
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'
    .split(' ')
    .map((word, value) => [word, value]),
);
const TENS: Readonly<Record<string, number>> = Object.fromEntries(
  'twenty thirty forty fifty sixty seventy eighty ninety'
    .split(' ')
    .map((word, index) => [word, 10 * index + 20]),
);
const SCALES: Readonly<Record<string, number>> = {
  thousand: 1e3,
  million: 1e6,
  billion: 1e9,
  trillion: 1e12,
};
const PARTS: Readonly<Record<string, number>> = {
  half: 2,
  halves: 2,
  third: 3,
  thirds: 3,
  quarter: 4,
  quarters: 4,
  fourth: 4,
  fourths: 4,
  fifth: 5,
  fifths: 5,
  sixth: 6,
  sixths: 6,
  eighth: 8,
  eighths: 8,
  tenth: 10,
  tenths: 10,
};

/** The scale a word after digits stands for, as in `3 million`. */
export function scaleOf(word: string): number | undefined {
  if (word === 'hundred') return 100;
  return Object.hasOwn(SCALES, word) ? SCALES[word] : undefined;
}

/** The value of a number in words, lower-case; `undefined` when any word does not belong to one. */
export function numberFromWords(words: readonly string[]): Rational | undefined {
  const last = words.at(-1) ?? '';
  if (words.length > 1 && words.length < 12 && Object.hasOwn(PARTS, last)) {
    const count = words[0] === 'a' ? 1n : cardinal(words.slice(0, -1));
    const part = PARTS[last] ?? 1;
    return count === undefined ? undefined : multiply(rational(count), rational(1n, BigInt(part)));
  }
  if (words.length === 0 || words.length > 12) return undefined;
  const value = cardinal(words);
  return value === undefined ? undefined : rational(value);
}

function cardinal(words: readonly string[]): bigint | undefined {
  let total = 0;
  let group = 0;
  let seen = false;
  for (const word of words) {
    if (word === 'and' && seen) continue;
    if (
      Object.hasOwn(SMALL, word) &&
      group % 10 === 0 &&
      (group % 100 === 0 || (SMALL[word] ?? 0) < 10)
    ) {
      group += SMALL[word] ?? 0;
    } else if (Object.hasOwn(TENS, word) && group % 100 === 0) {
      group += TENS[word] ?? 0;
    } else if (word === 'hundred' && seen && group < 10) {
      group *= 100;
    } else if (Object.hasOwn(SCALES, word) && seen) {
      total += group * (SCALES[word] ?? 1);
      group = 0;
    } else {
      return undefined;
    }
    seen = true;
  }
  return seen ? BigInt(total + group) : undefined;
}
