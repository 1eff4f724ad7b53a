/**
 * Byte-pair encoding: learns which neighbouring tokens to merge, most frequent first (Sennrich, Haddow and Birch, 2016).
 *
 * Ours, because the tokenizer libraries on npm apply merges but none learns them. At this size the plain form of the
 * algorithm, which counts every pair afresh for every merge, takes a second.
 */

/** Two tokens that become one. */
export type Merge = readonly [left: string, right: string];

/** Texts cut into pieces that merges never cross, each spelt in the base alphabet, with how often it occurs. */
export type PieceCounts = ReadonlyMap<string, number>;

/**
 * Merges for a corpus, after those already learned.
 *
 * @param earlier - Applied first, in order.
 * @param most - Learns no more than this many.
 * @returns The new merges, in order; fewer than `most` when every piece has become one token.
 */
export function trainBpe(pieces: PieceCounts, earlier: readonly Merge[], most: number): Merge[] {
  let words: Word[] = [...pieces].map(([piece, count]) => ({ tokens: [...piece], count }));
  for (const merge of earlier) words = words.map((word) => mergeWord(word, merge));
  const learned: Merge[] = [];
  while (learned.length < most) {
    const merge = mostFrequentPair(words);
    if (merge === null) break;
    learned.push(merge);
    words = words.map((word) => mergeWord(word, merge));
  }
  return learned;
}

interface Word {
  readonly tokens: readonly string[];
  readonly count: number;
}

/** Ties go to the pair that sorts first, so that a corpus always gives the same merges. */
function mostFrequentPair(words: readonly Word[]): Merge | null {
  const counts = new Map<string, { readonly merge: Merge; count: number }>();
  for (const { tokens, count } of words) {
    for (let index = 1; index < tokens.length; index++) {
      const merge: Merge = [tokens[index - 1]!, tokens[index]!];
      const key = merge.join(' ');
      const entry = counts.get(key);
      if (entry) entry.count += count;
      else counts.set(key, { merge, count });
    }
  }
  const ordered = [...counts].sort(
    ([keyA, a], [keyB, b]) => b.count - a.count || (keyA < keyB ? -1 : 1),
  );
  return ordered[0]?.[1].merge ?? null;
}

function mergeWord(word: Word, [left, right]: Merge): Word {
  const tokens: string[] = [];
  for (const token of word.tokens) {
    if (token === right && tokens.at(-1) === left) tokens[tokens.length - 1] = left + right;
    else tokens.push(token);
  }
  return { tokens, count: word.count };
}
