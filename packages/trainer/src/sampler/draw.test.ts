import { createRandom } from '@taskspace/core';
import { describe, expect, test } from 'vitest';
import { createDraw, type DrawParams } from './draw.ts';
import { SamplingError } from './errors.ts';

const PLAIN: DrawParams = { temperature: 1, topK: 0, topP: 1 };

/** Probabilities after the cuts, by sorting: the plain way that `createDraw` avoids. */
function distribution(logits: ArrayLike<number>, params: DrawParams): number[] {
  const scaled = Array.from(logits, (logit) => logit / params.temperature);
  const max = Math.max(...scaled);
  const weights = scaled.map((logit) => Math.exp(logit - max));
  const order = weights.map((_, id) => id).sort((a, b) => weights[b]! - weights[a]! || a - b);
  const afterTopK = params.topK > 0 ? order.slice(0, params.topK) : order;
  const mass = afterTopK.reduce((sum, id) => sum + weights[id]!, 0);
  const kept: number[] = [];
  let share = 0;
  for (const id of afterTopK) {
    kept.push(id);
    share += weights[id]! / mass;
    if (params.topP < 1 && share >= params.topP) break;
  }
  const keptMass = kept.reduce((sum, id) => sum + weights[id]!, 0);
  return weights.map((weight, id) => (kept.includes(id) ? weight / keptMass : 0));
}

/** First token whose cumulative probability, by ascending id, passes the uniform number. */
function plainDraw(logits: ArrayLike<number>, params: DrawParams, uniform: number): number {
  let passed = 0;
  return distribution(logits, params).findIndex((probability) => {
    passed += probability;
    return passed > uniform;
  });
}

function gaussianLogits(size: number, spread: number, seed: number): Float32Array {
  const random = createRandom(seed);
  return Float32Array.from({ length: size }, () => {
    const radius = Math.sqrt(-2 * Math.log(1 - random.next()));
    return spread * radius * Math.cos(2 * Math.PI * random.next());
  });
}

describe('createDraw', () => {
  test.each<DrawParams>([
    PLAIN,
    { temperature: 0.6, topK: 0, topP: 1 },
    { temperature: 1.7, topK: 5, topP: 1 },
    { temperature: 1, topK: 0, topP: 0.8 },
    { temperature: 0.9, topK: 12, topP: 0.7 },
  ])('draws with the frequencies of the exact distribution (%o)', (params) => {
    const size = 24;
    const logits = gaussianLogits(size, 1.5, 3);
    const exact = distribution(logits, params);
    const draw = createDraw(size);
    const random = createRandom('frequencies');
    const draws = 40_000;
    const counts = new Float64Array(size);
    for (let index = 0; index < draws; index++) {
      counts[draw(logits, 0, params, random.next()).token]! += 1;
    }
    let chiSquare = 0;
    let cells = 0;
    for (let id = 0; id < size; id++) {
      const expected = exact[id]! * draws;
      if (expected === 0) expect(counts[id]).toBe(0);
      else {
        chiSquare += (counts[id]! - expected) ** 2 / expected;
        cells += 1;
      }
    }
    // Mean of chi-square with k degrees of freedom is k, its deviation √(2k): five deviations above is never seen by chance.
    expect(chiSquare).toBeLessThan(cells - 1 + 5 * Math.sqrt(2 * (cells - 1)));
  });

  test.each([8, 513, 5000])(
    'agrees with sorting and a plain walk at vocabulary size %i',
    (size) => {
      const draw = createDraw(size);
      const random = createRandom(size);
      for (let round = 0; round < 60; round++) {
        const params = {
          temperature: 0.2 + 2 * random.next(),
          topK: round % 2 === 0 ? 0 : 1 + random.integer(size),
          topP: round % 3 === 0 ? 1 : random.next() || 0.5,
        };
        const logits = gaussianLogits(size, round % 4, round);
        const uniform = random.next();
        expect(draw(logits, 0, params, uniform).token).toBe(plainDraw(logits, params, uniform));
      }
    },
  );

  test('gives the log-probability under the uncut softmax at the temperature', () => {
    const logits = gaussianLogits(50, 2, 1);
    const params = { temperature: 0.7, topK: 3, topP: 0.9 };
    const { token, logprob } = createDraw(50)(logits, 0, params, 0.4);
    const uncut = distribution(logits, { temperature: 0.7, topK: 0, topP: 1 });
    expect(logprob).toBeCloseTo(Math.log(uncut[token]!), 12);
  });

  test('takes the lowest id among the most likely at temperature 0, with its log-probability at temperature 1', () => {
    const logits = Float32Array.of(1, 3, 2, 3);
    const { token, logprob } = createDraw(4)(logits, 0, { ...PLAIN, temperature: 0 }, 0.99);
    expect(token).toBe(1);
    expect(logprob).toBeCloseTo(Math.log(distribution(logits, PLAIN)[1]!), 12);
  });

  test('keeps the lower ids when equal tokens straddle the cut', () => {
    const logits = new Float32Array(10);
    const draw = createDraw(10);
    for (const params of [
      { ...PLAIN, topK: 4 },
      { ...PLAIN, topP: 0.35 },
    ]) {
      expect(draw(logits, 0, params, 0).token).toBe(0);
      expect(draw(logits, 0, params, 0.999).token).toBe(3);
    }
  });

  test('reads the row at the offset', () => {
    const logits = Float32Array.of(9, 0, 0, 0, 0, 9);
    expect(createDraw(3)(logits, 3, { ...PLAIN, temperature: 0 }, 0).token).toBe(2);
  });

  test('never draws a token whose logit is -Infinity', () => {
    const logits = Float32Array.of(-Infinity, 0, -Infinity, 0, -Infinity);
    const draw = createDraw(5);
    expect(draw(logits, 0, PLAIN, 0).token).toBe(1);
    expect(draw(logits, 0, PLAIN, 1 - 2 ** -53).token).toBe(3);
    expect(draw(logits, 0, { ...PLAIN, topK: 5, topP: 0.99 }, 1 - 2 ** -53).token).toBe(3);
  });

  test('draws the only token left when temperature is tiny', () => {
    const logits = Float32Array.of(1, 1.5, 1.25);
    expect(createDraw(3)(logits, 0, { ...PLAIN, temperature: 1e-30 }, 0.5)).toEqual({
      token: 1,
      logprob: 0,
    });
  });

  test.each([
    ['NaN', [0, NaN, 0], 'got NaN for token 1'],
    ['+Infinity', [0, 0, Infinity], 'got Infinity for token 2'],
    ['nothing but -Infinity', [-Infinity, -Infinity, -Infinity], '-Infinity for every token'],
  ])('refuses %s', (_, row, message) => {
    const draw = createDraw(3);
    expect(() => draw(Float32Array.from(row), 0, PLAIN, 0.5)).toThrow(SamplingError);
    expect(() => draw(Float32Array.from(row), 0, PLAIN, 0.5)).toThrow(message);
  });
});
