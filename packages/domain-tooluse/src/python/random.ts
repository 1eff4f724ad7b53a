/**
 * CPython's `random.Random`: the Mersenne Twister with Python's seeding and its `random`, `uniform` and `randint`.
 *
 * The generator's 624 words are built at the first draw, so that a world that draws nothing costs nothing.
 *
 * @see M. Matsumoto, T. Nishimura: Mersenne Twister (1998), for the recurrence and the seeding by array.
 */
import { PyError } from './errors.ts';

const WORDS = 624;
const SHIFT = 397;

/** One stream of Python's random numbers; `fork` continues it twice. */
export class PyRandom {
  readonly #seed: bigint;
  #state: Uint32Array | undefined;
  #index = WORDS;

  /** @param seed - Python takes an int's absolute value. */
  constructor(seed: bigint) {
    this.#seed = seed < 0n ? -seed : seed;
  }

  /** An independent copy at the same place of the stream. */
  fork(): PyRandom {
    const copy = new PyRandom(this.#seed);
    copy.#state = this.#state?.slice();
    copy.#index = this.#index;
    return copy;
  }

  /** Python's `random()`: 53 bits, in [0, 1). */
  random(): number {
    const high = this.#word() >>> 5;
    const low = this.#word() >>> 6;
    return (high * 0x4000000 + low) / 0x20000000000000;
  }

  /** Python's `uniform(low, high)`. */
  uniform(low: number, high: number): number {
    return low + (high - low) * this.random();
  }

  /** Python's `randint(low, high)`, both ends included. */
  randint(low: number, high: number): number {
    if (high < low) {
      throw new PyError('ValueError', `empty range in randrange(${low}, ${high + 1})`);
    }
    const width = BigInt(high) - BigInt(low) + 1n;
    const bits = width.toString(2).length;
    let draw = this.#bits(bits);
    while (draw >= width) draw = this.#bits(bits);
    return low + Number(draw);
  }

  #bits(count: number): bigint {
    if (count <= 32) return BigInt(this.#word() >>> (32 - count));
    let value = 0n;
    for (let taken = 0; taken < count; taken += 32) {
      const word = this.#word() >>> Math.max(0, 32 - (count - taken));
      value |= BigInt(word) << BigInt(taken);
    }
    return value;
  }

  #word(): number {
    this.#state ??= seeded(this.#seed);
    if (this.#index >= WORDS) {
      twist(this.#state);
      this.#index = 0;
    }
    let word = this.#state[this.#index++]!;
    word ^= word >>> 11;
    word ^= (word << 7) & 0x9d2c5680;
    word ^= (word << 15) & 0xefc60000;
    return (word ^ (word >>> 18)) >>> 0;
  }
}

function seeded(seed: bigint): Uint32Array {
  const keys: number[] = [];
  for (let rest = seed; rest > 0n; rest >>= 32n) keys.push(Number(rest & 0xffffffffn));
  if (keys.length === 0) keys.push(0);
  const state = new Uint32Array(WORDS);
  state[0] = 19650218;
  for (let i = 1; i < WORDS; i++) state[i] = Math.imul(1812433253, mixed(state, i)) + i;
  let i = 1;
  let j = 0;
  for (let count = Math.max(WORDS, keys.length); count > 0; count--) {
    state[i] = (state[i]! ^ Math.imul(mixed(state, i), 1664525)) + keys[j]! + j;
    j = (j + 1) % keys.length;
    i = advance(state, i);
  }
  for (let count = WORDS - 1; count > 0; count--) {
    state[i] = (state[i]! ^ Math.imul(mixed(state, i), 1566083941)) - i;
    i = advance(state, i);
  }
  state[0] = 0x80000000;
  return state;
}

function mixed(state: Uint32Array, i: number): number {
  return state[i - 1]! ^ (state[i - 1]! >>> 30);
}

function advance(state: Uint32Array, i: number): number {
  if (i + 1 < WORDS) return i + 1;
  state[0] = state[WORDS - 1]!;
  return 1;
}

function twist(state: Uint32Array): void {
  for (let i = 0; i < WORDS; i++) {
    const pair = (state[i]! & 0x80000000) | (state[(i + 1) % WORDS]! & 0x7fffffff);
    const odd = pair & 1 ? 0x9908b0df : 0;
    state[i] = state[(i + SHIFT) % WORDS]! ^ (pair >>> 1) ^ odd;
  }
}
