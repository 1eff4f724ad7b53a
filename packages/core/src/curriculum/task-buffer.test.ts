import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { guessTask } from '../__fixtures__/guess-domain.ts';
import { PlainBuffer } from '../__fixtures__/plain-buffer.ts';
import { CheckpointError, TaskspaceError } from '../errors.ts';
import type { Turn } from '../history.ts';
import type { Json } from '../json.ts';
import { createRandom } from '../random.ts';
import { type BufferEntry, entryKey, TaskBuffer } from './task-buffer.ts';

const task = guessTask('train', 0, 8);
const turn: Turn = { request: [{ role: 'user', content: 'Guess.' }], response: '1', iterate: 0 };

function entry(name: string, score: number, turns = 1): BufferEntry {
  const start = { seed: 0, turns: new Array<Turn>(turns).fill(turn), quality: 0.5, origin: name };
  return { task, start, iterate: 0, score, born: 0 };
}

function bufferOf(scores: readonly number[], kappa = 10, capacity = scores.length): TaskBuffer {
  const buffer = new TaskBuffer({ capacity, kappa });
  for (const [index, score] of scores.entries()) buffer.insert(entry(`0/0/${index}`, score));
  return buffer;
}

function origins(buffer: TaskBuffer): string[] {
  return buffer.entries().map(({ start }) => start.origin);
}

/** What differs is shown by `toEqual`, which is too slow to call each time. */
function isSame(a: BufferEntry | undefined, b: BufferEntry | undefined): boolean {
  return (
    a?.start.origin === b?.start.origin &&
    a?.start.turns.length === b?.start.turns.length &&
    a?.score === b?.score &&
    a?.born === b?.born
  );
}

/** One pass of Algorithm 1's loop: what is practised (a base task or a draw), what it scores, what grows from it. */
const passes = fc.array(
  fc.record({
    select: fc.boolean(),
    seed: fc.nat(),
    // Few values, so that scores tie.
    score: fc.integer({ min: 0, max: 4 }).map((steps) => steps / 16),
    turns: fc.integer({ min: 1, max: 3 }),
    reload: fc.integer({ min: 0, max: 15 }).map((value) => value === 0),
  }),
  { maxLength: 20 },
);

test('equals a plain re-statement of Algorithm 1 on 10,000 random sequences', () => {
  const sequences = fc.property(
    fc.integer({ min: 1, max: 9 }),
    fc.integer({ min: -40, max: 40 }),
    passes,
    (capacity, kappa, sequence) => {
      const plain = new PlainBuffer(capacity, kappa);
      let buffer = new TaskBuffer({ capacity, kappa });
      for (const [iteration, { select, seed, score, turns, reload }] of sequence.entries()) {
        if (select && plain.entries.length > 0) {
          const drawn = buffer.draw(createRandom(seed));
          const expected = plain.draw(createRandom(seed).next());
          if (!isSame(drawn, expected)) expect(drawn).toEqual(expected);
          buffer.update(drawn.start, score);
          plain.update(expected!.start, score);
        }
        for (let last = 1; last <= turns; last++) {
          const grown = { ...entry(`${iteration}/0/0`, score, last), born: iteration };
          buffer.insert(grown);
          plain.insert(grown);
        }
        if (reload) {
          const state = buffer.snapshot();
          buffer = new TaskBuffer({ capacity, kappa });
          buffer.restore(state);
        }
        const entries = buffer.entries();
        const same = plain.entries.every((one, slot) => isSame(one, entries[slot]));
        if (!same || entries.length > plain.entries.length) expect(entries).toEqual(plain.entries);
      }
    },
  );
  fc.assert(sequences, { numRuns: 10_000, seed: 1 });
}, 60_000);

describe('insert', () => {
  test('at capacity replaces the lowest score, also by an equal one', () => {
    const buffer = bufferOf([0.2, 0.1, 0.3]);
    expect(buffer.insert(entry('new', 0.1))).toBe(true);
    expect(origins(buffer)).toEqual(['0/0/0', 'new', '0/0/2']);
    expect(buffer.insert(entry('low', 0.05))).toBe(false);
    expect(buffer.minScore).toBe(0.1);
    expect(buffer.size).toBe(3);
  });

  test('of several lowest scores replaces the one that entered first', () => {
    const buffer = bufferOf([0.1, 0.1, 0.1]);
    for (const name of ['a', 'b', 'c', 'd']) buffer.insert(entry(name, 0.1));
    expect(origins(buffer)).toEqual(['d', 'b', 'c']);
  });

  test('of a start that is there replaces it', () => {
    const buffer = bufferOf([0.1, 0.2]);
    expect(buffer.insert(entry('0/0/1', 0))).toBe(true);
    expect(buffer.entries().map(({ score }) => score)).toEqual([0.1, 0]);
  });

  test('tells prefixes of one history apart', () => {
    const buffer = new TaskBuffer({ capacity: 4, kappa: 1 });
    for (const turns of [1, 2, 3]) buffer.insert(entry('0/0/0', 0.1, turns));
    expect(buffer.size).toBe(3);
    expect(buffer.update(entry('0/0/0', 0, 2).start, 0.25)).toBe(true);
    expect(buffer.entries().map(({ score }) => score)).toEqual([0.1, 0.25, 0.1]);
  });
});

test('update says when the entry has been replaced', () => {
  const buffer = bufferOf([0.1]);
  const { start } = buffer.entries()[0]!;
  buffer.insert(entry('new', 0.2));
  expect(buffer.update(start, 0.25)).toBe(false);
  expect(buffer.has(entryKey(start))).toBe(false);
  expect(buffer.minScore).toBe(0.2);
});

describe('draw', () => {
  const scores = [0, 0.05, 0.1, 0.1, 0.1875, 0.25, 0.25];

  // Chi-square with 6 degrees of freedom passes 27.9 once in ten thousand.
  test.each([-10, 0, 1, 10, 20])('has the frequencies of the softmax at kappa %d', (kappa) => {
    const buffer = bufferOf(scores, kappa, 512);
    const random = createRandom('softmax');
    const draws = 40_000;
    const counts = new Map<string, number>();
    for (let index = 0; index < draws; index++) {
      const { origin } = buffer.draw(random).start;
      counts.set(origin, (counts.get(origin) ?? 0) + 1);
    }
    const weights = scores.map((score) => Math.exp(kappa * score));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const statistic = weights.reduce((sum, weight, index) => {
      const expected = (draws * weight) / total;
      return sum + ((counts.get(`0/0/${index}`) ?? 0) - expected) ** 2 / expected;
    }, 0);
    expect(statistic).toBeLessThan(27.9);
  });

  test.each([
    [1e6, ['0/0/5', '0/0/6']],
    [-1e6, ['0/0/0']],
  ])('does not overflow at kappa %d', (kappa, expected) => {
    const buffer = bufferOf(scores, kappa);
    const random = createRandom(0);
    const drawn = Array.from({ length: 100 }, () => buffer.draw(random).start.origin);
    expect([...new Set(drawn)].sort()).toEqual(expected);
  });

  test('from an empty buffer is refused', () => {
    const draw = () => new TaskBuffer({ capacity: 1, kappa: 1 }).draw(createRandom(0));
    expect(draw).toThrow('task buffer: expected an entry to draw, got none');
  });
});

test('snapshot and restore continue bit for bit', () => {
  const random = createRandom('snapshot');
  const grow = (buffer: TaskBuffer, name: string) => {
    const score = random.next() / 4;
    return buffer.insert(entry(name, score));
  };
  const before = new TaskBuffer({ capacity: 37, kappa: 13 });
  for (let index = 0; index < 200; index++) grow(before, `0/${index}/0`);
  const after = new TaskBuffer({ capacity: 37, kappa: 13 });
  after.insert(entry('forgotten', 0.1));
  after.restore(JSON.parse(JSON.stringify(before.snapshot())) as Json);
  expect(after.snapshot()).toEqual(before.snapshot());
  const [left, right] = [createRandom(1), createRandom(1)];
  for (let index = 0; index < 100; index++) {
    expect(after.draw(left)).toEqual(before.draw(right));
    const next = entry(`1/${index}/0`, random.next() / 4);
    expect(after.insert(next)).toBe(before.insert(next));
  }
});

describe('refuses', () => {
  test.each([
    [{ capacity: 0, kappa: 1 }, 'a capacity of at least 1, got 0'],
    [{ capacity: 1.5, kappa: 1 }, 'a capacity of at least 1, got 1.5'],
    [{ capacity: 1, kappa: Number.NaN }, 'a finite kappa, got NaN'],
    [{ capacity: 1, kappa: Number.POSITIVE_INFINITY }, 'a finite kappa, got Infinity'],
  ])('%j', (options, message) => {
    expect(() => new TaskBuffer(options)).toThrow(TaskspaceError);
    expect(() => new TaskBuffer(options)).toThrow(message);
  });

  test('scores that are not finite', () => {
    const buffer = bufferOf([0.1]);
    expect(() => buffer.insert(entry('new', Number.NaN))).toThrow('a finite score, got NaN');
    expect(() => buffer.update(entry('0/0/0', 0).start, Number.POSITIVE_INFINITY)).toThrow(
      'a finite score, got Infinity',
    );
    expect(buffer.minScore).toBe(0.1);
  });

  test.each<[string, Json, string]>([
    ['nothing', null, 'expected the snapshot of a task buffer, got null'],
    ['another kind', { kind: 'uniform' }, 'the whole value must have required property'],
    ['a damaged entry', { nextRank: 1, entries: [{ rank: 0 }] }, '/entries/0 must have required'],
    ['a larger buffer', bufferOf([0.1, 0.2]).snapshot(), 'expected at most 1 entries, got 2'],
  ])('the snapshot of %s', (_, state, message) => {
    const buffer = bufferOf([0.1]);
    expect(() => buffer.restore(state)).toThrow(CheckpointError);
    expect(() => buffer.restore(state)).toThrow(message);
    expect(buffer.size).toBe(1);
  });
});
