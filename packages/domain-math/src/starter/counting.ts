import { between, pick, sample } from '@taskspace/core';
import { atLevel, distinct, drawUntil } from './draw.ts';
import type { Family } from './family.ts';
import { binomial, factorial, gcd, lcm } from './integers.ts';
import { list, quotient, worked } from './latex.ts';

/** Choosing groups of people under conditions. */
export const committees: Family = {
  name: 'committees',
  generate(level, random) {
    const women = between(
      random,
      ...atLevel<[number, number]>(level, [
        [5, 40],
        [3, 10],
        [3, 10],
        [4, 10],
        [4, 12],
      ]),
    );
    const men = between(random, 3, 10);
    const size = between(random, 3, 5);
    const choose = (n: number, k: number) => `\\binom{${n}}{${k}}`;
    if (level === 1) {
      const count = between(random, 2, Math.min(4, women - 2));
      const answer = binomial(women, count);
      const context = pick(random, CHOICES);
      return worked({
        key: `${women} ${count}`,
        text: context(women, count),
        steps: [`Order does not matter: $${choose(women, count)} = ${answer}$.`],
        answer,
      });
    }
    if (level === 2) {
      const [w, m] = [between(random, 1, Math.min(4, women)), between(random, 1, Math.min(4, men))];
      const [a, b] = [binomial(women, w), binomial(men, m)];
      return worked({
        key: `${women} ${w} ${men} ${m}`,
        text: pick(random, [
          `A committee of $${w}$ women and $${m}$ men is chosen from $${women}$ women and $${men}$ men. How many committees are possible?`,
          `From $${women}$ women and $${men}$ men, in how many ways can $${w}$ women and $${m}$ men be chosen?`,
        ]),
        steps: [
          `The women: $${choose(women, w)} = ${a}$. The men: $${choose(men, m)} = ${b}$.`,
          `Choices multiply: $${a} \\cdot ${b} = ${a * b}$.`,
        ],
        answer: a * b,
      });
    }
    const all = binomial(women + men, size);
    const total = `All committees: $${choose(women + men, size)} = ${all}$.`;
    const none = binomial(men, size);
    const group = `A committee of $${size}$ is chosen from $${women}$ women and $${men}$ men.`;
    if (level === 3) {
      return worked({
        key: `one ${women} ${men} ${size}`,
        text: `${group} How many committees contain at least one woman?`,
        steps: [
          total,
          `Without women: $${choose(men, size)} = ${none}$.`,
          `At least one woman: $${all} - ${none} = ${all - none}$.`,
        ],
        answer: all - none,
      });
    }
    if (level === 4) {
      const one = women * binomial(men, size - 1);
      return worked({
        key: `two ${women} ${men} ${size}`,
        text: `${group} How many committees contain at least two women?`,
        steps: [
          total,
          `Without women: $${choose(men, size)} = ${none}$.`,
          `With one woman: $${women} \\cdot ${choose(men, size - 1)} = ${one}$.`,
          `At least two women: $${all} - ${none} - ${one} = ${all - none - one}$.`,
        ],
        answer: all - none - one,
      });
    }
    const both = binomial(women + men - 2, size - 2);
    // A committee without women cannot hold them both, so nothing is taken off twice.
    const feud = all - none - both;
    return worked({
      key: `feud ${women} ${men} ${size}`,
      text: `${group} It must contain at least one woman, and two of the women, Ann and Eve, refuse to serve together. How many committees are possible?`,
      steps: [
        total,
        `Without women: $${choose(men, size)} = ${none}$.`,
        `With both Ann and Eve: $${choose(women + men - 2, size - 2)} = ${both}$.`,
        `The rest: $${all} - ${none} - ${both} = ${feud}$.`,
      ],
      answer: feud,
    });
  },
};

/** Orders of letters, some equal or bound together. */
export const arrangements: Family = {
  name: 'arrangements',
  generate(level, random) {
    const letters = sample(
      random,
      between(
        random,
        ...atLevel<[number, number]>(level, [
          [4, 7],
          [3, 4],
          [5, 8],
          [5, 8],
          [5, 8],
        ]),
      ),
      LETTERS,
    );
    const n = letters.length;
    const word = letters.join('');
    const key = `${level} ${[...letters].sort().join('')}`;
    if (level === 1) {
      return worked({
        key,
        text: pick(random, [
          `In how many ways can the letters of ${word} be arranged?`,
          `How many different strings can be made with all letters of ${word}?`,
        ]),
        steps: [`All $${n}$ letters differ: $${n}! = ${factorial(n)}$.`],
        answer: factorial(n),
      });
    }
    if (level === 2) {
      const counts = drawUntil(
        () => letters.map(() => between(random, 1, 3)),
        (counts) => Math.max(...counts) > 1,
      );
      const total = counts.reduce((sum, count) => sum + count, 0);
      const answer = counts.reduce(
        (product, count) => product / factorial(count),
        factorial(total),
      );
      const spelled = letters.flatMap((letter, index) =>
        Array<string>(counts[index]!).fill(letter),
      );
      const repeated = counts.filter((count) => count > 1).map((count) => `${count}!`);
      return worked({
        key: `${level} ${spelled.sort().join('')}`,
        text: `How many different strings can be made with all letters of ${sample(random, total, spelled).join('')}?`,
        steps: [
          `There are $${total}$ letters, $${total}! = ${factorial(total)}$.`,
          `Equal letters can swap: $${quotient(`${total}!`, repeated.join(' \\cdot '), answer)}$.`,
        ],
        answer,
      });
    }
    const [first, second, third] = [...letters].sort() as [string, string, string];
    const together = 2 * factorial(n - 1);
    const pair = `Glue ${first} and ${second} together, in two orders: $2 \\cdot ${n - 1}! = ${together}$.`;
    if (level === 3) {
      return worked({
        key: `${key} ${first}${second}`,
        text: `In how many arrangements of the letters of ${word} do ${first} and ${second} stand next to each other?`,
        steps: [pair],
        answer: together,
      });
    }
    if (level === 4) {
      const answer = factorial(n) - together;
      return worked({
        key: `${key} ${first}${second}`,
        text: `In how many arrangements of the letters of ${word} do ${first} and ${second} not stand next to each other?`,
        steps: [
          `All arrangements: $${n}! = ${factorial(n)}$.`,
          pair,
          `Apart: $${factorial(n)} - ${together} = ${answer}$.`,
        ],
        answer,
      });
    }
    const answer = factorial(n) / 6;
    return worked({
      key: `${key} ${first}${second}${third}`,
      text: `In how many arrangements of the letters of ${word} does ${first} stand somewhere before ${second}, and ${second} somewhere before ${third}?`,
      steps: [
        `All arrangements: $${n}! = ${factorial(n)}$.`,
        `The three letters come in $3! = 6$ orders, equally often: $${quotient(factorial(n), 6, answer)}$.`,
      ],
      answer,
    });
  },
};

/** Shortest paths on a grid, through points or around them. */
export const gridPaths: Family = {
  name: 'grid-paths',
  generate(level, random) {
    const high = atLevel(level, [16, 7, 7, 7, 9]);
    const [right, up] = [between(random, 2, high), between(random, 2, high)];
    const paths = (dx: number, dy: number) => binomial(dx + dy, dx);
    const count = (dx: number, dy: number) => `\\binom{${dx + dy}}{${dx}} = ${paths(dx, dy)}`;
    const all = paths(right, up);
    const walk = pick(random, [
      `A path on the grid goes from $(0, 0)$ to $(${right}, ${up})$ by unit steps to the right or up.`,
      `An ant walks from $(0, 0)$ to $(${right}, ${up})$; every step adds 1 to one of its coordinates.`,
    ]);
    const key = `${level} ${right} ${up}`;
    if (level === 1) {
      return worked({
        key: `1 ${Math.min(right, up)} ${Math.max(right, up)}`,
        text: `${walk} How many paths are there?`,
        steps: [
          `Choose which of the $${right} + ${up} = ${right + up}$ steps go right: $${count(right, up)}$.`,
        ],
        answer: all,
      });
    }
    const [x, y] = drawUntil(
      () => [between(random, 0, right), between(random, 0, up)] as const,
      ([x, y]) => x + y > 0 && x + y < right + up - (level >= 4 ? 1 : 0),
    );
    const through = paths(x, y) * paths(right - x, up - y);
    const throughStep = `Through $(${x}, ${y})$: $${count(x, y)}$ ways to it and $${count(right - x, up - y)}$ from it, $${paths(x, y)} \\cdot ${paths(right - x, up - y)} = ${through}$.`;
    if (level === 2) {
      return worked({
        key: `${key} ${x} ${y}`,
        text: `${walk} How many paths pass through $(${x}, ${y})$?`,
        steps: [throughStep],
        answer: through,
      });
    }
    const allStep = `All paths: $${count(right, up)}$.`;
    if (level === 3) {
      return worked({
        key: `${key} ${x} ${y}`,
        text: `${walk} How many paths do not pass through $(${x}, ${y})$?`,
        steps: [allStep, throughStep, `The rest: $${all} - ${through} = ${all - through}$.`],
        answer: all - through,
      });
    }
    // A second point further on: through it but not the first, or through neither.
    const [p, q] = drawUntil(
      () => [between(random, x, right), between(random, y, up)] as const,
      ([p, q]) => p + q > x + y && p + q < right + up,
    );
    const second = paths(p, q) * paths(right - p, up - q);
    const both = paths(x, y) * paths(p - x, q - y) * paths(right - p, up - q);
    const secondStep = `Through $(${p}, ${q})$: $${count(p, q)}$ ways to it and $${count(right - p, up - q)}$ from it, $${paths(p, q)} \\cdot ${paths(right - p, up - q)} = ${second}$.`;
    const bothStep = `Through both: $${paths(x, y)} \\cdot ${paths(p - x, q - y)} \\cdot ${paths(right - p, up - q)} = ${both}$.`;
    if (level === 4) {
      return worked({
        key: `${key} ${x} ${y} ${p} ${q}`,
        text: `${walk} How many paths pass through $(${p}, ${q})$ but not through $(${x}, ${y})$?`,
        steps: [secondStep, bothStep, `The rest: $${second} - ${both} = ${second - both}$.`],
        answer: second - both,
      });
    }
    const neither = all - through - second + both;
    return worked({
      key: `${key} ${x} ${y} ${p} ${q}`,
      text: `${walk} How many paths pass through neither $(${x}, ${y})$ nor $(${p}, ${q})$?`,
      steps: [
        allStep,
        throughStep,
        secondStep,
        bothStep,
        `Neither: $${all} - ${through} - ${second} + ${both} = ${neither}$.`,
      ],
      answer: neither,
    });
  },
};

/** Counting integers by what divides them. */
export const inclusionExclusion: Family = {
  name: 'inclusion-exclusion',
  generate(level, random) {
    const n = between(
      random,
      ...atLevel<[number, number]>(level, [
        [100, 999],
        [50, 400],
        [100, 999],
        [100, 1000],
        [100, 2000],
      ]),
    );
    const highest = level >= 4 ? 10 : 15;
    const divisors = drawUntil(
      () => distinct(random, atLevel(level, [1, 2, 2, 3, 3]), level === 1 ? 3 : 2, highest),
      (chosen) =>
        chosen.every((a, i) => chosen.every((b, j) => i === j || b % a !== 0)) &&
        (level !== 3 || gcd(chosen[0]!, chosen[1]!) > 1),
    );
    const [a, b, c] = divisors as [number, number, number];
    const count = (divisor: number) => Math.floor(n / divisor);
    const say = (divisor: number) =>
      `Divisible by $${divisor}$: $\\lfloor \\frac{${n}}{${divisor}} \\rfloor = ${count(divisor)}$.`;
    const range = pick(random, [
      `How many integers from $1$ to $${n}$ are`,
      `Among the first $${n}$ positive integers, how many are`,
    ]);
    const key = `${level} ${n} ${divisors.join(' ')}`;
    if (level === 1) {
      const rest = n - count(a);
      return worked({
        key,
        text: `${range} not divisible by $${a}$?`,
        steps: [say(a), `The others: $${n} - ${count(a)} = ${rest}$.`],
        answer: rest,
      });
    }
    if (level <= 3) {
      const both = lcm(a, b);
      const either = count(a) + count(b) - count(both);
      return worked({
        key,
        text: `${range} divisible by $${a}$ or by $${b}$ (or both)?`,
        steps: [
          say(a),
          say(b),
          `Divisible by both means by $${both}$. ${say(both)}`,
          `$${count(a)} + ${count(b)} - ${count(both)} = ${either}$.`,
        ],
        answer: either,
      });
    }
    const pairs = [lcm(a, b), lcm(a, c), lcm(b, c)] as const;
    const triple = lcm(pairs[0], c);
    const singles = [a, b, c].map(count);
    const doubles = pairs.map(count);
    const union = sum(singles) - sum(doubles) + count(triple);
    const steps = [
      ...[a, b, c].map(say),
      `Together: $${singles.join(' + ')} = ${sum(singles)}$.`,
      `Divisible by two of them: $\\lfloor \\frac{${n}}{${pairs[0]}} \\rfloor + \\lfloor \\frac{${n}}{${pairs[1]}} \\rfloor + \\lfloor \\frac{${n}}{${pairs[2]}} \\rfloor = ${sum(doubles)}$.`,
      `Divisible by all three: $\\lfloor \\frac{${n}}{${triple}} \\rfloor = ${count(triple)}$.`,
    ];
    const numbers = list([a, b, c].map((divisor) => `$${divisor}$`));
    if (level === 4) {
      return worked({
        key,
        text: `${range} divisible by at least one of ${numbers}?`,
        steps: [...steps, `$${sum(singles)} - ${sum(doubles)} + ${count(triple)} = ${union}$.`],
        answer: union,
      });
    }
    const exactlyOne = sum(singles) - 2 * sum(doubles) + 3 * count(triple);
    return worked({
      key,
      text: `${range} divisible by exactly one of ${numbers}?`,
      steps: [
        ...steps,
        `Take off twice what two of them share, and add three times what all of them share: $${sum(singles)} - 2 \\cdot ${sum(doubles)} + 3 \\cdot ${count(triple)} = ${exactlyOne}$.`,
      ],
      answer: exactlyOne,
    });
  },
};

/** Whole solutions of x_1 + … + x_k = n under bounds. */
export const integerSolutions: Family = {
  name: 'integer-solutions',
  generate(level, random) {
    const k = between(random, 3, level <= 2 ? 6 : 5);
    const n = between(
      random,
      ...atLevel<[number, number]>(level, [
        [5, 90],
        [10, 99],
        [20, 50],
        [10, 40],
        [12, 40],
      ]),
    );
    const variables = Array.from({ length: k }, (_, index) => `x_${index + 1}`);
    const sumOf = variables.join(' + ');
    const stars = (total: number, parts: number) => binomial(total + parts - 1, parts - 1);
    const show = (total: number, parts: number) =>
      `\\binom{${total} + ${parts} - 1}{${parts} - 1} = ${stars(total, parts)}`;
    if (level === 1) {
      return worked({
        key: `0 ${k} ${n}`,
        text: pick(random, [
          `How many solutions in nonnegative integers has $${sumOf} = ${n}$?`,
          `In how many ways can $${n}$ equal coins be given to $${k}$ children, if a child may get none?`,
        ]),
        steps: [`Place $${k} - 1 = ${k - 1}$ bars among the units: $${show(n, k)}$.`],
        answer: stars(n, k),
      });
    }
    if (level === 2) {
      return worked({
        key: `1 ${k} ${n}`,
        text: pick(random, [
          `How many solutions in positive integers has $${sumOf} = ${n}$?`,
          `In how many ways can $${n}$ equal coins be given to $${k}$ children, if each gets at least one?`,
        ]),
        steps: [
          `Give every unknown 1 first; $${n} - ${k} = ${n - k}$ is left.`,
          `$${show(n - k, k)}$.`,
        ],
        answer: stars(n - k, k),
      });
    }
    if (level === 3) {
      const least = variables.map(() => between(random, 0, 4)).sort((a, b) => a - b);
      const left = n - sum(least);
      const bounds = variables.map((variable, index) => `$${variable} \\ge ${least[index]}$`);
      return worked({
        key: `least ${least.join(' ')} ${n}`,
        text: `How many integer solutions has $${sumOf} = ${n}$ with ${list(bounds)}?`,
        steps: [
          `Take the bounds off: $${n} - (${least.join(' + ')}) = ${left}$ is left.`,
          `$${show(left, k)}$.`,
        ],
        answer: stars(left, k),
      });
    }
    if (level === 4) {
      const least = between(random, 0, 2);
      const left = n - k * least;
      return worked({
        key: `at most ${k} ${least} ${n}`,
        text: `How many integer solutions has $${sumOf} \\le ${n}$ with every unknown at least $${least}$?`,
        steps: [
          `Take the bounds off: $${n} - ${k} \\cdot ${least} = ${left}$ is left.`,
          `A further unknown for what is missing makes $${k} + 1 = ${k + 1}$: $${show(left, k + 1)}$.`,
        ],
        answer: stars(left, k + 1),
      });
    }
    const most = between(random, 4, Math.floor(n / 2));
    const over = n - most - 1;
    const answer = stars(n, k) - stars(over, k);
    return worked({
      key: `most ${k} ${most} ${n}`,
      text: `How many solutions in nonnegative integers has $${sumOf} = ${n}$ with $x_1 \\le ${most}$?`,
      steps: [
        `Without the bound: $${show(n, k)}$.`,
        `With $x_1 \\ge ${most + 1}$, $${n} - ${most + 1} = ${over}$ is left: $${show(over, k)}$.`,
        `$${stars(n, k)} - ${stars(over, k)} = ${answer}$.`,
      ],
      answer,
    });
  },
};

const LETTERS: readonly string[] = [...'ABCDEFGHJKLMNPQRSTUVWXYZ'];

const CHOICES: readonly ((n: number, k: number) => string)[] = [
  (n, k) => `In how many ways can $${k}$ books be chosen from $${n}$ different books?`,
  (n, k) => `A club has $${n}$ members. How many committees of $${k}$ members are possible?`,
  (n, k) => `How many subsets with $${k}$ elements does a set of $${n}$ elements have?`,
];

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
