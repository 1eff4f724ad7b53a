import { expect, test } from 'vitest';
import { embedTexts } from './text-embedding.ts';

function cosine(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, axis) => sum + value * b[axis]!, 0);
}

test('texts that share words lie nearer than texts that do not', () => {
  const [first, similar, other] = embedTexts([
    'two plus three is five',
    'so two plus three is not six',
    'cd /tmp; ls -la',
  ]);
  expect(cosine(first!, similar!)).toBeGreaterThan(cosine(first!, other!) + 0.2);
});

test('vectors have unit length; a text without words is zero', () => {
  const [some, none] = embedTexts(['a b c', ' \n']);
  expect(cosine(some!, some!)).toBeCloseTo(1, 10);
  expect(cosine(none!, none!)).toBe(0);
});
