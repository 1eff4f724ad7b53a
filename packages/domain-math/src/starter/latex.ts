import type { Problem } from './family.ts';
import { gcd } from './integers.ts';

/**
 * Puts a problem together from its parts.
 *
 * @param steps - One sentence or line for each computation; `goldSteps` is their number.
 */
export function worked(parts: {
  readonly key: string;
  readonly text: string;
  readonly steps: readonly string[];
  readonly answer: string | number;
}): Problem {
  const { key, text, steps } = parts;
  const answer = `${parts.answer}`;
  const solution = [...steps, `The answer is $\\boxed{${answer}}$.`].join('\n');
  return { key, text, gold: { answer }, solution, goldSteps: steps.length };
}

/** A fraction in lowest terms, whole numbers without a bar; `bottom` is not 0. */
export function fraction(top: number, bottom: number): string {
  const common = gcd(top, bottom);
  const [p, q] = [Math.abs(top) / common, Math.abs(bottom) / common];
  const sign = top * bottom < 0 ? '-' : '';
  return q === 1 ? `${sign}${p}` : `${sign}\\frac{${p}}{${q}}`;
}

/** A division written out: the bar as it stands, and what it comes to where that reads differently. */
export function quotient(
  top: string | number,
  bottom: string | number,
  value: string | number,
): string {
  const bar = `\\frac{${top}}{${bottom}}`;
  return bar === value ? bar : `${bar} = ${value}`;
}

/** `c_n x^{n} + … + c_1 x + c_0` from coefficients, highest first; zero terms are left out. */
export function polynomial(coefficients: readonly number[], variable = 'x'): string {
  const terms = coefficients.map((coefficient, index) => {
    const power = coefficients.length - 1 - index;
    const symbol = power === 0 ? '' : power === 1 ? variable : `${variable}^{${power}}`;
    const size = Math.abs(coefficient) === 1 && power > 0 ? '' : `${Math.abs(coefficient)}`;
    return { negative: coefficient < 0, text: coefficient === 0 ? '' : `${size}${symbol}` };
  });
  const [first, ...rest] = terms.filter(({ text }) => text !== '');
  if (first === undefined) return '0';
  return rest.reduce(
    (text, term) => `${text} ${term.negative ? '-' : '+'} ${term.text}`,
    `${first.negative ? '-' : ''}${first.text}`,
  );
}

/** A linear form such as `3x - 2y`. */
export function linear(coefficients: readonly number[], variables: readonly string[]): string {
  let text = '';
  for (const [index, coefficient] of coefficients.entries()) {
    if (coefficient === 0) continue;
    const size = Math.abs(coefficient) === 1 ? '' : `${Math.abs(coefficient)}`;
    const sign = coefficient < 0 ? '-' : '+';
    const joined = text === '' ? (sign === '-' ? '-' : '') : ` ${sign} `;
    text += `${joined}${size}${variables[index]}`;
  }
  return text === '' ? '0' : text;
}

/** A number as a factor or summand after a sign: negatives in brackets. */
export function operand(value: number): string {
  return value < 0 ? `(${value})` : `${value}`;
}

/** `value` with its sign as the end of a sum: `+ 3`, `- 3`; empty for 0. */
export function plus(value: number): string {
  if (value === 0) return '';
  return value < 0 ? ` - ${-value}` : ` + ${value}`;
}

/** `a, b and c`. */
export function list(items: readonly (string | number)[]): string {
  return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;
}
