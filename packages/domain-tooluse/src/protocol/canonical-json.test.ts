import { expect, test } from 'vitest';
import { canonicalJson } from './canonical-json.ts';

test.each([
  ['1', '1.0', true],
  ['1', 'true', true],
  ['0', '-0.0', true],
  ['1e3', '1000', true],
  ['0.1', '0.10', true],
  ['{"a":1,"b":2}', '{"b":2.0,"a":true}', true],
  ['{"a":1,"a":2}', '{"a":2}', true],
  ['"\\u0061"', '"a"', true],
  ['9007199254740993', '9007199254740992', false],
  ['9007199254740993', '9007199254740993', true],
  ['"1"', '1', false],
  ['[1,2]', '[2,1]', false],
  ['null', '0', false],
  ['{"__proto__":1}', '{}', false],
])('%s and %s are equal: %s', (left, right, equal) => {
  expect(canonicalJson(left) === canonicalJson(right)).toBe(equal);
});
