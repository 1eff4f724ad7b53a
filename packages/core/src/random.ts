/**
 * Random streams on 32-bit integers, the same on every machine. A stream's key is a 128-bit hash of the path of labels that
 * leads to it; numbers come from xoshiro128** (Blackman and Vigna, 2018) started at the key. The hash is a sponge over the
 * ChaCha quarter round: every input bit reaches all 128 bits, so neighbouring seeds and labels give unrelated streams.
 */
import { CheckpointError, TaskspaceError } from './errors.ts';
import type { Json } from './json.ts';
import { showValue } from './show-value.ts';

/** Serialised position of a {@link RandomStream}. */
export type RandomState = Json;

/**
 * A deterministic, splittable stream of random numbers. `fork` depends only on the stream's key and the label, never on how
 * many numbers were drawn, so adding a draw in one place does not disturb another.
 */
export interface RandomStream {
  /** Uniform in [0, 1), 53 bits. */
  next(): number;
  /** Uniform integer in [0, bound), `1 <= bound <= 2^53`. */
  integer(bound: number): number;
  /** Unsigned 32-bit integer. */
  uint32(): number;
  /** An independent stream named by the label; 1 and '1' are different labels. */
  fork(label: string | number): RandomStream;
  snapshot(): RandomState;
}

/**
 * The stream a seed names.
 *
 * @param seed - Any string or finite number; 1 and '1' are different seeds.
 */
export function createRandom(seed: number | string): RandomStream {
  const key = hash(ROOT, seed);
  return new Xoshiro(key, key);
}

/**
 * The stream a snapshot was taken of, at the same position.
 *
 * @throws {@link CheckpointError} when the value is not a snapshot of a random stream.
 */
export function restoreRandom(state: RandomState): RandomStream {
  const { algorithm, key, state: words } = (state ?? {}) as Record<string, unknown>;
  if (algorithm !== ALGORITHM || !isWords(key) || !isWords(words)) {
    throw new CheckpointError(
      'random state',
      `expected a snapshot of a ${ALGORITHM} stream, got ${showValue(state)}. Pass what snapshot() returned.`,
    );
  }
  return new Xoshiro(key, words);
}

type Words = readonly [number, number, number, number];

const ALGORITHM = 'xoshiro128**';
const ROOT: Words = [0x7461736b, 0x73706163, 0x65207261, 0x6e646f6d]; // "taskspace random"
const TWO_26 = 2 ** 26;
const TWO_32 = 2 ** 32;
const TWO_53 = 2 ** 53;

class Xoshiro implements RandomStream {
  readonly #key: Words;
  #a: number;
  #b: number;
  #c: number;
  #d: number;

  constructor(key: Words, state: Words) {
    this.#key = key;
    [this.#a, this.#b, this.#c, this.#d] = state;
    // All zero is the one state that never changes.
    if ((this.#a | this.#b | this.#c | this.#d) === 0) this.#a = 1;
  }

  uint32(): number {
    const result = Math.imul(rotate(Math.imul(this.#b, 5), 7), 9) >>> 0;
    const shifted = this.#b << 9;
    this.#c ^= this.#a;
    this.#d ^= this.#b;
    this.#b ^= this.#c;
    this.#a ^= this.#d;
    this.#c ^= shifted;
    this.#d = rotate(this.#d, 11);
    return result;
  }

  next(): number {
    return this.#uint53() / TWO_53;
  }

  integer(bound: number): number {
    if (!Number.isInteger(bound) || bound < 1 || bound > TWO_53) {
      throw new TaskspaceError(
        'TASKSPACE_ERR_RANDOM_BOUND',
        `random.integer: expected an integer bound from 1 to 2^53, got ${showValue(bound)}. Pass how many values there are.`,
      );
    }
    const small = bound <= TWO_32;
    const range = small ? TWO_32 : TWO_53;
    // The largest multiple of bound within the range: draws at or above it would favour small results.
    const limit = range - (range % bound);
    for (;;) {
      const draw = small ? this.uint32() : this.#uint53();
      if (draw < limit) return draw % bound;
    }
  }

  fork(label: string | number): RandomStream {
    const key = hash(this.#key, label);
    return new Xoshiro(key, key);
  }

  snapshot(): RandomState {
    const state = [this.#a, this.#b, this.#c, this.#d].map((word) => word >>> 0);
    return { algorithm: ALGORITHM, key: [...this.#key], state };
  }

  #uint53(): number {
    const high = this.uint32() >>> 5;
    return high * TWO_26 + (this.uint32() >>> 6);
  }
}

/** 128-bit hash of a key and one label. */
function hash(key: Words, label: string | number): Words {
  if (typeof label === 'number' && !Number.isFinite(label)) {
    throw new TaskspaceError(
      'TASKSPACE_ERR_RANDOM_LABEL',
      `random: expected a string or a finite number as seed or label, got ${label}. Pass an integer seed, for example 0.`,
    );
  }
  const text = String(label);
  let [a, b, c, d] = key;
  const absorb = (word: number): void => {
    a ^= word;
    for (let round = 0; round < 2; round += 1) permute();
    d ^= 0x9e3779b9; // keeps a run of zero words from meeting a fixed point
  };
  const permute = (): void => {
    a = (a + b) | 0;
    d = rotate(d ^ a, 16);
    c = (c + d) | 0;
    b = rotate(b ^ c, 12);
    a = (a + b) | 0;
    d = rotate(d ^ a, 8);
    c = (c + d) | 0;
    b = rotate(b ^ c, 7);
  };
  absorb(typeof label === 'number' ? 1 : 2);
  for (let index = 0; index < text.length; index += 1) absorb(text.charCodeAt(index));
  absorb(text.length);
  for (let round = 0; round < 10; round += 1) permute();
  // Adding the parent's key makes the step one-way: a child's key does not reveal its parent's.
  return [(a + key[0]) >>> 0, (b + key[1]) >>> 0, (c + key[2]) >>> 0, (d + key[3]) >>> 0];
}

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}

function isWords(value: unknown): value is Words {
  return (
    Array.isArray(value) &&
    value.length === 4 &&
    value.every((word) => Number.isInteger(word) && word >= 0 && word < TWO_32)
  );
}
