import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bigFloats, toRational } from './big-float.ts';
import { Budget } from './budget.ts';
import { canonical } from './canonical.ts';
import { explain } from './explain.ts';
import { PRIMES } from './identity.ts';
import {
  binomialWithin,
  bitLength,
  factorialWithin,
  gcd,
  integerRoot,
  powerWithin,
} from './integers.ts';
import { normalise } from './normalise.ts';
import { parse } from './parse.ts';
import { primitiveRoot, radical } from './radicals.ts';
import { add, divide, floor, multiply, rational, roundedTo, toNumber } from './rational.ts';
import { tokenise } from './tokenise.ts';

const big = fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n });

test('gcd divides both numbers and is never negative', () => {
  fc.assert(
    fc.property(big, big, (a, b) => {
      const shared = gcd(a, b);
      expect(shared >= 0n).toBe(true);
      if (shared > 0n) expect([a % shared, b % shared]).toEqual([0n, 0n]);
    }),
  );
});

test('the integer root is the largest whose power does not exceed the number', () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: 0n, max: 10n ** 40n }),
      fc.integer({ min: 2, max: 7 }),
      (value, degree) => {
        const root = integerRoot(value, degree);
        expect(root ** BigInt(degree) <= value && (root + 1n) ** BigInt(degree) > value).toBe(true);
      },
    ),
  );
});

test('powers, factorials and binomials over the bit budget are refused before they are computed', () => {
  expect(powerWithin(2n, 30_000n)).toBe(2n ** 30_000n);
  expect(powerWithin(3n, 10n ** 30n)).toBeUndefined();
  expect(powerWithin(-1n, 10n ** 30n)).toBe(1n);
  expect(factorialWithin(20n)).toBe(2_432_902_008_176_640_000n);
  expect(factorialWithin(10n ** 12n)).toBeUndefined();
  expect(binomialWithin(10n, 3n)).toBe(120n);
  expect(binomialWithin(10n ** 9n, 5n * 10n ** 8n)).toBeUndefined();
  expect(bitLength(2n ** 5_000n)).toBeGreaterThan(4_999);
});

test('fractions follow the rules of arithmetic', () => {
  const fraction = fc
    .tuple(big, fc.bigInt({ min: 1n, max: 10n ** 20n }))
    .map(([top, bottom]) => rational(top, bottom));
  fc.assert(
    fc.property(fraction, fraction, (a, b) => {
      expect(add(a, b)).toEqual(add(b, a));
      const quotient = divide(multiply(a, b), b);
      if (b.top !== 0n) expect(quotient).toEqual(a);
      expect(Number(floor(a))).toBeCloseTo(Math.floor(toNumber(a)), -14);
    }),
  );
});

test('rounds half up at the stated place', () => {
  expect(roundedTo(rational(1n, 3n), 4)).toBe(3333n);
  expect(roundedTo(rational(5n, 10n), 0)).toBe(1n);
  expect(roundedTo(rational(-26_667n, 10_000n), 2)).toBe(-267n);
});

test('takes everything out of a root that can be taken out', () => {
  expect(radical(rational(12n), rational(1n, 2n))).toEqual({
    coefficient: rational(2n),
    radicand: 3n,
    degree: 2,
  });
  expect(radical(rational(1n, 6n), rational(1n, 2n))).toEqual({
    coefficient: rational(1n, 6n),
    radicand: 6n,
    degree: 2,
  });
  expect(radical(rational(4n), rational(1n, 4n))).toEqual({
    coefficient: rational(1n),
    radicand: 2n,
    degree: 2,
  });
  expect(radical(rational(8n), rational(2n, 3n))).toEqual({
    coefficient: rational(4n),
    radicand: 1n,
    degree: 1,
  });
  expect(primitiveRoot(64n)).toEqual({ root: 2n, degree: 6 });
});

test.each([
  ['pi', '3.14159265358979323846264338327950288419716939937510'],
  ['e', '2.71828182845904523536028747135266249775724709369995'],
  ['ln 10', '2.30258509299404568401799145468436420760110148862877'],
  ['sin 1', '0.84147098480789650665250232163029899962256306079837'],
  ['cos 100', '0.86231887228768393410193851395084253551008400853551'],
  ['atan 2', '1.10714871779409050301706546017853704007004764540143'],
  ['sqrt 2', '1.41421356237309504880168872420969807856967187537694'],
  ['exp -50', '0.0000000000000000000001928749847963917783017342816'],
])('%s is right to 45 digits at 192 bits', (name, digits) => {
  const field = bigFloats(192);
  const of = (value: number) => field.fromNumber(value);
  const values: Record<string, () => ReturnType<typeof field.pi>> = {
    pi: () => field.pi(),
    e: () => field.exponential(of(1)),
    'ln 10': () => field.logarithm(of(10)),
    'sin 1': () => field.sine(of(1)),
    'cos 100': () => field.cosine(of(100)),
    'atan 2': () => field.arcTangent(of(2)),
    'sqrt 2': () => field.squareRoot(of(2)),
    'exp -50': () => field.exponential(of(-50)),
  };
  const value = toRational(values[name]!());
  const scaled = roundedTo(value, 45).toString().padStart(46, '0');
  const wanted = roundedTo(
    rational(BigInt(digits.replace('.', '')), 10n ** BigInt(digits.length - 2)),
    45,
  );
  expect(scaled).toBe(wanted.toString().padStart(46, '0'));
});

test('the primes of the identity test are prime, 1 modulo 4, and their products fit a double', () => {
  for (const prime of PRIMES) {
    expect(prime % 4).toBe(1);
    expect(prime ** 2).toBeLessThan(Number.MAX_SAFE_INTEGER);
    for (let divisor = 2; divisor * divisor <= prime; divisor++)
      expect(prime % divisor).not.toBe(0);
  }
});

test.each([
  ['\\frac{1}{\\sqrt{6}}', '1/6·6^(1/2)'],
  ['\\sqrt{2}\\sqrt{3}', '6^(1/2)'],
  ['x + x + 1 - 1', '2·x'],
  ['x \\cdot x^2', 'x^3'],
  ['i^3', '-i'],
  ['(-8)^{1/3}', '-2'],
  ['\\gcd(12, 18)', '6'],
  ['\\gcd(a, b)', '1'],
  ['\\log_4 8', '3/2'],
  ['\\sum_{k=1}^{4} k^2', '30'],
  ['\\frac{d}{dx} x^3', '3·x^2'],
  ['9^{9^{9}}', '3^774840978'],
  ['\\frac{1}{0}', 'undefined'],
  ['\\infty + 1', 'infinity'],
])('the canonical form of %s is %s', (answer, form) => {
  const budget = new Budget();
  const node = parse(tokenise(normalise(answer), budget), budget);
  expect(explain(canonical(node!, budget))).toBe(form);
});
