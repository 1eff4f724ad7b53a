/**
 * Inputs made to hang, crash or fool a grader. Work is asserted in steps and sizes, which do not depend on the machine:
 * 20,000 steps take about 20 ms, and nothing longer than an answer is ever copied more than a few times.
 */
import { describe, expect, test } from 'vitest';
import { DEFAULT_STEPS, MAX_ANSWER_LENGTH } from './budget.ts';
import { verifyAnswer } from './verify.ts';

const repeat = (text: string, count: number): string => text.repeat(count);
const box = (answer: string): string => `\\boxed{${answer}}`;
const million = repeat('7', 1_000_000);
const count = (length: number, from = 0): number[] =>
  Array.from({ length }, (_, index) => from + index);

type Hostile = readonly [name: string, gold: string, response: string, expected: boolean];

const towers: readonly Hostile[] = [
  ['the same tower', '9^{9^{9^{9}}}', box('9^{9^{9^{9}}}'), true],
  ['another tower', '9^{9^{9^{9}}}', box('9^{9^{9^{8}}}'), false],
  ['a tower that is small', '65536', box('2^{2^{2^{2}}}'), true],
  ['a tower just over the bit budget', '2^{65536}', box('2^{2^{2^{2^{2}}}}'), true],
  ['one beside it', '2^{65537}', box('2^{2^{2^{2^{2}}}}'), false],
  ['powers that differ by one', '10^{100000}', box('10^{100000}+1'), false],
  ['a tower without braces', '5', box(`${repeat('9^', 1_500)}9`), false],
  ['a tower of 5,000 floors', '5', box(`${repeat('9^{', 5_000)}9${repeat('}', 5_000)}`), false],
  [
    'nested logarithms of a tower',
    '5',
    box(`${repeat('\\log(', 40)}10^{10^{10}}${repeat(')', 40)}`),
    false,
  ],
  [
    'the same logarithm of a tower',
    '\\log(\\log(10^{10^{10}}))',
    box('\\log(\\log(10^{10^{10}}))'),
    true,
  ],
  ['a factorial of a large number', '5', box('99999999999!'), false],
  ['a thousand factorials', '5', box(`9${repeat('!', 1_000)}`), false],
  ['the same large binomial', '\\binom{1000000}{500000}', box('\\binom{1000000}{500000}'), true],
  ['a sum of a thousand million terms', '5', box('\\sum_{k=1}^{1000000000} k'), false],
  ['nested sums', '5', box('\\sum_{a=1}^{300}\\sum_{b=1}^{300}\\sum_{c=1}^{300} abc'), false],
  [
    'a high power of a matrix',
    '5',
    box('\\begin{pmatrix}1&2\\\\3&4\\end{pmatrix}^{1000000}'),
    false,
  ],
];

const numbers: readonly Hostile[] = [
  ['the same million digits', million, box(million), true],
  ['a million digits with another end', million, box(`${million.slice(1)}8`), false],
  ['a million digits instead of a number', '5', box(million), false],
  ['the same bare million digits', million, million, true],
  ['3,000 digits', repeat('7', 3_000), box(repeat('7', 3_000)), true],
  ['3,000 digits with another end', repeat('7', 3_000), box(`${repeat('7', 2_999)}8`), false],
  ['a long product', '5', box(`${repeat('7', 1_500)}\\cdot${repeat('7', 1_500)}`), false],
  ['a long power', '5', box(`${repeat('7', 1_500)}^{${repeat('7', 1_500)}}`), false],
  ['1/2^99 for 1/2^98', '\\frac{1}{2^{99}}', box('\\frac{1}{2^{98}}'), false],
  ['10^-30 for 0', '0', box('10^{-30}'), false],
  ['355/113 for pi', '\\pi', box('\\frac{355}{113}'), false],
  ['an almost whole number', 'e^{\\pi\\sqrt{163}}', box('262537412640768744'), false],
  ['division by zero for division by zero', '\\frac{1}{0}', box('\\frac{2}{0}'), false],
  ['0/0 for 0', '0', box('\\frac{0}{0}'), false],
  ['infinity minus infinity for 0', '0', box('\\infty-\\infty'), false],
];

const shapes: readonly Hostile[] = [
  [
    '10,000 brackets around the answer',
    '42',
    box(`${repeat('(', 10_000)}42${repeat(')', 10_000)}`),
    true,
  ],
  [
    '10,000 braces around the answer',
    '42',
    box(`${repeat('{', 10_000)}42${repeat('}', 10_000)}`),
    true,
  ],
  ['nested fractions', '5', box(`${repeat('\\frac{1}{', 400)}2${repeat('}', 400)}`), false],
  ['nested roots', '2', box(`${repeat('\\sqrt{', 500)}2${repeat('}', 500)}`), false],
  ['nested functions', '0', box(`${repeat('\\sin', 900)} 0`), false],
  ['nested bars', '5', box(`${repeat('|', 1_999)}5${repeat('|', 1_999)}`), false],
  ['unclosed braces in a box', '42', `\\boxed{${repeat('{', 10_000)}42`, false],
  ['surplus closing braces', '42', `\\boxed{42${repeat('}', 10_000)}`, true],
  ['an unclosed box', '42', 'so \\boxed{42', false],
  ['a closed box before an unclosed one', '42', '\\boxed{42} or \\boxed{4', true],
  ['unclosed text', '42', box(`${repeat('\\text{', 600)}42`), false],
  ['unclosed matrices', '5', box(repeat('\\begin{pmatrix}', 250)), false],
  [
    'a large determinant',
    '5',
    box(`\\begin{vmatrix}${repeat(`${repeat('x&', 29)}x\\\\`, 30)}\\end{vmatrix}`),
    false,
  ],
];

const looks: readonly Hostile[] = [
  ['the letter O for a zero', '40', box('4O'), false],
  ['the letter l for a one', '11', box('l1'), false],
  ['full-width digits', '42', box('４２'), true],
  ['mathematical bold digits', '42', box('𝟒𝟐'), true],
  ['a zero-width space inside a number', '42', box('4\u200b2'), true],
  ['a direction mark', '42', box('\u202e42'), true],
  ['a typographic minus', '-42', box('−42'), true],
  ['a Cyrillic x', 'x', box('х'), true],
  ['lone surrogates', '42', repeat('\ud800', 1_000) + box('42'), true],
  ['NUL bytes around the box', '42', `\0\0${box('42')}\0`, true],
  ['a million NUL bytes', '42', `${repeat('\0', 1_000_000)}${box('42')}`, true],
  ['a property of every object', 'x', box('\\constructor'), false],
  ['the prototype', 'x', box('\\_\\_proto\\_\\_'), false],
  ['toString', 'x', box('\\toString'), false],
];

const long: readonly Hostile[] = [
  [
    '10 MB before the box',
    '42',
    repeat('lorem ipsum 12 dolor sit amet, ', 320_000) + box('42'),
    true,
  ],
  [
    '10 MB with the gold before a wrong box',
    '42',
    repeat('lorem 42 ipsum dolor sit amet, ', 320_000) + box('43'),
    false,
  ],
  ['10 MB after the box', '42', box('42') + repeat('lorem ipsum dolor sit amet, ', 350_000), true],
  ['10 MB without an answer', '42', repeat('lorem ipsum dolor sit amet, ', 350_000), false],
  ['10 MB of blanks before the answer', '42', `${repeat(' ', 10_000_000)}42`, true],
  ['10 MB of backslashes', '42', repeat('\\', 10_000_000), false],
  ['10 MB of braces', '42', repeat('{', 10_000_000), false],
  ['10 MB of unclosed boxes', '42', repeat('\\boxed{', 1_400_000), false],
  ['10 MB of digits', '42', repeat('1', 10_000_000), false],
  ['10 MB of another script', '42', `${repeat('数', 3_300_000)}42`, true],
  ['100,000 dollar signs', '42', repeat('$', 100_000) + box('42'), true],
  ['100,000 announcements', '42', `${repeat('the answer is ', 100_000)}43`, false],
  ['10 MB of blanks after the answer', '42', `42${repeat(' ', 10_000_000)}`, true],
  ['100,000 asterisks', '5', repeat('*', 100_000), false],
  [
    '100,000 asterisks around the answer',
    '5',
    `${repeat('*', 100_000)}5${repeat('*', 100_000)}`,
    true,
  ],
  ['10,000 boxes of the answer', '42', repeat(box('42'), 10_000), true],
  ['10,000 lines of hashes', '5', `${repeat('#### 4\n', 10_000)}#### 5`, true],
  ['a list of 4,000 numbers', '42', box(count(4_000).join(', ')), false],
  [
    '150 numbers in another order',
    count(150).join(', '),
    box(count(150).reverse().join(', ')),
    true,
  ],
  ['900 terms', 'x', box(`${repeat('x+', 900)}x`), false],
  ['600 factors', 'x', box(repeat('(x+1)', 600)), false],
  ['a power nobody should expand', '(x+1)^{1000}', box('(x+1)^{999}(x+1)'), true],
  ['forty signs', '5', box(repeat('\\pm 1', 40)), false],
];

const guesses: readonly Hostile[] = [
  ['guesses in a sentence', '42', 'It might be 40, 41, 42, 43 or 44.', false],
  ['guesses after an announcement', '42', 'The answer is 41 or 42.', false],
  ['guesses in a box', '42', box('41, 42, 43'), false],
  ['guesses in a set', '42', box('\\{41, 42\\}'), false],
  ['guesses in several boxes', '42', `${box('41')} or maybe ${box('42')}`, false],
  [
    'a thousand boxes',
    '42',
    count(1_000)
      .map((guess) => box(String(guess)))
      .join(', '),
    false,
  ],
  ['a range', '42', box('40 \\text{ to } 45'), false],
  ['an interval', '42', box('[40, 45]'), false],
  ['an inequality', '42', box('x > 40'), false],
  ['anything but', '42', box('x \\neq 42'), false],
  ['not', '42', box('\\text{not } 42'), false],
  ['both', '5', box('5 \\text{ or not } 5'), false],
  ['any number', '5', box('\\text{any number}'), false],
  ['several choices', 'C', 'The answer is A or C.', false],
  ['several choices in a box', 'C', box('\\text{(A), (C)}'), false],
  ['the gold from the question', '42', `You ask whether it is 42. ${box('17')}`, false],
  [
    'the gold from the question without a box',
    '42',
    'You ask whether it is 42. The answer is 17.',
    false,
  ],
  ['the equation asked about', 'x = 2', box('x^2 - 4x + 4 = 0'), false],
  ['the inequality asked about', '(2, \\infty)', box('x > 2'), false],
  ['a box that is taken back', '42', `${box('42')}. No, wait: ${box('41')}`, false],
  ['a box in the reasoning', '42', `<think>${box('42')}</think> I am not sure.`, false],
  ['reasoning that never ends', '42', `<think>${box('42')}`, false],
  ['an answer after the turn', '42', `${box('41')}<|im_end|>\n${box('42')}`, false],
];

describe.each([
  ['towers and large results', towers],
  ['long and tiny numbers', numbers],
  ['deep and unbalanced', shapes],
  ['look-alikes and control characters', looks],
  ['long texts and quadratic patterns', long],
  ['guesses and echoes', guesses],
])('%s', (_, cases) => {
  test.each(cases)('%s', (_name, gold, response, expected) => {
    const verdict = verifyAnswer(gold, response);
    expect(verdict.correct).toBe(expected);
    expect(verdict.steps).toBeLessThanOrEqual(DEFAULT_STEPS + 1_000);
    // What is kept of the input is short.
    const kept = JSON.stringify(verdict).length;
    expect(kept).toBeLessThan(2 * MAX_ANSWER_LENGTH);
  });
});
