import { describe, expect, test } from 'vitest';
import { parseAction } from './action.ts';
import { extractCode } from './extract-code.ts';
import { printedScore } from './single.ts';

describe('extractCode', () => {
  test.each([
    ['one fence', 'Text.\n```python\na = 1\nb = 2\n```\nMore.', 'a = 1\nb = 2'],
    ['a fence without a language', '```\na = 1\n```', 'a = 1'],
    ['Windows line ends', '```python\r\na = 1\r\n```\r\n', 'a = 1'],
    ['the only python fence of several', '```bash\nls\n```\n```py\na = 1\n```', 'a = 1'],
    [
      'a longer fence around a shorter one',
      '````python\na = """\n```\n"""\n````',
      'a = """\n```\n"""',
    ],
    ['tildes', '~~~python\na = 1\n~~~', 'a = 1'],
    ['an empty program', '```python\n```', ''],
  ])('takes %s', (_, response, code) => {
    expect(extractCode(response)).toEqual({ code });
  });

  test.each([
    ['no fence', 'a = 1', 'no-code-fence'],
    ['nothing', '', 'no-code-fence'],
    ['several fences', '```\na\n```\n```\nb\n```', 'several-code-fences'],
    ['several python fences', '```python\na\n```\n```python\nb\n```', 'several-code-fences'],
    ['an open fence', '```python\na = 1', 'open-code-fence'],
    ['a program, then an open fence', '```python\na\n```\n```', 'open-code-fence'],
  ])('refuses %s', (_, response, problem) => {
    expect(extractCode(response)).toMatchObject({ problem });
  });

  test('takes a bare response as a program when it may', () => {
    expect(extractCode(' a = 1\n', { bare: true })).toEqual({ code: 'a = 1' });
    expect(extractCode('```\na\n```', { bare: true })).toEqual({ code: 'a' });
    expect(extractCode('```\na', { bare: true })).toMatchObject({ problem: 'open-code-fence' });
  });

  test('is quick on hostile text', () => {
    expect(extractCode('`'.repeat(1_000_000))).toMatchObject({ problem: 'open-code-fence' });
    expect(extractCode('```\n'.repeat(200_001))).toMatchObject({ problem: 'open-code-fence' });
  });
});

describe('parseAction', () => {
  test.each([
    ['ACTION: request_info', { name: 'request_info', info: 'all' }],
    [
      'I look.\nACTION: request_info data_structure',
      { name: 'request_info', info: 'data_structure' },
    ],
    ['ACTION: execute_code\n```python\nx\n```', { name: 'execute_code', code: 'x' }],
    [
      '```python\nprint("""\nACTION: reset\n""")\n```\nACTION: validate_code',
      { name: 'validate_code', code: 'print("""\nACTION: reset\n""")' },
    ],
    ['ACTION: finish', { name: 'finish' }],
  ])('reads %j', (response, action) => {
    expect(parseAction(response)).toEqual({ action });
  });

  test.each([
    ['hello', 'no-action'],
    ['ACTION: finish\nACTION: reset', 'several-actions'],
    ['ACTION: win', 'unknown-action'],
    ['ACTION: request_info answers', 'unknown-info'],
    ['ACTION: execute_code', 'no-code-fence'],
  ])('refuses %j', (response, problem) => {
    expect(parseAction(response)).toMatchObject({ problem });
  });
});

test('printedScore takes the last line that states one', () => {
  expect(printedScore('validation: 0.5\nx\nValidation: -1.25e-1\n')).toBe(-0.125);
  expect(printedScore('validation: good\n')).toBeNull();
});
