import { between, pick, sample } from '@taskspace/core';
import { atLevel, distinct, drawUntil } from './draw.ts';
import type { Family } from './family.ts';
import { gcd, inBase, lcm, PRIMES } from './integers.ts';
import { list, quotient, worked } from './latex.ts';

/** How many divisors, or square divisors from level 4, a number has. */
export const divisorCount: Family = {
  name: 'divisor-count',
  generate(level, random) {
    const { factors, n } = drawUntil(
      () => {
        const primes = sample(
          random,
          atLevel(level, [2, 2, 3, 3, 4]),
          PRIMES.slice(0, atLevel(level, [9, 12, 6, 6, 6])),
        ).sort((p, q) => p - q);
        const highest = atLevel(level, [3, 4, 3, 4, 5]);
        const factors = primes.map((prime) => ({ prime, exponent: between(random, 1, highest) }));
        return { factors, n: factors.reduce((n, f) => n * f.prime ** f.exponent, 1) };
      },
      ({ n }) => n < 2_000_000,
    );
    const squares = level >= 4;
    const choices = factors.map(({ exponent }) =>
      squares ? Math.floor(exponent / 2) + 1 : exponent + 1,
    );
    const answer = choices.reduce((product, count) => product * count, 1);
    const factored = factors.map(({ prime, exponent }) => `${prime}^{${exponent}}`);
    const each = factors.map(({ prime }, index) => `$${choices[index]}$ for the prime $${prime}$`);
    return worked({
      key: `${squares ? 'squares' : 'all'} ${n}`,
      text: squares
        ? pick(random, [
            `How many positive divisors of $${n}$ are perfect squares?`,
            `Find the number of perfect squares that divide $${n}$.`,
          ])
        : pick(random, [
            `How many positive divisors does $${n}$ have?`,
            `Find the number of positive integers that divide $${n}$.`,
          ]),
      steps: [
        `Factor: $${n} = ${factored.join(' \\cdot ')}$.`,
        `A divisor has one ${squares ? 'even ' : ''}exponent for each prime; the choices are ${list(each)}.`,
        `Choices multiply: $${choices.join(' \\cdot ')} = ${answer}$.`,
      ],
      answer,
    });
  },
};

/** Greatest common divisors and least common multiples, by Euclid's algorithm. */
export const gcdLcm: Family = {
  name: 'gcd-lcm',
  generate(level, random) {
    const [low, high] = atLevel(level, [
      [10, 60],
      [60, 600],
      [10, 80],
      [4, 40],
      [4, 30],
    ] as const);
    const count = level >= 4 ? 3 : 2;
    const numbers = distinct(random, count, low, high) as [number, number, ...number[]];
    if (level <= 2) {
      const [b, a] = numbers;
      const answer = gcd(a, b);
      return worked({
        key: `gcd ${b} ${a}`,
        text: pick(random, [
          `What is the greatest common divisor of $${b}$ and $${a}$?`,
          `Find the largest integer that divides both $${a}$ and $${b}$.`,
        ]),
        steps: [...euclid(a, b), `The last divisor is the greatest common one, $${answer}$.`],
        answer,
      });
    }
    const steps: string[] = [];
    const multiple = numbers.reduce((a, b) => {
      const divisor = gcd(a, b);
      const result = lcm(a, b);
      steps.push(
        `$\\gcd(${a}, ${b})$ is $${divisor}$, so the least common multiple of $${a}$ and $${b}$ is $${quotient(`${a} \\cdot ${b}`, divisor, result)}$.`,
      );
      return result;
    });
    if (level <= 4) {
      return worked({
        key: `lcm ${numbers.join(' ')}`,
        text: pick(random, [
          `What is the least common multiple of ${math(numbers)}?`,
          `Find the smallest positive integer that is divisible by each of ${math(numbers)}.`,
        ]),
        steps,
        answer: multiple,
      });
    }
    const remainder = between(random, 1, numbers[0] - 1);
    return worked({
      key: `remainder ${remainder} ${numbers.join(' ')}`,
      text: pick(random, [
        `Find the smallest integer greater than $${remainder}$ that leaves remainder $${remainder}$ when divided by each of ${math(numbers)}.`,
        `What is the least integer above $${remainder}$ whose remainder is $${remainder}$ on division by each of ${math(numbers)}?`,
      ]),
      steps: [
        ...steps,
        `The integer minus $${remainder}$ is a multiple of $${multiple}$: $${multiple} + ${remainder} = ${multiple + remainder}$.`,
      ],
      answer: multiple + remainder,
    });
  },
};

/** Numbers written in bases two to nine. */
export const baseConversion: Family = {
  name: 'base-conversion',
  generate(level, random) {
    const base = between(random, 2, 9);
    const other = drawUntil(
      () => between(random, 2, 9),
      (candidate) => candidate !== base,
    );
    const size = atLevel(level, [200, 2000, 2000, 1000, 5000] as const);
    const value = between(random, base + 1, size);
    const digits = inBase(value, base);
    if (level <= 2) {
      return worked({
        key: `from ${base} ${digits}`,
        text: pick(random, [
          `What is the base-${base} number $${digits}_{${base}}$ in base ten?`,
          `Write $${digits}_{${base}}$, a number in base $${base}$, in decimal notation.`,
        ]),
        steps: toTen(digits, base),
        answer: value,
      });
    }
    if (level === 3) {
      return worked({
        key: `to ${base} ${value}`,
        text: pick(random, [
          `Write the number $${value}$ in base $${base}$. Give the digits only.`,
          `What are the digits of $${value}$ in base $${base}$?`,
        ]),
        steps: fromTen(value, base),
        answer: digits,
      });
    }
    if (level === 4) {
      const summand = between(random, base + 1, size);
      const sum = value + summand;
      const [first, second] = [digits, inBase(summand, base)].sort() as [string, string];
      return worked({
        key: `sum ${base} ${first} ${second}`,
        text: `Add the base-${base} numbers $${first}_{${base}}$ and $${second}_{${base}}$. Give the digits of the sum in base $${base}$.`,
        steps: [
          ...toTen(first, base),
          ...toTen(second, base),
          `The sum is $${Number.parseInt(first, base)} + ${Number.parseInt(second, base)} = ${sum}$.`,
          ...fromTen(sum, base),
        ],
        answer: inBase(sum, base),
      });
    }
    return worked({
      key: `between ${base} ${other} ${digits}`,
      text: `Write the base-${base} number $${digits}_{${base}}$ in base $${other}$. Give the digits only.`,
      steps: [...toTen(digits, base), ...fromTen(value, other)],
      answer: inBase(value, other),
    });
  },
};

/** Exponents of primes in factorials (Legendre's formula). */
export const factorialExponent: Family = {
  name: 'factorial-exponent',
  generate(level, random) {
    const n = between(
      random,
      ...atLevel<[number, number]>(level, [
        [20, 299],
        [300, 2500],
        [30, 400],
        [30, 400],
        [30, 200],
      ]),
    );
    if (level <= 2) {
      const { steps, exponent } = legendre(n, 5);
      return worked({
        key: `zeros ${n}`,
        text: pick(random, [
          `How many zeros does $${n}!$ end with?`,
          `Find the number of trailing zeros in the decimal notation of $${n}!$.`,
        ]),
        steps: ['There are more factors 2 than factors 5, so count the factors 5.', ...steps],
        answer: exponent,
      });
    }
    if (level === 3) {
      const prime = pick(random, PRIMES.slice(0, 6));
      const { steps, exponent } = legendre(n, prime);
      return worked({
        key: `exponent ${prime} ${n}`,
        text: pick(random, [
          `What is the largest integer $k$ such that $${prime}^k$ divides $${n}!$?`,
          `Find the exponent of $${prime}$ in the prime factorization of $${n}!$.`,
        ]),
        steps,
        answer: exponent,
      });
    }
    if (level === 4) {
      const [p, q] = sample(random, 2, PRIMES.slice(0, 5)).sort((a, b) => a - b) as [
        number,
        number,
      ];
      const power = between(random, 1, 3);
      const divisor = p ** power * q;
      const [first, second] = [legendre(n, p), legendre(n, q)];
      const whole = Math.floor(first.exponent / power);
      const answer = Math.min(whole, second.exponent);
      return worked({
        key: `composite ${divisor} ${n}`,
        text: `What is the largest integer $k$ such that $${divisor}^k$ divides $${n}!$?`,
        steps: [
          `Factor: $${divisor} = ${p}^{${power}} \\cdot ${q}$.`,
          ...first.steps,
          ...second.steps,
          `So $k$ is at most $\\lfloor \\frac{${first.exponent}}{${power}} \\rfloor = ${whole}$ and at most $${second.exponent}$.`,
        ],
        answer,
      });
    }
    const prime = pick(random, PRIMES.slice(0, 4));
    const k = between(random, 3, n - 3);
    const [top, left, right] = [legendre(n, prime), legendre(k, prime), legendre(n - k, prime)];
    const answer = top.exponent - left.exponent - right.exponent;
    return worked({
      key: `binomial ${prime} ${n} ${Math.min(k, n - k)}`,
      text: `What is the exponent of $${prime}$ in the prime factorization of $\\binom{${n}}{${k}}$?`,
      steps: [
        `$\\binom{${n}}{${k}}$ is $${n}!$ over $${k}!$ times $${n - k}!$.`,
        ...top.steps,
        ...left.steps,
        ...right.steps,
        `$${top.exponent} - ${left.exponent} - ${right.exponent} = ${answer}$.`,
      ],
      answer,
    });
  },
};

function math(numbers: readonly number[]): string {
  return list(numbers.map((number) => `$${number}$`));
}

function euclid(a: number, b: number): string[] {
  const steps: string[] = [];
  for (
    let [larger, smaller] = [a, b];
    smaller > 0;
    [larger, smaller] = [smaller, larger % smaller]
  ) {
    const quotient = Math.floor(larger / smaller);
    steps.push(`$${larger} = ${quotient} \\cdot ${smaller} + ${larger % smaller}$.`);
  }
  return steps;
}

function toTen(digits: string, base: number): string[] {
  const terms = [...digits].map(
    (digit, index) => `${digit} \\cdot ${base}^{${digits.length - 1 - index}}`,
  );
  return [`In base ten: $${terms.join(' + ')} = ${Number.parseInt(digits, base)}$.`];
}

function fromTen(value: number, base: number): string[] {
  const steps: string[] = [];
  for (let left = value; left > 0; left = Math.floor(left / base)) {
    steps.push(`$${left} = ${Math.floor(left / base)} \\cdot ${base} + ${left % base}$.`);
  }
  return [...steps, `The remainders from last to first are the digits: ${inBase(value, base)}.`];
}

function legendre(n: number, prime: number): { steps: readonly string[]; exponent: number } {
  const counts: number[] = [];
  const steps: string[] = [];
  for (let power = prime; power <= n; power *= prime) {
    counts.push(Math.floor(n / power));
    steps.push(`$\\lfloor \\frac{${n}}{${power}} \\rfloor = ${counts.at(-1)}$.`);
  }
  const exponent = counts.reduce((sum, count) => sum + count, 0);
  const sum = counts.length === 0 ? '0' : counts.join(' + ');
  steps.push(`The exponent of ${prime} in $${n}!$ is $${sum} = ${exponent}$.`);
  return { steps, exponent };
}
