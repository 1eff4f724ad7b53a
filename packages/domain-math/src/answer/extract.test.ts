import { expect, test } from 'vitest';
import { findChoice } from './choice.ts';
import { extractGold, extractResponse } from './extract.ts';

const reads = (text: string): boolean =>
  /^[\d\s+\-*/=x,.()$\\a-z{}]+$/.test(text) && !/[a-z]{4}/.test(text);

test.each([
  ['a \\boxed{1} b \\boxed{2}', '2'],
  ['\\boxed{1}, \\boxed{2} and \\boxed{3}', '1 , 2 , 3'],
  ['\\boxed{1} papers and \\boxed{2} bins', '1 , 2'],
  ['\\boxed{1}. So it is \\boxed{2}', '2'],
  ['\\boxed{\\frac{1}{2}}', '\\frac{1}{2}'],
  ['\\boxed{\\{1, 2\\}}', '\\{1, 2\\}'],
  ['\\boxed{\\boxed{7}}', '7'],
  ['\\boxed 42', '42'],
  ['\\fbox{42}', '42'],
  ['\\boxed{1} then \\boxed{2', '1'],
  ['\\boxed{2', ''],
  ['\\boxed{5}. Final Answer: The final answer is $6$. I hope it is correct.', '6'],
  ['\\boxed{5}\n\nFinal answer: see above', '5'],
  ['work\n#### 1,234', '1,234'],
  ['#### Step 2\nThen 5', '5'],
  ['The answer is 41 or 42.', '41 , 42'],
  ['Answer: **73**', '73'],
  ['Final Answer: The volume of $ABCD$ is 120. I hope it is correct.', '120'],
  ['Final Answer: Jane started 3 hours ago.', '3 \\text{ hours}'],
  ['The answer is east.', 'east'],
  ['Die Antwort ist 5.', '5'],
  ['答案是5。', '5'],
  ['So there are 12 ways, as three of them show.', '12 \\text{ ways}'],
  ['the roots are $-2$ and $1 \\pm \\sqrt5$, as said', '-2 , 1 \\pm \\sqrt5'],
  ['It costs $10,200 + $255 = $10,455.', '10,200 + 255 = 10,455'],
  ['one of 41, 42 and 43', '41 , 42 , 43'],
  ['The length of $AB$ is 5.', '5'],
  ['<think>\\boxed{1}</think> \\boxed{2}', '2'],
  ['<think>\\boxed{1}', ''],
  ['42<|im_end|><|im_start|>user\n43', '42'],
  ['I do not know.', ''],
])('takes the answer of %j', (response, answer) => {
  expect(extractResponse(response, {}, reads).answer).toBe(answer);
});

test('keeps to the notation asked for', () => {
  const text = 'It is 5, or $6$ in LaTeX.';
  expect(extractResponse(text, { targets: 'latex' }, reads).answer).toBe('6');
  expect(extractResponse('It is 7.', { targets: 'latex' }, reads).source).toBe('none');
  expect(extractResponse('It is $1,000.99', { targets: 'expr' }, reads).answer).toBe('1,000.99');
});

test('takes a gold answer whole when it reads, and from its announcement when it is a solution', () => {
  expect(extractGold('$3$ and $5$', {}, () => true).answer).toBe('$3$ and $5$');
  expect(extractGold('Add them.\n#### 8', {}, reads).answer).toBe('8');
  expect(extractGold('We add. So the answer is \\boxed{8}.', {}, reads).answer).toBe('8');
});

test.each([
  ['The answer is (C), since B is too small.', 'C'],
  ['D. it cannot be A or B', 'D'],
  ['A cat is an animal, so B', 'B'],
  ['c', 'C'],
  ['Answer: c', 'C'],
  ['The answer is A or C.', ''],
  ['BANANA', undefined],
])('%j chooses %s', (text, choice) => {
  expect(findChoice(text, ['A', 'B', 'C', 'D'])).toBe(choice);
});
