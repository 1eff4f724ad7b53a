/** Words after a value: units, nouns and scales, as in `15\text{ cm}^2`, `9 chickens` and `3 million`. */
import { advance, atMark, type Cursor, peek } from './cursor.ts';
import { type Expression, numberNode, some } from './expression.ts';
import { rational } from './rational.ts';
import type { Token } from './tokenise.ts';
import { isUnitWord } from './units.ts';
import { CONDITIONS } from './vocabulary.ts';
import { scaleOf } from './words.ts';

/** Longest run of words that is still a unit: `square inches per hour`. */
const MAX_WORDS = 6;

/**
 * Takes the unit or noun after `value`. Words in running text always are one; bare letters only when they are a known
 * unit or look like a noun, since `2xy` is a product.
 */
export function takeUnit(cursor: Cursor, value: Expression): Expression | undefined {
  const numeric = !some(value, (node) => node.kind === 'symbol' || node.kind === 'letters');
  const first = peek(cursor);
  if (first?.kind !== 'word') return undefined;
  const scale = scaleOf(first.text.toLowerCase());
  if (scale !== undefined && numeric) {
    advance(cursor);
    const factors = [value, numberNode(rational(BigInt(scale)))];
    const scaled: Expression = { kind: 'product', factors };
    return takeUnit(cursor, scaled) ?? scaled;
  }
  if (!isUnit(first, numeric)) return undefined;
  const words: string[] = [];
  for (let token = peek(cursor); token !== undefined; token = peek(cursor)) {
    if (token.kind === 'word') {
      if (CONDITIONS.has(token.text.toLowerCase()) || words.length >= MAX_WORDS) break;
      words.push(token.text);
      advance(cursor);
    } else if (!takePower(cursor, words)) {
      break;
    }
  }
  return { kind: 'unit', value, unit: words.join(' ') };
}

function isUnit(token: Token & { kind: 'word' }, numeric: boolean): boolean {
  const word = token.text.toLowerCase();
  if (CONDITIONS.has(word) || word === 'is' || word === 'are') return false;
  if (token.prose) return numeric || isUnitWord(word);
  if (!numeric) return false;
  if (isUnitWord(token.text)) return true;
  // A noun: lower-case, long enough, with a vowel, and set apart from its number.
  return token.spaced && token.text === word && word.length > 2 && /[aeiou]/.test(word);
}

/** `^2`, `^{-3}` and `/ hour` belong to the unit before them. */
function takePower(cursor: Cursor, words: string[]): boolean {
  if (atMark(cursor, '/') && peek(cursor, 1)?.kind === 'word') {
    advance(cursor);
    words.push('per');
    return true;
  }
  if (!atMark(cursor, '^')) return false;
  const braced = atMark(cursor, '{', 1);
  const negative = atMark(cursor, '-', braced ? 2 : 1);
  const at = 1 + (braced ? 1 : 0) + (negative ? 1 : 0);
  const digit = peek(cursor, at);
  if (digit?.kind !== 'number') return false;
  if (braced && !atMark(cursor, '}', at + 1)) return false;
  for (let count = at + (braced ? 2 : 1); count > 0; count--) advance(cursor);
  words.push(negative ? `-${digit.text}` : digit.text);
  return true;
}
