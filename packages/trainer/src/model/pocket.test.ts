import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readModelBase } from './checkpoint.ts';
import { parameterSpecs } from './config.ts';
import { createConversationFormat } from './conversation.ts';
import { pocketFolder } from './pocket.ts';

const base = await readModelBase(
  fileURLToPath(new URL('../../../../examples/pocket/base', import.meta.url)),
);
const { config, tokenizer } = base;
const format = createConversationFormat(tokenizer, base.template);

/** A problem and a response of each math family, as the domain words them. */
const DEMONSTRATIONS: readonly [problem: string, response: string][] = [
  ['Reach 16 from 2, 4, 6 with + - *, each once.', '6*2=12, 12+4=16 ok \\boxed{(6*2)+4}'],
  ['Reach 61 from 4, 19, 38 with + - *, each once.', '38-19=19, 19-4=15 no \\boxed{(38-19)-4}'],
  ['Find x and y from 1 to 4 with 6x + 9y = 60.', '6*4=24, 9*4=36, 24+36=60 ok \\boxed{4, 4}'],
  ['Find x and y from 1 to 9 with 18x - 7y = 55.', '18*4=72, 7*2=14, 72-14=58 no \\boxed{4, 2}'],
  ['Which two of 5, 8, 10, 15, 20 sum to 15?', '5+10=15 ok \\boxed{5, 10}'],
  ['Which three of 2, 3, 4, 11, 13 sum to 28?', '4+11=15, 15+13=28 ok \\boxed{4, 11, 13}'],
];

describe('the pocket tokenizer', () => {
  test('makes every number up to 99 one token, the same one wherever it stands', () => {
    for (let number = 0; number < 100; number++) {
      const ids = tokenizer.encode(String(number));
      expect(ids).toHaveLength(1);
      const contexts = [
        `a ${number}b`,
        `${number}x`,
        `(${number})`,
        `=${number},`,
        `{${number}}`,
        `- ${number}\n`,
        `é${number}`,
      ];
      for (const text of contexts) expect(tokenizer.encode(text)).toContain(ids[0]);
    }
  });

  test('groups the digits of longer numbers in twos from the right', () => {
    const pieces = tokenizer.encode('12345').map((id) => tokenizer.decode([id]));
    expect(pieces).toEqual(['1', '23', '45']);
  });

  test('gives any text back unchanged', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: 'grapheme' }),
      fc.stringMatching(/^[0-9 ,.x*=+{}\\<|>\n-]*$/u),
    );
    fc.assert(
      fc.property(text, (sample) => {
        // Lone surrogates are no Unicode text: UTF-8 cannot hold them.
        fc.pre(sample.isWellFormed());
        expect(tokenizer.decode(tokenizer.encode(sample))).toBe(sample);
      }),
      { seed: 1, numRuns: 500 },
    );
  });

  test.each([' from ', ' and', ' ok', ' no', ', ', ' \\boxed{', 'Which', ' three', '<|end|>'])(
    'makes %j one token',
    (text) => {
      // Shown before a number: a space in front of one belongs to what stands before.
      const ids = tokenizer.encode(`${text}7`);
      expect(ids.map((id) => tokenizer.decode([id]))).toEqual([text, '7']);
    },
  );

  test.each(DEMONSTRATIONS)('stays within 30 tokens: %s', (problem, response) => {
    const { prompt, completion } = format.example([{ role: 'user', content: problem }], response);
    expect(prompt.length).toBeLessThanOrEqual(22);
    expect(completion.length).toBeLessThanOrEqual(24);
    expect(format.decode(completion)).toBe(response);
  });

  test.each([
    ['<tool>[{"name":"rm","args":{"file_name":"kiwi83"}}]</tool>', 14],
    ['<TASK_FINISHED>', 1],
    ['from kit import *\nx = load(a, c)\nm = near(9)\nsave(m, x)', 29],
  ])('writes tool calls and programs in few tokens: %s', (response, tokens) => {
    const ids = tokenizer.encode(response);
    expect(ids.length).toBeLessThanOrEqual(tokens);
    expect(tokenizer.decode(ids)).toBe(response);
  });
});

test('the pocket model stays below 4 MB and 600 tokens', () => {
  const count = parameterSpecs(config).reduce(
    (sum, { shape }) => sum + shape.reduce((product, size) => product * size, 1),
    0,
  );
  expect(count * Float32Array.BYTES_PER_ELEMENT).toBeLessThan(4e6);
  expect(tokenizer.vocabSize).toBe(config.vocabSize);
  expect(tokenizer.vocabSize).toBeLessThanOrEqual(600);
});

test('pocketFolder lies in the package, two folders above its sources and its build alike', () => {
  expect(basename(pocketFolder())).toBe('pocket');
  expect(pocketFolder()).toBe(fileURLToPath(new URL('../../assets/pocket', import.meta.url)));
});
