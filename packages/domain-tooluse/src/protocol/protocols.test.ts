import { describe, expect, test } from 'vitest';
import type { ProtocolName } from './protocol.ts';
import { PROTOCOLS } from './protocols.ts';

const NAMES = Object.keys(PROTOCOLS) as ProtocolName[];

function show(name: ProtocolName, response: string): readonly string[] {
  const { attempts, ending } = PROTOCOLS[name].parse(response);
  return [
    ...attempts.map((attempt) =>
      attempt.status === 'ok' ? `${attempt.name} ${attempt.arguments}` : attempt.status,
    ),
    ...(ending === null ? [] : [ending.kind]),
  ];
}

test.each(NAMES)('%s reads back what it writes', (name) => {
  const calls = [
    { name: 'mv', arguments: '{"source":"a \\"b\\"","n":1.0}' },
    { name: 'ls', arguments: '{}' },
  ];
  const protocol = PROTOCOLS[name];
  expect(show(name, protocol.writeCalls(calls))).toEqual([
    'mv {"source":"a \\"b\\"","n":1.0}',
    'ls {}',
  ]);
  expect(show(name, protocol.finish)).toEqual(['finished']);
});

describe('exit', () => {
  test.each([
    ['<tool>{"name":"a","args":{"x":1}}</tool>', ['a {"x":1}']],
    ['<tool>{"name":"a","parameters":{}}</tool><tool>{"name":"b"}</tool>', ['a {}', 'b {}']],
    ['<tool> [ {"name":"a","arguments":{}} ] </tool> <TASK_FINISHED>', ['a {}', 'finished']],
    ['<TASK_ERROR>', ['gave-up']],
    ['<TASK_FINISHED><TASK_ERROR>', ['finished']],
    ['words', []],
    ['<tool>{"name":"a",}</tool>', ['malformed']],
    ['<tool>{"name":"a"} more</tool>', ['malformed']],
    ['<tool>{"name":"a"}', ['unclosed']],
    ['<tool>[]</tool>', ['invalid']],
    ['<tool>[1,{"name":2},{"name":"a","args":[]}]</tool>', ['invalid', 'invalid', 'invalid']],
    ['<tool>{"name":"a","args":{},"parameters":{}}</tool>', ['invalid']],
    ['<tool>{\'name\':\'a\'}</tool><tool>{"name":"b"}</tool>', ['malformed', 'b {}']],
    [
      '<tool>{"name":"a","args":{"x":"</tool><TASK_FINISHED>"}}</tool>',
      ['a {"x":"</tool><TASK_FINISHED>"}'],
    ],
    ['<reasoning><tool>{"name":"a"}</tool></reasoning><TASK_FINISHED>', ['finished']],
    ['<reasoning><tool>{"name":"a"}</tool>', []],
    ['<tool>{"name":"a"}</tool></think><tool>{"name":"b"}</tool>', ['b {}']],
    [
      '<tool_result><TASK_FINISHED><tool>{"name":"a"}</tool></tool_result><tool>{"name":"b"}</tool>',
      ['b {}'],
    ],
    [
      '<tool>{"name":"__proto__","args":{"__proto__":{"x":1}}}</tool>',
      ['__proto__ {"__proto__":{"x":1}}'],
    ],
    ['< tool>{"name":"a"}</tool>', []],
    ['<tool>{"name":"a","args":{"x":NaN}}</tool>', ['malformed']],
    [`<tool>${'['.repeat(1000)}</tool>`, ['malformed']],
  ])('reads %s', (response, expected) => expect(show('exit', response)).toEqual(expected));
});

describe('hermes', () => {
  test.each([
    ['I look.\n<tool_call>\n{"name": "a", "arguments": {"x": 1}}\n</tool_call>', ['a {"x": 1}']],
    ['<think><tool_call>{"name":"a"}</tool_call></think>Done.', ['finished']],
    ['<tool_call>{"name":"a","arguments":"{}"}</tool_call>', ['invalid']],
    ['<tool_call>oops</tool_call>', ['malformed']],
  ])('reads %s', (response, expected) => expect(show('hermes', response)).toEqual(expected));
});

describe('llama3-json', () => {
  test.each([
    ['{"name": "a", "parameters": {"x": 1}}', ['a {"x": 1}']],
    ['<|python_tag|>{"name":"a"}; {"name":"b"}<|eom_id|>', ['a {}', 'b {}']],
    ['Sure: {"name":"a"}', ['finished']],
    ['{"name":"a"} and more', ['a {}', 'malformed']],
    ['{"name":"a"', ['malformed']],
    ['<think>{"name":"a"}</think>{"name":"b"}', ['b {}']],
    ['{"name":"a","parameters":{"x":"</think>"}}', ['a {"x":"</think>"}']],
  ])('reads %s', (response, expected) => expect(show('llama3-json', response)).toEqual(expected));
});

describe('mistral', () => {
  test.each([
    ['[TOOL_CALLS] [{"name":"a","arguments":{"x":1}},{"name":"b"}]', ['a {"x":1}', 'b {}']],
    ['[TOOL_CALLS]a{"x":1}[TOOL_CALLS]b[ARGS]{}', ['a {"x":1}', 'b {}']],
    ['[TOOL_CALLS]a[1]', ['invalid']],
    ['[TOOL_CALLS]', ['malformed']],
    ['[TOOL_CALLS][{"name":"a"}', ['malformed']],
    ['Done.', ['finished']],
  ])('reads %s', (response, expected) => expect(show('mistral', response)).toEqual(expected));
});

describe('openai', () => {
  const call = (fn: string) => `{"content":null,"tool_calls":[{"id":"1","function":${fn}}]}`;
  test.each([
    [call('{"name":"a","arguments":"{\\"x\\": 1.0}"}'), ['a {"x": 1.0}']],
    [call('{"name":"a","arguments":"{"}'), ['malformed']],
    [call('{"name":"a","arguments":{}}'), ['invalid']],
    [call('{"name":"a"}'), ['a {}']],
    ['{"content":"Done."}', ['finished']],
    ['{"tool_calls":[1]}', ['invalid']],
    ['{"tool_calls":', ['malformed']],
    ['words', ['finished']],
  ])('reads %s', (response, expected) => expect(show('openai', response)).toEqual(expected));
});

const MARKS = [
  '<tool>', '</tool>', '<tool_call>', '</tool_call>', '<reasoning>', '</reasoning>', '<think>', '</think>',
  '[TOOL_CALLS]', '{', '}', '[', ']', '"', '\\', ',', ':', '"name":"a"', '"args":{}', '<TASK_FINISHED>',
  '<TASK_ERROR>', ' ', '\n', '1', 'é', '\ud800', '<|python_tag|>', ';', '"tool_calls":', '<tool_result>',
]; // biome-ignore format: a list of marks reads best as it is

test.each(NAMES)('%s gives every attempt the text of its span, whatever is said', (name) => {
  let seed = 1;
  const draw = (bound: number) => {
    seed = (seed * 48271) % 2147483647;
    return seed % bound;
  };
  for (let round = 0; round < 3000; round++) {
    const length = draw(24);
    const response = Array.from({ length }, () => MARKS[draw(MARKS.length)]).join('');
    for (const { raw, span } of PROTOCOLS[name].parse(response).attempts) {
      expect(response.slice(span.start, span.end)).toBe(raw);
    }
  }
});

test.each(NAMES)('%s takes time linear in the length', (name) => {
  const patterns = [
    ...MARKS,
    '<tool>["',
    '<tool>"</tool>',
    '<tool>["</tool><tool>[",',
    '<tool>{"name":"a"}</tool>',
    '[TOOL_CALLS]"',
    '[TOOL_CALLS]a{"',
    '[TOOL_CALLS][TOOL_CALLS]["',
    '<reasoning><think>',
    '<tool_call>[[[',
    'a</think><tool_result>',
  ];
  // A quadratic reader would need 10^10 steps for each: the test would not end.
  for (const pattern of patterns) {
    PROTOCOLS[name].parse(pattern.repeat(100_000));
    PROTOCOLS[name].parse(`<tool>[${pattern.repeat(50_000)}`);
  }
});
