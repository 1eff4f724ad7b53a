/**
 * The pocket families: short problems whose answer is found by trying and checked by one comparison, for policies of about
 * a million parameters. A worked answer shows every computation of its try, then says whether the try hits (`ok`) or
 * misses (`no`), then boxes the try. One wording each, and numbers up to 99, keep the vocabulary small.
 */
import { between, pick, type RandomStream, shuffle } from '@taskspace/core';
import { atLevel, distinct, drawUntil } from './draw.ts';
import type { Family, Problem } from './family.ts';

const LARGEST = 99;

/** "Reach 16 from 2, 4, 6 with + - *, each once." */
export const countdown: Family = {
  name: 'countdown',
  pocket: true,
  generate(level, random) {
    const highest = atLevel(level, [9, 14, 20, 30, 45]);
    const numbers = [0, 0, 0].map(() => between(random, 1, highest)).sort((a, b) => a - b);
    const hit = drawUntil(
      () => countdownTry(numbers, random),
      ({ value }) => value > 0,
    );
    return {
      key: `${numbers.join(' ')} = ${hit.value}`,
      text: `Reach ${hit.value} from ${numbers.join(', ')} with + - *, each once.`,
      gold: { check: { kind: 'countdown', numbers, target: hit.value } },
      solution: shown(hit, true),
      attempt: attempts(hit.value, (random) => countdownTry(numbers, random)),
      goldSteps: 2,
    };
  },
};

/** "Find x and y from 1 to 4 with 6x + 9y = 60." */
export const twoUnknowns: Family = {
  name: 'two-unknowns',
  pocket: true,
  generate(level, random) {
    const highestFactor = atLevel(level, [9, 9, 14, 14, 20]);
    const high = atLevel(level, [4, 6, 6, 8, 9]);
    const sign = level >= 4 && random.integer(2) === 0 ? '-' : '+';
    const factors = [0, 0].map(() => between(random, 2, highestFactor));
    // A difference starts from the larger factor, so that it can come out positive.
    const [a, b] = (sign === '-' ? factors.sort((p, q) => q - p) : factors) as [number, number];
    const draw = (random: RandomStream) =>
      drawUntil(
        () => twoUnknownsTry(a, b, sign, high, random),
        ({ value }) => value >= 0 && value <= LARGEST,
      );
    const hit = draw(random);
    const target = hit.value;
    return {
      // 6x + 9y = 60 and 9x + 6y = 60 are one problem, whatever the range of x and y.
      key: `${Math.max(a, b)} ${sign} ${Math.min(a, b)} = ${target}`,
      text: `Find x and y from 1 to ${high} with ${a}x ${sign} ${b}y = ${target}.`,
      gold: {
        check: { kind: 'two-unknowns', a, b: sign === '+' ? b : -b, target, low: 1, high },
      },
      solution: shown(hit, true),
      attempt: attempts(target, draw),
      goldSteps: 3,
    };
  },
};

/** "Which two of 5, 8, 10, 15, 20 sum to 15?" */
export const subsetSum: Family = {
  name: 'subset-sum',
  pocket: true,
  generate(level, random) {
    const highest = atLevel(level, [20, 45, 45, 25, 33]);
    const given = atLevel(level, [5, 5, 7, 5, 6]);
    const count = level >= 4 ? 3 : 2;
    const numbers = distinct(random, given, 1, highest);
    const draw = (random: RandomStream) => subsetTry(shuffle(random, numbers).slice(0, count));
    const hit = draw(random);
    const words = count === 2 ? 'two' : 'three';
    return {
      key: `${count} of ${numbers.join(' ')} = ${hit.value}`,
      text: `Which ${words} of ${numbers.join(', ')} sum to ${hit.value}?`,
      gold: { check: { kind: 'subset-sum', numbers, count, target: hit.value } },
      solution: shown(hit, true),
      attempt: attempts(hit.value, draw),
      goldSteps: count - 1,
    };
  },
};

/** The families marked for the pocket policy. */
export const POCKET_FAMILIES: readonly Family[] = [countdown, twoUnknowns, subsetSum];

/** A try shown in full: its computations, what they come to, and what it would box. */
interface Try {
  readonly computations: readonly string[];
  readonly value: number;
  readonly boxed: string;
}

function shown({ computations, boxed }: Try, hits: boolean): string {
  return `${computations.join(', ')} ${hits ? 'ok' : 'no'} \\boxed{${boxed}}`;
}

function attempts(
  target: number,
  draw: (random: RandomStream) => Try,
): NonNullable<Problem['attempt']> {
  return (random, hits) => {
    const accept = ({ value }: Try) => (value === target) === hits;
    return shown(
      drawUntil(() => draw(random), accept),
      hits,
    );
  };
}

type Operator = '+' | '-' | '*';

// Larger number first, then the result first unless it is subtracted from the last number: one way to write each try.
function countdownTry(numbers: readonly number[], random: RandomStream): Try {
  return drawUntil(
    () => {
      const [p, q, last] = shuffle(random, numbers) as [number, number, number];
      const first = compute(Math.max(p, q), pick(random, OPERATORS), Math.min(p, q));
      const operator = pick(random, OPERATORS);
      const swap = operator === '-' && last > first.value;
      const second = swap
        ? compute(last, operator, first.value)
        : compute(first.value, operator, last);
      const inner = `(${first.left}${first.operator}${first.right})`;
      return {
        computations: [first.text, second.text],
        value: Math.max(first.value, second.value) > LARGEST ? -1 : second.value,
        boxed: swap ? `${last}${operator}${inner}` : `${inner}${operator}${last}`,
      };
    },
    ({ value }) => value >= 0,
  );
}

const OPERATORS: readonly Operator[] = ['+', '-', '*'];

function compute(left: number, operator: Operator, right: number) {
  const value = operator === '+' ? left + right : operator === '-' ? left - right : left * right;
  return { left, operator, right, value, text: `${left}${operator}${right}=${value}` };
}

function twoUnknownsTry(
  a: number,
  b: number,
  sign: '+' | '-',
  high: number,
  random: RandomStream,
): Try {
  const x = between(random, 1, high);
  const y = between(random, 1, high);
  const left = compute(a, '*', x);
  const right = compute(b, '*', y);
  const whole = compute(left.value, sign, right.value);
  return {
    computations: [left.text, right.text, whole.text],
    value: left.value > LARGEST || right.value > LARGEST ? -1 : whole.value,
    boxed: `${x}, ${y}`,
  };
}

function subsetTry(chosen: readonly number[]): Try {
  const numbers = chosen.toSorted((a, b) => a - b);
  const computations: string[] = [];
  let value = numbers[0]!;
  for (const number of numbers.slice(1)) {
    const step = compute(value, '+', number);
    computations.push(step.text);
    value = step.value;
  }
  return { computations, value, boxed: numbers.join(', ') };
}
