/**
 * Texts as points without a model: hashed counts of words and pairs of words, weighted by how rare they are. Near means "says
 * much the same", not "means the same"; good enough to lay out a map, not to train on.
 */

/** Numbers that a text is described by. */
const WIDTH = 256;

/** Unit-length vectors `[N, 256]`, of rare words and pairs of words more than of common ones. Zero for a text without words. */
export function embedTexts(texts: readonly string[]): number[][] {
  const counts = texts.map(featureCounts);
  const holders = new Float64Array(WIDTH);
  for (const own of counts) for (const feature of own.keys()) holders[feature]! += 1;
  return counts.map((own) => {
    const vector = new Array<number>(WIDTH).fill(0);
    for (const [feature, count] of own) {
      const rarity = Math.log((1 + texts.length) / (1 + holders[feature]!)) + 0.1;
      vector[feature] = (1 + Math.log(count)) * rarity;
    }
    const norm = Math.hypot(...vector);
    return norm === 0 ? vector : vector.map((value) => value / norm);
  });
}

function featureCounts(text: string): Map<number, number> {
  const words = text.toLowerCase().match(/\p{L}+|\p{N}+|[^\s\p{L}\p{N}]/gu) ?? [];
  const features = [...words, ...words.slice(1).map((word, index) => `${words[index]} ${word}`)];
  const counts = new Map<number, number>();
  for (const feature of features) {
    const place = hash(feature) % WIDTH;
    counts.set(place, (counts.get(place) ?? 0) + 1);
  }
  return counts;
}

/** FNV-1a over UTF-16 units, 32 bits. */
function hash(text: string): number {
  let state = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    state = Math.imul(state ^ text.charCodeAt(index), 0x01000193);
  }
  return state >>> 0;
}
