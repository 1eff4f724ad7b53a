/** What an evaluator needs of real numbers, whatever their precision; and doubles as the first such numbers. */
import { type Rational, toNumber } from './rational.ts';

/** Real arithmetic at one precision. Results out of range are whatever the field makes of them; callers check. */
export interface RealField<T> {
  /** Bits that can be relied on. */
  readonly bits: number;
  fromRational(value: Rational): T;
  fromNumber(value: number): T;
  toNumber(value: T): number;
  /** Whether the value is an ordinary number. */
  isFinite(value: T): boolean;
  sign(value: T): number;
  /** Base-2 logarithm of the size; minus infinity for 0. */
  magnitude(value: T): number;
  add(a: T, b: T): T;
  subtract(a: T, b: T): T;
  multiply(a: T, b: T): T;
  divide(a: T, b: T): T;
  negate(a: T): T;
  squareRoot(a: T): T;
  exponential(a: T): T;
  logarithm(a: T): T;
  sine(a: T): T;
  cosine(a: T): T;
  arcTangent(a: T): T;
  pi(): T;
}

/** Ordinary doubles: fast enough to tell almost all unequal answers apart. */
export const DOUBLES: RealField<number> = {
  bits: 53,
  fromRational: toNumber,
  fromNumber: (value) => value,
  toNumber: (value) => value,
  isFinite: Number.isFinite,
  sign: Math.sign,
  magnitude: (value) => Math.log2(Math.abs(value)),
  add: (a, b) => a + b,
  subtract: (a, b) => a - b,
  multiply: (a, b) => a * b,
  divide: (a, b) => a / b,
  negate: (a) => -a,
  squareRoot: Math.sqrt,
  exponential: Math.exp,
  logarithm: Math.log,
  sine: Math.sin,
  cosine: Math.cos,
  arcTangent: Math.atan,
  pi: () => Math.PI,
};
