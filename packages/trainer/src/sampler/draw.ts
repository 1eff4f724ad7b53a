/**
 * Drawing one token from one row of logits.
 *
 * The tokens left after top-k and top-p are walked in the order of their ids, not of their probabilities: two rows of logits
 * that differ in the last bits then give the same token for the same uniform number, but for a vanishing share of numbers.
 * Plain loops over typed arrays, as this runs once per token sampled.
 */
import type { SamplingParams } from '../backend/backend.ts';
import { SamplingError } from './errors.ts';
import { expNegative } from './exp.ts';

/** A token drawn, with its natural-log probability under the full softmax at the temperature, before any cut. */
export interface Draw {
  readonly token: number;
  readonly logprob: number;
}

/** What shapes the distribution a token is drawn from. */
export type DrawParams = Pick<SamplingParams, 'temperature' | 'topK' | 'topP'>;

/**
 * Draws a token from the row of logits that starts at `offset`.
 *
 * @param uniform - In [0, 1); unused at temperature 0.
 * @throws {@link SamplingError} when the row holds NaN or +Infinity, or nothing but -Infinity.
 */
export type DrawToken = (
  logits: Float32Array,
  offset: number,
  params: DrawParams,
  uniform: number,
) => Draw;

/**
 * Makes the drawing function for a vocabulary; it owns scratch space, so a thread needs one.
 *
 * Temperature 0 takes the most likely token, the lowest id among equals, with its log-probability at temperature 1. Top-k keeps
 * the k most likely tokens; top-p the smallest set of the most likely of those that holds a share of at least p of their
 * probability. Equal tokens count as ordered by id.
 *
 * @param vocabSize - Length of a row of logits, **V**.
 */
export function createDraw(vocabSize: number): DrawToken {
  const weights = new Float64Array(vocabSize);
  const ids = new Int32Array(vocabSize);
  return (logits, offset, params, uniform) => {
    const { temperature, topK, topP } = params;
    let best = 0;
    let max = -Infinity;
    for (let id = 0; id < vocabSize; id++) {
      const logit = logits[offset + id]!;
      if (logit > max) {
        max = logit;
        best = id;
      }
    }
    const scale = temperature === 0 ? 1 : 1 / temperature;
    let sum = 0;
    for (let id = 0; id < vocabSize; id++) {
      const weight = expNegative((logits[offset + id]! - max) * scale);
      weights[id] = weight;
      sum += weight;
    }
    // NaN spoils the sum, and so does an infinite maximum, from which infinity is subtracted.
    if (!(sum < Infinity)) throw badLogits(logits, offset, vocabSize);
    if (temperature === 0) return { token: best, logprob: -Math.log(sum) };
    const last =
      (topK > 0 && topK < vocabSize) || topP < 1 ? lastKept(weights, ids, sum, topK, topP) : -1;
    const token = last < 0 ? walk(weights, uniform * sum) : walkKept(weights, last, uniform);
    return { token, logprob: (logits[offset + token]! - max) * scale - Math.log(sum) };
  };
}

/** First token at which the running sum of weights passes the target. */
function walk(weights: Float64Array, target: number): number {
  let passed = 0;
  let token = 0;
  for (let id = 0; id < weights.length; id++) {
    const weight = weights[id]!;
    if (weight === 0) continue;
    passed += weight;
    token = id;
    if (passed > target) break;
  }
  return token;
}

/** As {@link walk}, over the tokens at least as likely as `last`. */
function walkKept(weights: Float64Array, last: number, uniform: number): number {
  const least = weights[last]!;
  let mass = 0;
  for (let id = 0; id < weights.length; id++) {
    const weight = weights[id]!;
    if (weight > least || (weight === least && id <= last)) mass += weight;
  }
  const target = uniform * mass;
  let passed = 0;
  let token = last;
  for (let id = 0; id < weights.length; id++) {
    const weight = weights[id]!;
    if (weight < least || (weight === least && id > last) || weight === 0) continue;
    passed += weight;
    token = id;
    if (passed > target) break;
  }
  return token;
}

/** The least likely token that top-k and top-p keep. */
function lastKept(
  weights: Float64Array,
  ids: Int32Array,
  sum: number,
  topK: number,
  topP: number,
): number {
  const vocabSize = weights.length;
  let count = 0;
  let mass = sum;
  if (topK > 0 && topK < vocabSize) {
    for (let id = 0; id < vocabSize; id++) ids[id] = id;
    count = selectMostLikely(weights, ids, vocabSize, topK, Infinity);
    if (topP >= 1) return ids[count - 1]!;
    mass = 0;
    for (let index = 0; index < count; index++) mass += weights[ids[index]!]!;
  } else {
    // All tokens below this weight hold less than 1 - p together, so the cut lies above them.
    const bound = ((1 - topP) * sum) / vocabSize;
    for (let id = 0; id < vocabSize; id++) if (weights[id]! >= bound) ids[count++] = id;
  }
  return ids[selectMostLikely(weights, ids, count, Infinity, topP * mass) - 1]!;
}

/**
 * Moves the most likely of the first `count` ids to the front, until they are `most` or weigh `mass` together, by quickselect.
 *
 * @returns How many they are; the last of them is the least likely.
 */
function selectMostLikely(
  weights: Float64Array,
  ids: Int32Array,
  count: number,
  most: number,
  mass: number,
): number {
  let low = 0;
  let high = count - 1;
  let passed = 0;
  while (low < high) {
    swap(ids, (low + high) >> 1, high);
    const pivot = ids[high]!;
    const pivotWeight = weights[pivot]!;
    let border = low;
    let above = passed;
    for (let index = low; index < high; index++) {
      const id = ids[index]!;
      const weight = weights[id]!;
      if (weight < pivotWeight || (weight === pivotWeight && id > pivot)) continue;
      swap(ids, index, border++);
      above += weight;
    }
    swap(ids, border, high);
    if (border > low && (border >= most || above >= mass)) {
      high = border - 1;
    } else if (border + 1 >= most || above + pivotWeight >= mass) {
      return border + 1;
    } else {
      passed = above + pivotWeight;
      low = border + 1;
    }
  }
  return Math.min(low + 1, count);
}

function swap(ids: Int32Array, left: number, right: number): void {
  const kept = ids[left]!;
  ids[left] = ids[right]!;
  ids[right] = kept;
}

function badLogits(logits: Float32Array, offset: number, vocabSize: number): SamplingError {
  const row = logits.subarray(offset, offset + vocabSize);
  const id = row.findIndex((logit) => Number.isNaN(logit) || logit === Infinity);
  const got = id < 0 ? '-Infinity for every token' : `${row[id]} for token ${id}`;
  return new SamplingError(
    'TASKSPACE_ERR_SAMPLING_LOGITS',
    `logits: expected finite numbers, got ${got}. The policy's parameters are damaged or have diverged: go back to an earlier checkpoint and lower the learning rate.`,
  );
}
