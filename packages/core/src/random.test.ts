import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CheckpointError, TaskspaceError } from './errors.ts';
import { createRandom, type RandomStream, restoreRandom } from './random.ts';

const label = fc.oneof(
  fc.string(),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);

describe('streams', () => {
  test('the same seed gives the same numbers', () => {
    fc.assert(
      fc.property(label, (seed) => {
        expect(take(createRandom(seed), 8)).toEqual(take(createRandom(seed), 8));
      }),
    );
  });

  test('the numbers stay what they are across releases', () => {
    const random = createRandom(0);
    expect(take(random, 3)).toEqual(GOLDEN.seed0);
    expect(take(random.fork('episode').fork(7), 3)).toEqual(GOLDEN.forked);
  });

  test('a fork does not depend on what was drawn before', () => {
    fc.assert(
      fc.property(label, label, fc.nat(50), (seed, name, draws) => {
        const drawn = createRandom(seed);
        take(drawn, draws);
        expect(take(drawn.fork(name), 4)).toEqual(take(createRandom(seed).fork(name), 4));
      }),
    );
  });

  test('different paths give different streams', () => {
    const seen = new Map<string, string>();
    const root = createRandom('paths');
    const names: (string | number)[] = ['', 'a', 'b', 'ab', 'ba', '1', '\0', '\0\0', 'é', 'ab\0'];
    for (let index = -20; index < 200; index += 1) names.push(index);
    for (const first of names) {
      for (const second of [null, ...names.slice(0, 30)]) {
        const stream = second === null ? root.fork(first) : root.fork(first).fork(second);
        const numbers = take(stream, 2).join();
        const path = JSON.stringify([first, second]);
        expect(seen.get(numbers), `${path} repeats another path`).toBeUndefined();
        seen.set(numbers, path);
      }
    }
  });

  test('1 and "1" are different seeds and labels', () => {
    expect(take(createRandom(1), 2)).not.toEqual(take(createRandom('1'), 2));
    expect(take(createRandom(0).fork(1), 2)).not.toEqual(take(createRandom(0).fork('1'), 2));
  });

  test('a child of a seed is not the stream of the joined seed', () => {
    expect(take(createRandom('a').fork('b'), 2)).not.toEqual(take(createRandom('ab'), 2));
  });

  test('flipping one bit of the seed flips about half the bits of the first numbers', () => {
    let flipped = 0;
    const trials = 400;
    for (let seed = 0; seed < trials; seed += 1) {
      const [a = 0, b = 0, c = 0, d = 0] = take(createRandom(seed), 4);
      const [e = 0, f = 0, g = 0, h = 0] = take(createRandom(seed ^ (1 << (seed % 20))), 4);
      for (const word of [a ^ e, b ^ f, c ^ g, d ^ h]) flipped += bitCount(word);
    }
    // 128 bits a trial, each flipped with probability 1/2: standard deviation sqrt(51200 / 4) = 113.
    expect(Math.abs(flipped - trials * 64)).toBeLessThan(5 * 113);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY])('refuses %s as a seed', (seed) => {
    expect(() => createRandom(seed)).toThrow('expected a string or a finite number');
  });
});

describe('distribution', () => {
  test.each([2, 3, 7, 10, 64, 100, 1000])('integer(%i) is uniform', (bound) => {
    const random = createRandom('integer').fork(bound);
    const counts = new Array<number>(bound).fill(0);
    const draws = bound * 200;
    for (let index = 0; index < draws; index += 1) {
      const value = random.integer(bound);
      counts[value] = (counts[value] ?? 0) + 1;
    }
    expect(chiSquareZ(counts, draws / bound)).toBeLessThan(5);
  });

  test('integer has no bias where bound does not divide 2^32', () => {
    // 3 * 2^30: without rejection the lowest third would come up twice as often as the rest.
    const bound = 3 * 2 ** 30;
    const random = createRandom('bias');
    const counts = [0, 0, 0];
    for (let index = 0; index < 30_000; index += 1) {
      const third = Math.floor(random.integer(bound) / 2 ** 30);
      counts[third] = (counts[third] ?? 0) + 1;
    }
    expect(chiSquareZ(counts, 10_000)).toBeLessThan(5);
  });

  test('first numbers of consecutive forks are uniform', () => {
    const root = createRandom(3);
    const counts = new Array<number>(256).fill(0);
    for (let index = 0; index < 25_600; index += 1) {
      const byte = root.fork(index).uint32() & 255;
      counts[byte] = (counts[byte] ?? 0) + 1;
    }
    expect(chiSquareZ(counts, 100)).toBeLessThan(5);
  });

  test('pairs of consecutive numbers are uniform', () => {
    const random = createRandom(4);
    const counts = new Array<number>(256).fill(0);
    for (let index = 0; index < 51_200; index += 1) {
      const cell = Math.floor(random.next() * 16) * 16 + Math.floor(random.next() * 16);
      counts[cell] = (counts[cell] ?? 0) + 1;
    }
    expect(chiSquareZ(counts, 200)).toBeLessThan(5);
  });

  test('every bit of a number is set half the time', () => {
    const random = createRandom(5);
    const counts = new Array<number>(32).fill(0);
    const draws = 10_000;
    for (let index = 0; index < draws; index += 1) {
      const word = random.uint32();
      for (let bit = 0; bit < 32; bit += 1) counts[bit] = (counts[bit] ?? 0) + ((word >>> bit) & 1);
    }
    for (const count of counts) expect(Math.abs(count - draws / 2)).toBeLessThan(5 * 50);
  });

  test('next and integer stay in range', () => {
    fc.assert(
      fc.property(label, fc.integer({ min: 1, max: 2 ** 53 - 1 }), (seed, bound) => {
        const random = createRandom(seed);
        const unit = random.next();
        expect(unit >= 0 && unit < 1).toBe(true);
        const value = random.integer(bound);
        expect(Number.isInteger(value) && value >= 0 && value < bound).toBe(true);
      }),
    );
  });

  test('integer takes bounds up to 2^53', () => {
    const random = createRandom(6);
    expect(random.integer(1)).toBe(0);
    expect(random.integer(2 ** 53)).toBeGreaterThan(2 ** 40);
    expect(random.integer(2 ** 32)).toBeLessThan(2 ** 32);
  });

  test.each([0, -1, 1.5, Number.NaN, 2 ** 53 + 2])('integer refuses the bound %s', (bound) => {
    expect(() => createRandom(1).integer(bound)).toThrow(TaskspaceError);
  });
});

describe('snapshot', () => {
  test('continues exactly, through JSON', () => {
    fc.assert(
      fc.property(label, fc.nat(20), (seed, draws) => {
        const random = createRandom(seed).fork('somewhere');
        take(random, draws);
        const copy = restoreRandom(JSON.parse(JSON.stringify(random.snapshot())));
        expect(take(copy, 5)).toEqual(take(random, 5));
        expect(take(copy.fork(1), 2)).toEqual(take(random.fork(1), 2));
      }),
    );
  });

  test.each([null, 3, {}, { algorithm: 'xoshiro128**', key: [1, 2, 3], state: [1, 2, 3, 4] }])(
    'restoreRandom refuses %j',
    (state) => {
      expect(() => restoreRandom(state)).toThrow(CheckpointError);
    },
  );
});

const GOLDEN = {
  seed0: [3389805805, 1676744110, 3136405839],
  forked: [3680399429, 736375769, 2912648863],
};

function take(random: RandomStream, count: number): number[] {
  return Array.from({ length: count }, () => random.uint32());
}

/** How many standard deviations a chi-square statistic lies from what uniform counts would give. */
function chiSquareZ(counts: readonly number[], expected: number): number {
  const statistic = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
  const freedom = counts.length - 1;
  return Math.abs(statistic - freedom) / Math.sqrt(2 * freedom);
}

function bitCount(word: number): number {
  let count = 0;
  for (let rest = word >>> 0; rest !== 0; rest >>>= 1) count += rest & 1;
  return count;
}
