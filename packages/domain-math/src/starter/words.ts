import { between, pick } from '@taskspace/core';
import { atLevel, drawUntil } from './draw.ts';
import type { Family } from './family.ts';
import { fraction, quotient, worked } from './latex.ts';

/** Motion and shared work. */
export const rates: Family = {
  name: 'rates',
  generate(level, random) {
    const [first, second] = drawUntil(
      () =>
        [between(random, 2, 40), between(random, 2, 40)].sort((a, b) => a - b) as [number, number],
      ([a, b]) => a < b,
    );
    if (level <= 2) {
      const [slow, fast] = [first + 10, second + 10];
      if (level === 1) {
        const hours = between(random, 2, 9);
        const distance = (slow + fast) * hours;
        return worked({
          key: `meet ${slow} ${fast} ${hours}`,
          text: pick(random, [
            `Two trains start at the same time from towns $${distance}$ km apart and travel toward each other at $${slow}$ and $${fast}$ km per hour. After how many hours do they meet?`,
            `Two cyclists are $${distance}$ km apart and ride toward each other, one at $${slow}$ km per hour, the other at $${fast}$ km per hour. How many hours pass until they meet?`,
          ]),
          steps: [
            `They come closer by $${slow} + ${fast} = ${slow + fast}$ km in an hour.`,
            `$${quotient(distance, slow + fast, hours)}$.`,
          ],
          answer: hours,
        });
      }
      const answer = fraction(2 * slow * fast, slow + fast);
      return worked({
        key: `average ${slow} ${fast}`,
        text: `A car drives to a town at $${slow}$ km per hour and back along the same road at $${fast}$ km per hour. What is its average speed for the whole trip, in km per hour?`,
        steps: [
          `For a road of length $d$ the time is $\\frac{d}{${slow}} + \\frac{d}{${fast}}$, and the way is $2d$.`,
          `So the average speed is $${quotient(`2 \\cdot ${slow} \\cdot ${fast}`, `${slow} + ${fast}`, answer)}$.`,
        ],
        answer,
      });
    }
    if (level === 3) {
      const answer = fraction(first * second, first + second);
      return worked({
        key: `together ${first} ${second}`,
        text: pick(random, [
          `One pipe fills a tank in $${first}$ hours, another in $${second}$ hours. How many hours do they need together?`,
          `Ben paints a fence in $${first}$ hours, Kim in $${second}$ hours. How many hours do they need together?`,
        ]),
        steps: [
          `In an hour they do $\\frac{1}{${first}} + \\frac{1}{${second}} = ${fraction(first + second, first * second)}$ of the work.`,
          `The time is $${quotient(`${first} \\cdot ${second}`, `${first} + ${second}`, answer)}$.`,
        ],
        answer,
      });
    }
    if (level === 4) {
      const answer = fraction(first * second, second - first);
      return worked({
        key: `drain ${first} ${second}`,
        text: `A pipe fills a tank in $${first}$ hours, and a leak would empty the full tank in $${second}$ hours. How many hours does it take to fill the empty tank with the leak open?`,
        steps: [
          `In an hour the tank gains $\\frac{1}{${first}} - \\frac{1}{${second}} = ${fraction(second - first, first * second)}$ of its volume.`,
          `The time is $${quotient(`${first} \\cdot ${second}`, `${second} - ${first}`, answer)}$.`,
        ],
        answer,
      });
    }
    const alone = between(random, 1, first - 1);
    const top = (first - alone) * second;
    const answer = fraction(top, first + second);
    return worked({
      key: `joined ${first} ${second} ${alone}`,
      text: `Ann alone needs $${first}$ hours for a job, Bob alone needs $${second}$ hours. Ann works alone for $${alone}$ hours, then Bob joins her. How many more hours do they need together?`,
      steps: [
        `Ann leaves $1 - \\frac{${alone}}{${first}} = ${fraction(first - alone, first)}$ of the job.`,
        `Together they do $\\frac{1}{${first}} + \\frac{1}{${second}} = ${fraction(first + second, first * second)}$ of it in an hour.`,
        `The time is $${quotient(`${first - alone} \\cdot ${second}`, `${first} + ${second}`, answer)}$.`,
      ],
      answer,
    });
  },
};

/** Percentages and mixtures. */
export const percentages: Family = {
  name: 'percentages',
  generate(level, random) {
    const percent = () => 5 * between(random, 1, 16);
    const [p, q] = [percent(), percent()];
    if (level === 1) {
      const amount = 20 * between(random, 2, 60);
      const answer = (amount * p) / 100;
      return worked({
        key: `of ${p} ${amount}`,
        text: pick(random, [
          `A school has $${amount}$ students, and $${p}\\%$ of them play an instrument. How many students play one?`,
          `What is $${p}\\%$ of $${amount}$?`,
        ]),
        steps: [`$${quotient(`${p} \\cdot ${amount}`, 100, answer)}$.`],
        answer,
      });
    }
    if (level === 2) {
      const price = 400 * between(random, 1, 30);
      const raised = (price * (100 + p)) / 100;
      const final = (raised * (100 - q)) / 100;
      return worked({
        key: `twice ${price} ${p} ${q}`,
        text: `A price of $${price}$ dollars rises by $${p}\\%$ and then falls by $${q}\\%$. What is it then, in dollars?`,
        steps: [
          `After the rise: $${quotient(`${price} \\cdot (100 + ${p})`, 100, raised)}$.`,
          `After the fall: $${quotient(`${raised} \\cdot (100 - ${q})`, 100, final)}$.`,
        ],
        answer: final,
      });
    }
    if (level === 3) {
      const original = 20 * between(random, 2, 90);
      const sale = (original * (100 - p)) / 100;
      return worked({
        key: `before ${original} ${p}`,
        text: pick(random, [
          `After a discount of $${p}\\%$ a bicycle costs $${sale}$ dollars. What did it cost before, in dollars?`,
          `A number decreased by $${p}\\%$ is $${sale}$. What is the number?`,
        ]),
        steps: [
          `The rest is $100 - ${p} = ${100 - p}$ percent.`,
          `$${quotient(`100 \\cdot ${sale}`, 100 - p, original)}$.`,
        ],
        answer: original,
      });
    }
    if (level === 4) {
      const [a, b] = [between(random, 2, 30), between(random, 2, 30)];
      const answer = fraction(a * p + b * q, a + b);
      return worked({
        key: `mix ${a} ${p} ${b} ${q}`,
        text: `$${a}$ liters of a $${p}\\%$ salt solution are mixed with $${b}$ liters of a $${q}\\%$ solution. What percentage of the mixture is salt? Give the number only.`,
        steps: [
          `The salt, in hundredths of a liter: $${a} \\cdot ${p} + ${b} \\cdot ${q} = ${a * p + b * q}$.`,
          `The mixture has $${a} + ${b} = ${a + b}$ liters, so the percentage is $${quotient(a * p + b * q, a + b, answer)}$.`,
        ],
        answer,
      });
    }
    const [weak, strong] = drawUntil(
      () => [percent(), percent()].sort((a, b) => a - b) as [number, number],
      ([weak, strong]) => strong - weak >= 10,
    );
    const wanted = 5 * between(random, weak / 5 + 1, strong / 5 - 1);
    const litres = atLevel(level, [0, 0, 0, 0, between(random, 2, 40)]);
    const answer = fraction(litres * (wanted - weak), strong - wanted);
    return worked({
      key: `add ${litres} ${weak} ${strong} ${wanted}`,
      text: `How many liters of a $${strong}\\%$ acid must be added to $${litres}$ liters of a $${weak}\\%$ acid to get a $${wanted}\\%$ acid?`,
      steps: [
        `Each liter added brings $${strong} - ${wanted} = ${strong - wanted}$ hundredths too much; each liter present lacks $${wanted} - ${weak} = ${wanted - weak}$.`,
        `$${quotient(`${litres} \\cdot ${wanted - weak}`, strong - wanted, answer)}$.`,
      ],
      answer,
    });
  },
};
