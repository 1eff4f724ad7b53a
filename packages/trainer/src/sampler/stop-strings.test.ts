import { createRandom } from '@taskspace/core';
import { expect, test } from 'vitest';
import { compileStopString, StopMatcher } from './stop-strings.ts';

const encoder = new TextEncoder();

function stopIndex(stopStrings: readonly string[], tokens: readonly string[]): number {
  const matcher = new StopMatcher(stopStrings.map(compileStopString));
  return tokens.findIndex((token) => matcher.push(encoder.encode(token)));
}

test('stops at the token that completes a string spread over several', () => {
  expect(stopIndex(['\n\nQ:'], ['yes', '.\n', '\n', 'Q', ': no'])).toBe(4);
});

test('stops at the token that holds a string in its midst', () => {
  expect(stopIndex(['END'], ['go', 'theENDof'])).toBe(1);
});

test('finds a string that begins within its own false start', () => {
  expect(stopIndex(['aab'], ['a', 'a', 'a', 'a', 'b'])).toBe(4);
  expect(stopIndex(['abcabd'], ['abcabcab', 'd'])).toBe(1);
});

test('finds a character whose bytes are spread over tokens', () => {
  const matcher = new StopMatcher([compileStopString('√2')]);
  const bytes = encoder.encode('is √2');
  expect(Array.from(bytes, (byte) => matcher.push(Uint8Array.of(byte))).indexOf(true)).toBe(
    bytes.length - 1,
  );
});

test('agrees with searching the whole text again after every token', () => {
  const random = createRandom('stop strings');
  const word = (most: number) =>
    Array.from({ length: 1 + random.integer(most) }, () => 'ab'[random.integer(2)]).join('');
  for (let round = 0; round < 500; round++) {
    const stopStrings = [word(5), word(5)];
    const tokens = Array.from({ length: 12 }, () => (random.next() < 0.2 ? '' : word(3)));
    const expected = tokens.findIndex((_, index) => {
      const text = tokens.slice(0, index + 1).join('');
      return stopStrings.some((stop) => text.includes(stop));
    });
    expect(stopIndex(stopStrings, tokens)).toBe(expected);
  }
});
