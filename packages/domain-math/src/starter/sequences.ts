import { between, pick } from '@taskspace/core';
import { atLevel, drawUntil } from './draw.ts';
import type { Family } from './family.ts';
import { gcd } from './integers.ts';
import { fraction, operand, plus, quotient, worked } from './latex.ts';

/** Arithmetic progressions and their sums. */
export const arithmeticSeries: Family = {
  name: 'arithmetic-series',
  generate(level, random) {
    const a = between(random, -20, 40);
    const d = drawUntil(
      () => between(random, -9, 12),
      (d) => d !== 0,
    );
    const n = between(random, 8, atLevel(level, [40, 60, 60, 0, 40]) || 60);
    const last = a + (n - 1) * d;
    const sum = (n * (a + last)) / 2;
    const shown = `${a}, ${a + d}, ${a + 2 * d}, \\ldots`;
    const lastStep = `The ${ordinal(n)} term is $${operand(a)} + (${n} - 1) \\cdot ${operand(d)} = ${last}$.`;
    if (level === 1) {
      return worked({
        key: `term ${a} ${d} ${n}`,
        text: pick(random, [
          `What is the ${ordinal(n)} term of the arithmetic sequence $${shown}$?`,
          `An arithmetic sequence begins $${shown}$. Find its ${ordinal(n)} term.`,
        ]),
        steps: [`The common difference is $${operand(a + d)} - ${operand(a)} = ${d}$.`, lastStep],
        answer: last,
      });
    }
    if (level === 2) {
      return worked({
        key: `sum ${a} ${d} ${n}`,
        text: pick(random, [
          `Find the sum of the first $${n}$ terms of the arithmetic sequence $${shown}$.`,
          `The arithmetic sequence $${shown}$ is given. What do its first $${n}$ terms add up to?`,
        ]),
        steps: [
          `The common difference is $${operand(a + d)} - ${operand(a)} = ${d}$.`,
          lastStep,
          `The sum is $${quotient(`${n} \\cdot (${operand(a)} + ${operand(last)})`, 2, sum)}$.`,
        ],
        answer: sum,
      });
    }
    if (level === 3) {
      const [i, j, k] = [between(random, 2, 9), between(random, 10, 20), between(random, 21, 60)];
      const at = (index: number) => a + (index - 1) * d;
      return worked({
        key: `${i} ${at(i)} ${j} ${at(j)} ${k}`,
        text: `The ${ordinal(i)} term of an arithmetic sequence is $${at(i)}$ and the ${ordinal(j)} term is $${at(j)}$. What is the ${ordinal(k)} term?`,
        steps: [
          `The common difference is $${quotient(`${at(j)} - ${operand(at(i))}`, `${j} - ${i}`, d)}$.`,
          `The ${ordinal(k)} term is $${operand(at(j))} + (${k} - ${j}) \\cdot ${operand(d)} = ${at(k)}$.`,
        ],
        answer: at(k),
      });
    }
    if (level === 4) {
      const m = between(random, 3, 19);
      const low = between(random, 10, 200);
      const high = low + between(random, 5 * m, 400);
      const [first, final] = [Math.ceil(low / m) * m, Math.floor(high / m) * m];
      const count = (final - first) / m + 1;
      const total = (count * (first + final)) / 2;
      return worked({
        key: `multiples ${m} ${first} ${final}`,
        text: `What is the sum of all multiples of $${m}$ from $${low}$ to $${high}$, both included?`,
        steps: [
          `The first is $${first}$ and the last is $${final}$.`,
          `There are $\\frac{${final} - ${first}}{${m}} + 1 = ${count}$ of them.`,
          `The sum is $${quotient(`${count} \\cdot (${first} + ${final})`, 2, total)}$.`,
        ],
        answer: total,
      });
    }
    return worked({
      key: `difference ${a} ${n} ${sum}`,
      text: `The first term of an arithmetic sequence is $${a}$ and its first $${n}$ terms have the sum $${sum}$. Find the common difference.`,
      steps: [
        `The last of them is $\\frac{2 \\cdot ${operand(sum)}}{${n}} - ${operand(a)} = ${last}$.`,
        `The common difference is $${quotient(`${last} - ${operand(a)}`, `${n} - 1`, d)}$.`,
      ],
      answer: d,
    });
  },
};

/** Geometric progressions, finite and infinite sums. */
export const geometricSeries: Family = {
  name: 'geometric-series',
  generate(level, random) {
    const a = between(random, 1, 30);
    if (level <= 2) {
      const r = pick(random, [-3, -2, 2, 3, 4, 5]);
      const n = between(random, 4, Math.abs(r) <= 3 ? 9 : 6);
      const shown = `${a}, ${a * r}, ${a * r * r}, \\ldots`;
      const last = a * r ** (n - 1);
      if (level === 1) {
        return worked({
          key: `term ${a} ${r} ${n}`,
          text: `What is the ${ordinal(n)} term of the geometric sequence $${shown}$?`,
          steps: [
            `The common ratio is $${quotient(a * r, a, r)}$.`,
            `The ${ordinal(n)} term is $${a} \\cdot ${operand(r)}^{${n - 1}} = ${last}$.`,
          ],
          answer: last,
        });
      }
      const sum = (a * (r ** n - 1)) / (r - 1);
      return worked({
        key: `sum ${a} ${r} ${n}`,
        text: `Find the sum of the first $${n}$ terms of the geometric sequence $${shown}$.`,
        steps: [
          `The common ratio is $${quotient(a * r, a, r)}$.`,
          `$${operand(r)}^{${n}} = ${r ** n}$.`,
          `The sum is $${a} \\cdot \\frac{${r ** n} - 1}{${r} - 1} = ${sum}$.`,
        ],
        answer: sum,
      });
    }
    const { p, q } = drawUntil(
      () => ({
        p: drawUntil(
          () => between(random, -9, 9),
          (p) => p !== 0,
        ),
        q: between(random, 2, 12),
      }),
      ({ p, q }) => Math.abs(p) < q && gcd(p, q) === 1,
    );
    const ratio = fraction(p, q);
    const total = fraction(a * q, q - p);
    if (level === 3) {
      return worked({
        key: `infinite ${a} ${ratio}`,
        text: pick(random, [
          `An infinite geometric series has first term $${a}$ and common ratio $${ratio}$. What is its sum?`,
          `Find the sum of the infinite geometric series with first term $${a}$ and ratio $${ratio}$.`,
        ]),
        steps: [
          `The sum is the first term over one minus the ratio: $1 - ${ratio.startsWith('-') ? `(${ratio})` : ratio} = ${fraction(q - p, q)}$.`,
          `$${quotient(`${a} \\cdot ${q}`, q - p, total)}$.`,
        ],
        answer: total,
      });
    }
    if (level === 4) {
      return worked({
        key: `ratio ${a} ${total}`,
        text: `An infinite geometric series has first term $${a}$ and sum $${total}$. What is the common ratio?`,
        steps: [
          `One minus the ratio is the first term over the sum, $${quotient(`${a} \\cdot ${q - p}`, a * q, fraction(q - p, q))}$.`,
          `The ratio is $1 - ${fraction(q - p, q)} = ${ratio}$.`,
        ],
        answer: ratio,
      });
    }
    const squares = fraction(a * a * q * q, q * q - p * p);
    return worked({
      key: `squares ${a} ${total}`,
      text: `An infinite geometric series has first term $${a}$ and sum $${total}$. What is the sum of the squares of its terms?`,
      steps: [
        `One minus the ratio is $${quotient(`${a} \\cdot ${q - p}`, a * q, fraction(q - p, q))}$, so the ratio is $1 - ${fraction(q - p, q)} = ${ratio}$.`,
        `The squares start at $${a}^2 = ${a * a}$ and have the ratio $${fraction(p * p, q * q)}$.`,
        `Their sum is $${quotient(`${a * a} \\cdot ${q * q}`, `${q * q} - ${p * p}`, squares)}$.`,
      ],
      answer: squares,
    });
  },
};

/** Terms of sequences given by a rule. */
export const recurrence: Family = {
  name: 'recurrence',
  generate(level, random) {
    if (level === 5) {
      // a -> 1 / (1 - a) has period three.
      const { p, q } = drawUntil(
        () => ({ p: between(random, -9, 15), q: between(random, 2, 15) }),
        ({ p, q }) => p !== 0 && p !== q && gcd(p, q) === 1,
      );
      const index = between(random, 50, 2100);
      const cycle = [fraction(p, q), fraction(q, q - p), fraction(q - p, -p)];
      const place = (index - 1) % 3;
      return worked({
        key: `period ${p} ${q} ${index}`,
        text: `A sequence has $a_1 = ${cycle[0]}$ and $a_{n+1} = \\frac{1}{1 - a_n}$ for $n \\ge 1$. Find $a_{${index}}$.`,
        steps: [
          `$a_2 = ${cycle[1]}$, $a_3 = ${cycle[2]}$ and $a_4 = ${cycle[0]}$ again: the period is 3.`,
          `$${index} = 3 \\cdot ${Math.floor((index - 1) / 3)} + ${place + 1}$, so $a_{${index}} = a_{${place + 1}}$.`,
        ],
        answer: cycle[place]!,
      });
    }
    if (level === 4) {
      // a_{n+1} = a_n + c n
      const [first, c, index] = [
        between(random, -20, 40),
        between(random, 2, 12),
        between(random, 12, 80),
      ];
      const pairs = (index * (index - 1)) / 2;
      const answer = first + c * pairs;
      return worked({
        key: `growing ${first} ${c} ${index}`,
        text: `A sequence has $a_1 = ${first}$ and $a_{n+1} = a_n + ${c}n$ for $n \\ge 1$. Find $a_{${index}}$.`,
        steps: [
          `Add the differences: $1 + 2 + \\ldots + ${index - 1}$ is $${quotient(`${index - 1} \\cdot ${index}`, 2, pairs)}$.`,
          `So the term is $${operand(first)} + ${c} \\cdot ${pairs} = ${answer}$.`,
        ],
        answer,
      });
    }
    const [p, q] = [
      between(random, 1, 3),
      drawUntil(
        () => between(random, -6, 9),
        (q) => q !== 0,
      ),
    ];
    const index = between(random, 4, atLevel(level, [5, 7, 8, 0, 0]));
    const terms = [between(random, -4, 9), between(random, 1, 9)].slice(0, level === 3 ? 2 : 1);
    const start = [...terms];
    const steps: string[] = [];
    const P = p === 1 ? '' : `${p}`;
    const second = Math.abs(q) === 1 ? '' : `${Math.abs(q)}`;
    while (terms.length < index) {
      const [before, current] = [terms.at(-2) ?? 0, terms.at(-1)!];
      const next = level === 3 ? p * current + q * before : (p + 1) * current + q;
      const shown =
        level === 3
          ? `${p} \\cdot ${operand(current)} + ${operand(q)} \\cdot ${operand(before)}`
          : `${p + 1} \\cdot ${operand(current)} + ${operand(q)}`;
      terms.push(next);
      steps.push(`$a_{${terms.length}} = ${shown} = ${next}$.`);
    }
    const rule =
      level === 3
        ? `a_{n+2} = ${P}a_{n+1} ${q < 0 ? '-' : '+'} ${second}a_n`
        : `a_{n+1} = ${p + 1}a_n${plus(q)}`;
    const given = start.map((term, place) => `a_${place + 1} = ${term}`).join(', ');
    return worked({
      key: `${rule}; ${given}; ${index}`,
      text: pick(random, [
        `A sequence is defined by $${given}$ and $${rule}$ for $n \\ge 1$. What is $a_{${index}}$?`,
        `Let $${given}$, and $${rule}$ for all $n \\ge 1$. Find $a_{${index}}$.`,
      ]),
      steps,
      answer: terms[index - 1]!,
    });
  },
};

function ordinal(n: number): string {
  const teen = n % 100 >= 11 && n % 100 <= 13;
  const ending = teen ? 'th' : (['th', 'st', 'nd', 'rd'][n % 10] ?? 'th');
  return `${n}${ending}`;
}
