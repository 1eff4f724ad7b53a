import { expect, test } from 'vitest';
import { Budget } from './budget.ts';
import { explain } from './explain.ts';
import { normalise } from './normalise.ts';
import { parse } from './parse.ts';
import { tokenise } from './tokenise.ts';

function read(answer: string): string {
  const budget = new Budget();
  const node = parse(tokenise(normalise(answer), budget), budget);
  return node === undefined ? 'no parse' : explain(node);
}

test.each([
  ['1,000', '1000'],
  ['32, 349', '32 and 349'],
  ['32,\\! 349', '32349'],
  ['(1,100)', '(1, 100)'],
  ['27,54,108,135', '27 and 54 and 108 and 135'],
  ['0,111', '111/1000'],
  ['1 000 000', '1000000'],
  ['1.000,99', '100099/100'],
  ['3.89e-10', '389/1000000000000'],
  ['0.1\\overline{6}', '1/6'],
  ['2^10', '2^10'],
  ['918\\frac{1}{2}', '1837/2'],
  ['2\\frac{x}{3}', '2·x/3'],
  ['\\frac12', '1/2'],
  ['\\frac{270}7', '270/7'],
  ['\\sqrt[3]{x+1}', '(x + 1)^(1/3)'],
  ['\\sin 2x \\cos y', 'sin(2·x)·cos(y)'],
  ['\\sin^{-1} x', 'arcsin(x)'],
  ['\\log_2 8', 'log(8, 2)'],
  ['f{\\left(x \\right)}', 'f(x)'],
  ['x(x+1)', 'x·(x + 1)'],
  ['5!', 'factorial(5)'],
  ['a != b', 'a != b'],
  ['{16 \\choose 2}', 'binomial(16, 2)'],
  ['1 \\pm \\sqrt{5}', '1 ± 5^(1/2)'],
  ['62.5\\%', '(125/2)%'],
  ['45^\\circ', '45°'],
  ['15\\mbox{ cm}^2', '15 [cm 2]'],
  ['9 chickens and 10 rabbits', '9 [chickens] and 10 [rabbits]'],
  ['\\$32,\\!348', '32348 [dollars]'],
  ['2516_8', '2516 in base 8'],
  ['3:4:5', '3:4:5'],
  ['[0, \\infty)', '[0, infinity)'],
  [']0, 1]', '(0, 1]'],
  ['\\{1, 2\\}', '{1, 2}'],
  ['{1, 2}', '{1, 2}'],
  ['\\{x \\mid x > 2\\}', '{x with x > 2}'],
  ['(1,2) \\cup \\{3\\}', '(1, 2) union {3}'],
  ['\\begin{pmatrix} 1 & 2 \\\\ 3 & 4 \\end{pmatrix}', '[[1, 2], [3, 4]]'],
  ['\\begin{vmatrix} 1 & 2 \\\\ 3 & 4 \\end{vmatrix}', 'det([[1, 2], [3, 4]])'],
  ['1 < x \\le 3', '1 < x <= 3'],
  ['x = 1 \\text{ or } x = 2', 'x = 1 and x = 2'],
  ['x \\equiv 1 \\pmod{5}', 'x equiv 1 modulo 5'],
  ['\\int x + a dx', 'integral[x: ..] (x + a)'],
  ['\\int \\sin x dx', 'integral[x: ..] sin(x)'],
  ['\\frac{d}{dx} f(x)', 'derivative[x: ..] f(x)'],
  ['\\lim_{x \\to 3^{+}} a', 'limit[x: 3..+] a'],
  ['\\text{twenty-one}', '21'],
  ['\\text{even}', '"even"'],
  ['\\text{13}', '13'],
  ['x_{1}=2,\\quadx_{2}=3', 'x_(1) = 2 and x_(2) = 3'],
  ['\\\\frac{1}{2}', '1/2'],
  ['\frac{1}{2}', '1/2'],
  ['x² + ½', 'x^2 + 1/2'],
  ['４２', '42'],
  ['𝟒𝟐', '42'],
  ['f(x) = ax, where a is a number', 'f(x) = ax'],
])('%j reads as %s', (answer, reading) => {
  expect(read(answer)).toBe(reading);
});

test.each([
  '\\frac{1}{',
  '(1, 2',
  '1 +',
  ')(',
  '\\begin{pmatrix} 1 & 2 \\\\ 3 \\end{pmatrix}',
  't(0,4]',
  '12:',
  '\\frac{1}{2}} 3',
  '1 if x > 0, 2 if x < 0',
])('%j does not read at all, not even in part', (answer) => {
  expect(read(answer)).toBe(answer === '12:' ? '12' : 'no parse');
});
