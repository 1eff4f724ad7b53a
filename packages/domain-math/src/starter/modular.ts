import { between, pick, type RandomStream, sample } from '@taskspace/core';
import { atLevel, drawUntil } from './draw.ts';
import type { Family } from './family.ts';
import { gcd, PRIMES, powerResidue, residue } from './integers.ts';
import { list, worked } from './latex.ts';

/** Remainders of large powers, by the period of the powers. */
export const powerRemainder: Family = {
  name: 'power-remainder',
  generate(level, random) {
    const draw = () => {
      const modulus =
        level === 1 ? 10 : pick(random, PRIMES.slice(2, atLevel(level, [0, 6, 9, 7, 7])));
      const base = drawUntil(
        () => between(random, 2, level === 1 ? 49 : 20),
        (candidate) => (level === 1 ? candidate % 10 > 1 : gcd(candidate, modulus) === 1),
      );
      const exponent = between(
        random,
        ...atLevel<[number, number]>(level, [
          [10, 99],
          [20, 200],
          [200, 3000],
          [20, 500],
          [2, 9],
        ]),
      );
      return { modulus, base, exponent };
    };
    const first = draw();
    const { modulus, base, exponent } = first;
    if (level <= 3) {
      const { steps, answer } = reducePower(base, exponent, modulus);
      return worked({
        key: `${base} ${exponent} ${modulus}`,
        text:
          modulus === 10
            ? pick(random, [
                `What is the units digit of $${base}^{${exponent}}$?`,
                `Find the last digit of $${base}^{${exponent}}$.`,
              ])
            : pick(random, [
                `What is the remainder when $${base}^{${exponent}}$ is divided by $${modulus}$?`,
                `Find the remainder of $${base}^{${exponent}}$ modulo $${modulus}$.`,
              ]),
        steps,
        answer,
      });
    }
    if (level === 4) {
      const second = drawUntil(draw, (other) => other.modulus === modulus && other.base !== base);
      const powers = [first, second].sort((p, q) => p.base - q.base);
      const reduced = powers.map((power) => reducePower(power.base, power.exponent, modulus));
      const [p, q] = reduced.map(({ answer }) => answer) as [number, number];
      const answer = (p + q) % modulus;
      const terms = powers.map((power) => `${power.base}^{${power.exponent}}`);
      return worked({
        key: `sum ${modulus} ${terms.join(' ')}`,
        text: `What is the remainder when $${terms.join(' + ')}$ is divided by $${modulus}$?`,
        steps: [
          ...reduced.flatMap(({ steps }) => steps),
          `Together: $${p} + ${q} \\equiv ${answer} \\pmod{${modulus}}$.`,
        ],
        answer,
      });
    }
    const inner = between(random, 2, 20);
    const period = powersOf(base, modulus).length;
    const reduced = powerResidue(inner, exponent, period);
    const small = reduced === 0 ? period : reduced;
    const answer = powerResidue(base, small, modulus);
    return worked({
      key: `tower ${base} ${inner} ${exponent} ${modulus}`,
      text: `What is the remainder when $${base}^{(${inner}^{${exponent}})}$ is divided by $${modulus}$?`,
      steps: [
        describePeriod(base, modulus),
        `The exponent matters modulo $${period}$: $${inner}^{${exponent}} \\equiv ${reduced} \\pmod{${period}}$.`,
        `So the remainder is that of $${base}^{${small}} \\equiv ${answer} \\pmod{${modulus}}$.`,
      ],
      answer,
    });
  },
};

/** Linear congruences in one unknown. */
export const linearCongruence: Family = {
  name: 'linear-congruence',
  generate(level, random) {
    const modulus = drawModulus(level, random);
    const a = drawUntil(
      () => between(random, 2, modulus - 1),
      (candidate) => gcd(candidate, modulus) === 1,
    );
    const right = between(random, 0, modulus - 1);
    const shift = level >= 3 ? between(random, 1, modulus - 1) : 0;
    // At level 5 everything is multiplied by a common factor first.
    const factor = level === 5 ? between(random, 2, 5) : 1;
    const target = residue(right - shift, modulus);
    const inverse = inverseOf(a, modulus);
    const answer = residue(inverse * target, modulus);
    const [A, S, R, M] = [a, shift, right, modulus].map((value) => value * factor) as [
      number,
      number,
      number,
      number,
    ];
    const left = `${A}x${S === 0 ? '' : ` + ${S}`}`;
    const steps: string[] = [];
    if (factor > 1) {
      steps.push(
        `Divide everything, the modulus too, by $${factor}$: $${a}x + ${shift} \\equiv ${right} \\pmod{${modulus}}$.`,
      );
    }
    if (shift > 0) {
      steps.push(
        `Move the constant: $${a}x \\equiv ${target} \\pmod{${modulus}}$, because $${right} - ${shift} \\equiv ${target} \\pmod{${modulus}}$.`,
      );
    }
    return worked({
      key: `${A} ${S} ${R} ${M}`,
      text: pick(random, [
        `Find the smallest integer $x \\ge 0$ with $${left} \\equiv ${R} \\pmod{${M}}$.`,
        `What is the least nonnegative integer $x$ that satisfies $${left} \\equiv ${R} \\pmod{${M}}$?`,
      ]),
      steps: [
        ...steps,
        `The inverse of $${a}$ is $${inverse}$, because $${a} \\cdot ${inverse} \\equiv 1 \\pmod{${modulus}}$.`,
        `So $x \\equiv ${inverse} \\cdot ${target} \\equiv ${answer} \\pmod{${modulus}}$.`,
      ],
      answer,
    });
  },
};

/** Simultaneous congruences with coprime moduli. */
export const chineseRemainder: Family = {
  name: 'chinese-remainder',
  generate(level, random) {
    const pool = atLevel(level, [
      [3, 4, 5, 7, 8, 9, 11],
      [5, 7, 8, 9, 11, 13, 16, 17],
      [3, 4, 5, 7, 11],
      [5, 7, 8, 9, 11, 13],
      [7, 8, 9, 11, 13, 17],
    ]);
    const moduli = drawUntil(
      () => sample(random, level <= 2 ? 2 : 3, pool).sort((a, b) => a - b),
      (chosen) => chosen.every((m, i) => chosen.every((n, j) => i === j || gcd(m, n) === 1)),
    );
    const remainders = moduli.map((modulus) => between(random, 0, modulus - 1));
    const conditions = moduli.map(
      (modulus, index) => `remainder $${remainders[index]}$ when divided by $${modulus}$`,
    );
    const steps: string[] = [];
    let [solution, step] = [remainders[0]!, moduli[0]!];
    for (const [index, modulus] of moduli.entries()) {
      if (index === 0) continue;
      const wanted = remainders[index]!;
      const from = solution;
      let count = 0;
      while (solution % modulus !== wanted) {
        solution += step;
        count++;
      }
      steps.push(
        `Numbers $${from} + ${step}k$ satisfy what came before; $k = ${count}$ is the first with remainder $${wanted}$ modulo $${modulus}$: $${from} + ${step} \\cdot ${count} = ${solution}$.`,
      );
      step *= modulus;
    }
    return worked({
      key: moduli.map((modulus, index) => `${remainders[index]} ${modulus}`).join(' '),
      text: pick(random, [
        `Find the smallest nonnegative integer that leaves ${list(conditions)}.`,
        `What is the least integer $n \\ge 0$ that leaves ${list(conditions)}?`,
      ]),
      steps,
      answer: solution,
    });
  },
};

function drawModulus(level: 1 | 2 | 3 | 4 | 5, random: RandomStream): number {
  if (level <= 2) return pick(random, PRIMES.slice(level === 1 ? 2 : 5, level === 1 ? 8 : 15));
  return between(
    random,
    ...atLevel<[number, number]>(level, [
      [0, 0],
      [0, 0],
      [9, 40],
      [30, 120],
      [10, 60],
    ]),
  );
}

function inverseOf(a: number, modulus: number): number {
  let inverse = 1;
  while ((a * inverse) % modulus !== 1) inverse++;
  return inverse;
}

/** The residues of base^1, base^2, … until they repeat; the period is pure for the moduli used here. */
function powersOf(base: number, modulus: number): readonly number[] {
  const powers = [base % modulus];
  for (;;) {
    const next = (powers.at(-1)! * base) % modulus;
    if (next === powers[0]) return powers;
    powers.push(next);
  }
}

function describePeriod(base: number, modulus: number): string {
  const powers = powersOf(base, modulus);
  return `Modulo $${modulus}$ the powers of $${base}$ are ${powers.join(', ')}, and then repeat with period $${powers.length}$.`;
}

function reducePower(base: number, exponent: number, modulus: number) {
  const powers = powersOf(base, modulus);
  const period = powers.length;
  const quotient = Math.floor((exponent - 1) / period);
  const small = exponent - quotient * period;
  const answer = powers[small - 1]!;
  return {
    answer,
    steps: [
      describePeriod(base, modulus),
      `$${exponent} = ${quotient} \\cdot ${period} + ${small}$.`,
      `So $${base}^{${exponent}} \\equiv ${base}^{${small}} \\equiv ${answer} \\pmod{${modulus}}$.`,
    ],
  };
}
