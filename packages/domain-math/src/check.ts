import { parseArithmetic } from './arithmetic.ts';

/** Reach the target from all numbers, each used once, with `+`, `-`, `*` and brackets. */
export type CountdownCheck = {
  readonly kind: 'countdown';
  readonly numbers: readonly number[];
  readonly target: number;
};

/** Find `x`, `y` in `[low, high]` with `a x + b y = target`. */
export type TwoUnknownsCheck = {
  readonly kind: 'two-unknowns';
  readonly a: number;
  readonly b: number;
  readonly target: number;
  readonly low: number;
  readonly high: number;
};

/** Choose `count` of the numbers so that they sum to the target. */
export type SubsetSumCheck = {
  readonly kind: 'subset-sum';
  readonly numbers: readonly number[];
  readonly count: number;
  readonly target: number;
};

/** A condition that several answers may meet: plain data that travels in a task's payload. */
export type Check = CountdownCheck | TwoUnknownsCheck | SubsetSumCheck;

/** Whether an answer meets a check, with words that do not give a valid answer away. */
export interface CheckResult {
  readonly correct: boolean;
  readonly reason: string;
}

const MAX_RESPONSE = 100_000;
const MAX_ANSWER = 200;

/**
 * Judges the last `\boxed{}` of a response by a check.
 *
 * @param response - Hostile input: any string; only its last 100,000 characters are read.
 */
export function judgeByCheck(check: Check, response: string): CheckResult {
  const boxed = lastBoxed(response);
  if (boxed === undefined) return wrong('No \\boxed{} answer was found.');
  if (boxed.length > MAX_ANSWER) return wrong('The boxed answer is too long.');
  const answer = plain(boxed);
  switch (check.kind) {
    case 'countdown':
      return judgeCountdown(check, answer);
    case 'two-unknowns':
      return judgeTwoUnknowns(check, answer);
    case 'subset-sum':
      return judgeSubsetSum(check, answer);
  }
}

/** What the last closed `\boxed{}` of a text holds, braces matched; `undefined` without one. */
export function lastBoxed(text: string): string | undefined {
  const tail = text.slice(-MAX_RESPONSE);
  const start = tail.lastIndexOf('\\boxed{');
  if (start < 0) return undefined;
  let depth = 0;
  for (let index = start + '\\boxed'.length; index < tail.length; index++) {
    if (tail[index] === '{') depth++;
    if (tail[index] === '}' && --depth === 0) return tail.slice(start + '\\boxed{'.length, index);
  }
  return undefined;
}

function judgeCountdown(check: CountdownCheck, answer: string): CheckResult {
  const ending = `=${check.target}`;
  const expression = parseArithmetic(
    answer.endsWith(ending) ? answer.slice(0, -ending.length) : answer,
  );
  if (expression === undefined) {
    return wrong('The boxed answer is not an expression of whole numbers with +, - and *.');
  }
  if (!sameNumbers(expression.numbers, check.numbers)) {
    return wrong('The boxed expression does not use each given number exactly once.');
  }
  if (expression.value !== check.target) {
    return wrong(`The boxed expression is ${expression.value}, not ${check.target}.`);
  }
  return { correct: true, reason: 'The expression reaches the target.' };
}

function judgeTwoUnknowns(check: TwoUnknownsCheck, answer: string): CheckResult {
  const pair = integers(answer.replace(/^x=/, '').replace(/,y=/, ','));
  if (pair?.length !== 2) return wrong('The boxed answer is not two whole numbers.');
  const [x, y] = pair as [number, number];
  if ([x, y].some((unknown) => unknown < check.low || unknown > check.high)) {
    return wrong(`A boxed number is not from ${check.low} to ${check.high}.`);
  }
  const value = check.a * x + check.b * y;
  if (value !== check.target) return wrong(`The left side is ${value}, not ${check.target}.`);
  return { correct: true, reason: 'The numbers solve the equation.' };
}

function judgeSubsetSum(check: SubsetSumCheck, answer: string): CheckResult {
  const chosen = integers(answer);
  if (chosen?.length !== check.count) {
    return wrong(`The boxed answer is not ${check.count} whole numbers.`);
  }
  const left = [...check.numbers];
  for (const number of chosen) {
    const place = left.indexOf(number);
    if (place < 0) return wrong('A boxed number is not among the given ones, or is used twice.');
    left.splice(place, 1);
  }
  const sum = chosen.reduce((total, number) => total + number, 0);
  if (sum !== check.target) return wrong(`The numbers sum to ${sum}, not ${check.target}.`);
  return { correct: true, reason: 'The numbers have the wanted sum.' };
}

function wrong(reason: string): CheckResult {
  return { correct: false, reason };
}

// The usual LaTeX spellings of the few signs that answers to checks are made of; blanks between digits stay apart.
function plain(boxed: string): string {
  return boxed
    .replaceAll(/\\times|\\cdot|×|·/g, '*')
    .replaceAll('−', '-')
    .replaceAll(/\\left|\\right|\\[,;:! ]|\$/g, ' ')
    .replaceAll(/(?<!\d)\s+|\s+(?!\d)/g, '')
    .trim();
}

function integers(text: string): readonly number[] | undefined {
  const list = /^\((.*)\)$/.exec(text)?.[1] ?? text;
  const parts = list.split(',');
  return parts.every((part) => /^-?\d{1,9}$/.test(part)) ? parts.map(Number) : undefined;
}

function sameNumbers(left: readonly number[], right: readonly number[]): boolean {
  const sort = (numbers: readonly number[]) => numbers.toSorted((a, b) => a - b).join();
  return sort(left) === sort(right);
}
