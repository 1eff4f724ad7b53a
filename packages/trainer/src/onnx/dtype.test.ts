import { expect, test } from 'vitest';
import { float16Bits, tensorBytes } from './dtype.ts';

test.each([
  [0, 0x0000],
  [-0, 0x8000],
  [1, 0x3c00],
  [-2, 0xc000],
  [65504, 0x7bff],
  [65519.9, 0x7bff],
  [65520, 0x7c00],
  [-Infinity, 0xfc00],
  [Number.NaN, 0x7e00],
  [2 ** -14, 0x0400],
  [2 ** -24, 0x0001],
  [2 ** -25, 0x0000],
  [2 ** -25 * 1.01, 0x0001],
  [1 + 2 ** -11, 0x3c00],
  [1 + 3 * 2 ** -11, 0x3c02],
  [2 - 2 ** -12, 0x4000],
  [0.1, 0x2e66],
])('float16 of %d has the bits of IEEE 754', (x, bits) => {
  expect(float16Bits(x)).toBe(bits);
});

test('elements are laid out with the low byte first', () => {
  expect([...tensorBytes([1, -2], 'int32')]).toEqual([1, 0, 0, 0, 254, 255, 255, 255]);
  expect([...tensorBytes([258n], 'int64')]).toEqual([2, 1, 0, 0, 0, 0, 0, 0]);
  expect([...tensorBytes([1.5], 'float32')]).toEqual([0, 0, 0xc0, 0x3f]);
  expect([...tensorBytes([0, 5], 'bool')]).toEqual([0, 1]);
});

test('a Uint16Array fills a float16 tensor bit by bit', () => {
  expect([...tensorBytes(Uint16Array.of(0x3c00), 'float16')]).toEqual([0x00, 0x3c]);
  expect([...tensorBytes([1], 'float16')]).toEqual([0x00, 0x3c]);
});

test.each([
  [1.5, 'int64'],
  [2 ** 31, 'int32'],
] as const)('%d is refused as %s', (element, dtype) => {
  expect(() => tensorBytes([element], dtype)).toThrow(
    `constant: expected ${dtype} elements, got ${element}. Round it, or choose another element type.`,
  );
});
