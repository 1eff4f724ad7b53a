import { between, pick } from '@taskspace/core';
import { atLevel, drawUntil } from './draw.ts';
import type { Family } from './family.ts';
import { binomial } from './integers.ts';
import { fraction, quotient, worked } from './latex.ts';

/** Dice with any number of faces. */
export const dice: Family = {
  name: 'dice',
  generate(level, random) {
    if (level === 4) {
      const [faces, rolls] = [between(random, 6, 20), between(random, 2, 4)];
      const largest = between(random, 2, faces - 1);
      const [below, upTo, all] = [(largest - 1) ** rolls, largest ** rolls, faces ** rolls];
      const answer = fraction(upTo - below, all);
      return worked({
        key: `largest ${faces} ${rolls} ${largest}`,
        text: `A fair die with faces 1 to $${faces}$ is rolled $${rolls}$ times. What is the probability that the largest number rolled is exactly $${largest}$?`,
        steps: [
          `All rolls at most ${largest}: $${largest}^{${rolls}} = ${upTo}$ outcomes. All at most ${largest - 1}: $${largest - 1}^{${rolls}} = ${below}$.`,
          `Exactly ${largest}: $${upTo} - ${below} = ${upTo - below}$ of $${faces}^{${rolls}} = ${all}$.`,
          `$${quotient(upTo - below, all, answer)}$.`,
        ],
        answer,
      });
    }
    const high = atLevel(level, [12, 12, 12, 0, 8]);
    const faces = Array.from({ length: level === 3 || level === 5 ? 3 : 2 }, () =>
      between(random, 4, high),
    ).sort((a, b) => a - b);
    const [p, q, r] = [faces[0]!, faces[1]!, faces[2] ?? 0];
    const all = faces.reduce((product, face) => product * face, 1);
    const rolled =
      faces.length === 2
        ? pick(random, [
            `A fair die with faces 1 to $${p}$ and one with faces 1 to $${q}$ are rolled.`,
            `One fair die has the faces 1 to $${p}$, another the faces 1 to $${q}$. Both are rolled.`,
          ])
        : `Three fair dice are rolled; their faces are numbered 1 to $${p}$, 1 to $${q}$ and 1 to $${r}$.`;
    const outcomes = `There are $${faces.join(' \\cdot ')} = ${all}$ outcomes.`;
    if (level === 3) {
      const odd = faces.map((face) => Math.ceil(face / 2));
      const allOdd = odd.reduce((product, count) => product * count, 1);
      const answer = fraction(all - allOdd, all);
      return worked({
        key: `even ${faces.join(' ')}`,
        text: `${rolled} What is the probability that the product of the numbers is even?`,
        steps: [
          outcomes,
          `The product is odd when all numbers are odd: $${odd.join(' \\cdot ')} = ${allOdd}$ outcomes.`,
          `$1 - \\frac{${allOdd}}{${all}} = ${answer}$.`,
        ],
        answer,
      });
    }
    const total = between(random, faces.length + 1, p + q + r - 1);
    const pairs = (sum: number) => {
      let count = 0;
      for (let first = 1; first <= p; first++) if (sum - first >= 1 && sum - first <= q) count++;
      return count;
    };
    if (level === 5) {
      const counts = Array.from({ length: r }, (_, index) => pairs(total - index - 1));
      const favourable = counts.reduce((sum, count) => sum + count, 0);
      const answer = fraction(favourable, all);
      return worked({
        key: `sum ${faces.join(' ')} ${total}`,
        text: `${rolled} What is the probability that the sum is $${total}$?`,
        steps: [
          outcomes,
          `If the third die shows 1, 2, and so on to ${r}, the first two have ${counts.join(', ')} ways to make up the rest.`,
          `Together: $${counts.join(' + ')} = ${favourable}$.`,
          `$${quotient(favourable, all, answer)}$.`,
        ],
        answer,
      });
    }
    const sums = level === 1 ? [total] : range(total, p + q);
    const counts = sums.map(pairs);
    const favourable = counts.reduce((sum, count) => sum + count, 0);
    const answer = fraction(favourable, all);
    return worked({
      key: `${level === 1 ? 'sum' : 'at least'} ${faces.join(' ')} ${total}`,
      text: `${rolled} What is the probability that the sum is ${level === 1 ? '' : 'at least '}$${total}$?`,
      steps: [
        outcomes,
        level === 1
          ? `The sum ${total} comes up in ${favourable} of them.`
          : `The sums from ${total} to ${p + q} come up $${counts.join(' + ')} = ${favourable}$ times.`,
        `$${quotient(favourable, all, answer)}$.`,
      ],
      answer,
    });
  },
};

/** Balls drawn from an urn without putting them back. */
export const urnDraws: Family = {
  name: 'urn-draws',
  generate(level, random) {
    const high = atLevel(level, [30, 30, 30, 12, 9]);
    const [red, blue, green] = [
      between(random, 3, high),
      between(random, 3, high),
      between(random, 2, 9),
    ];
    const three = level >= 4;
    const total = red + blue + (three ? green : 0);
    const colours = three
      ? `$${red}$ red, $${blue}$ blue and $${green}$ green balls`
      : `$${red}$ red and $${blue}$ blue balls`;
    const urn = pick(random, [`An urn holds ${colours}.`, `A bag contains ${colours}.`]);
    const key = `${level} ${red} ${blue} ${three ? green : ''}`;
    if (level === 1) {
      const answer = fraction(red, total);
      return worked({
        key,
        text: `${urn} One ball is drawn at random. What is the probability that it is red?`,
        steps: [
          `There are $${red} + ${blue} = ${total}$ balls.`,
          `$${quotient(red, total, answer)}$.`,
        ],
        answer,
      });
    }
    const pairs = binomial(total, 2);
    const allPairs = `There are $\\binom{${total}}{2} = ${pairs}$ pairs.`;
    if (level === 2) {
      const answer = fraction(red * blue, pairs);
      return worked({
        key,
        text: `${urn} Two balls are drawn at random without replacement. What is the probability that their colors differ?`,
        steps: [
          allPairs,
          `Pairs of different colors: $${red} \\cdot ${blue} = ${red * blue}$.`,
          `$${quotient(red * blue, pairs, answer)}$.`,
        ],
        answer,
      });
    }
    if (level <= 4) {
      const counts = (three ? [red, blue, green] : [red, blue]).map((count) => binomial(count, 2));
      const same = counts.reduce((sum, count) => sum + count, 0);
      const answer = fraction(same, pairs);
      return worked({
        key,
        text: `${urn} Two balls are drawn at random without replacement. What is the probability that they have the same color?`,
        steps: [
          allPairs,
          `Pairs of one color: $${counts.join(' + ')} = ${same}$.`,
          `$${quotient(same, pairs, answer)}$.`,
        ],
        answer,
      });
    }
    const drawn = between(random, 3, 4);
    const atLeast = between(random, 1, 2);
    const all = binomial(total, drawn);
    const others = total - red;
    const none = binomial(others, drawn);
    const one = red * binomial(others, drawn - 1);
    const missing = atLeast === 1 ? none : none + one;
    const answer = fraction(all - missing, all);
    return worked({
      key: `${key} ${drawn} ${atLeast}`,
      text: `${urn} $${drawn}$ balls are drawn at random without replacement. What is the probability that at least ${atLeast === 1 ? 'one of them is' : 'two of them are'} red?`,
      steps: [
        `There are $\\binom{${total}}{${drawn}} = ${all}$ draws.`,
        `Without red: $\\binom{${others}}{${drawn}} = ${none}$.`,
        ...(atLeast === 1
          ? []
          : [
              `With one red: $${red} \\cdot \\binom{${others}}{${drawn - 1}} = ${one}$.`,
              `Fewer than two red: $${none} + ${one} = ${missing}$.`,
            ]),
        `$1 - \\frac{${missing}}{${all}} = ${answer}$.`,
      ],
      answer,
    });
  },
};

/** Independent repetitions with a rational chance. */
export const repeatedTrials: Family = {
  name: 'repeated-trials',
  generate(level, random) {
    const { p, q } = drawUntil(
      () => ({ p: between(random, 1, 14), q: between(random, 2, 15) }),
      ({ p, q }) => p < q && fraction(p, q) === `\\frac{${p}}{${q}}`,
    );
    const n = between(
      random,
      ...atLevel<[number, number]>(level, [
        [2, 4],
        [2, 5],
        [3, 5],
        [3, 6],
        [4, 6],
      ]),
    );
    const k = level === 4 ? between(random, 1, n - 1) : 2;
    const miss = q - p;
    const all = q ** n;
    const exactly = (count: number) => binomial(n, count) * p ** count * miss ** (n - count);
    const show = (count: number) =>
      `\\binom{${n}}{${count}} \\cdot ${p}^{${count}} \\cdot ${miss}^{${n - count}} = ${exactly(count)}`;
    const setting = pick(random, [
      `A player hits a target with probability $\\frac{${p}}{${q}}$ on each of $${n}$ independent shots.`,
      `A biased coin shows heads with probability $\\frac{${p}}{${q}}$ and is flipped $${n}$ times.`,
    ]);
    const player = setting.startsWith('A player');
    const [one, more] = player
      ? ['shot hits', 'shots hit']
      : ['flip shows heads', 'flips show heads'];
    const outOf = `Write all chances over $${q}^{${n}} = ${all}$.`;
    const finish = (top: number) => `$${quotient(top, all, fraction(top, all))}$.`;
    const parts = {
      1: {
        ask: `all $${n}$ ${more}`,
        top: p ** n,
        steps: [`$${p}^{${n}} = ${p ** n}$.`],
      },
      2: {
        ask: `at least one ${one}`,
        top: all - miss ** n,
        steps: [
          `None: $${miss}^{${n}} = ${miss ** n}$.`,
          `$${all} - ${miss ** n} = ${all - miss ** n}$.`,
        ],
      },
      3: { ask: `exactly one ${one}`, top: exactly(1), steps: [`$${show(1)}$.`] },
      4: {
        ask: `exactly ${k === 1 ? `one ${one}` : `$${k}$ ${more}`}`,
        top: exactly(k),
        steps: [`$${show(k)}$.`],
      },
      5: {
        ask: `at least two ${more}`,
        top: all - exactly(0) - exactly(1),
        steps: [
          `None: $${show(0)}$. One: $${show(1)}$.`,
          `$${all} - ${exactly(0)} - ${exactly(1)} = ${all - exactly(0) - exactly(1)}$.`,
        ],
      },
    }[level];
    return worked({
      key: `${level} ${p} ${q} ${n} ${k}`,
      text: `${setting} What is the probability that ${parts.ask}?`,
      steps: [outOf, ...parts.steps, finish(parts.top)],
      answer: fraction(parts.top, all),
    });
  },
};

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}
