import { expect, test } from 'vitest';
import { add, compare, divide, multiply, power, round, sum } from './arithmetic.ts';
import { decimalSquareRoot } from './decimal.ts';
import { floatRepr } from './float-text.ts';
import { formatJson, parseJson, parsePython } from './json.ts';
import { mpLogarithm } from './mpmath.ts';
import { PyRandom } from './random.ts';
import { compareStrings, length } from './strings.ts';
import { parseClock, parseDay } from './strptime.ts';
import { jsonDumps, repr } from './text.ts';
import { equals, float, PyDict, type PyValue } from './values.ts';

test.each([
  [1, '1.0'],
  [-0, '-0.0'],
  [1e16, '1e+16'],
  [123456789012345680, '1.2345678901234568e+17'],
  [0.0001, '0.0001'],
  [0.00001, '1e-05'],
  [Number.NaN, 'nan'],
  [-Infinity, '-inf'],
])('the float %d is printed as %s', (value, text) => {
  expect(floatRepr(value)).toBe(text);
});

test.each<[string, PyValue, string]>([
  ['int + float', add(1, float(2)), '3.0'],
  ['int + int', add(1, 2), '3'],
  ['bool + bool', add(true, true), '2'],
  ['a big product', multiply(2 ** 52, 2 ** 52), '20282409603651670423947251286016'],
  ['int / int', divide(6, 3), '2.0'],
  ['a naive sum', sum(Array.from({ length: 10 }, () => float(0.1))), '0.9999999999999999'],
  ['int ** int', power(2, 100), '1267650600228229401496703205376'],
  ['int ** -int', power(2, -1), '0.5'],
  ['a root', power(float(2), float(0.5)), '1.4142135623730951'],
  ['a root of a negative', power(-8, float(0.5)), '(1.7319121124709868e-16+2.8284271247461903j)'],
  ['half to even', round(float(2.675), 2), '2.67'],
  ['an int stays one', round(7, 2), '7'],
  ['tens', round(25, -1), '20'],
  ['list * int', multiply(['a'], 2), "['a', 'a']"],
])('%s', (_name, value, text) => {
  expect(repr(value)).toBe(text);
});

test.each<[() => unknown, string]>([
  [() => add(1, 'a'), "unsupported operand type(s) for +: 'int' and 'str'"],
  [() => add('a', 1), 'can only concatenate str (not "int") to str'],
  [() => compare(1, '<', 'a'), "'<' not supported between instances of 'int' and 'str'"],
  [() => multiply('a', float(1)), "can't multiply sequence by non-int of type 'float'"],
  [() => power(0, -1), '0.0 cannot be raised to a negative power'],
  [() => power(float(1e300), 2), "(34, 'Numerical result out of range')"],
  [() => PyDict.of({}).get([]), "unhashable type: 'list'"],
])('error %#', (run, message) => {
  expect(run).toThrow(message);
});

test('decimal roots have the asked digits', () => {
  expect(decimalSquareRoot(2, 10).repr).toBe("Decimal('1.414213562')");
  expect(decimalSquareRoot(100, 1).repr).toBe("Decimal('1E+1')");
  expect(decimalSquareRoot(float(0.25), 5).repr).toBe("Decimal('0.5')");
});

test('logarithms are rounded in binary before they are divided', () => {
  expect(mpLogarithm(3287, 6, 4).repr).toBe("mpf('4.51947')");
  expect(mpLogarithm(-1, 10, 5).repr).toBe("mpc(real='0.0', imag='1.3643761')");
});

test('dict keys are equal as Python has them', () => {
  const dict = PyDict.from([
    [1, 'int'],
    ['1', 'text'],
  ]);
  dict.set(float(1), 'float');
  dict.set(true, 'bool');
  expect(repr(dict)).toBe("{1: 'bool', '1': 'text'}");
  expect(
    equals(
      dict,
      PyDict.from([
        ['1', 'text'],
        [float(1), 'bool'],
      ]),
    ),
  ).toBe(true);
  expect(jsonDumps(dict)).toBe('{"1": "bool", "1": "text"}');
});

test('strings are counted and ordered by code point', () => {
  expect(length('a🚗é')).toBe(3);
  expect(['🚗', '\uffff', 'a'].sort(compareStrings)).toEqual(['a', '\uffff', '🚗']);
});

test('times are read as strptime reads them', () => {
  expect(parseDay('2024-1-5')).toEqual({ year: 2024, month: 1, day: 5 });
  expect(() => parseDay('2024-02-30')).toThrow('day is out of range for month');
  expect(() => parseDay('24-01-01')).toThrow(
    "time data '24-01-01' does not match format '%Y-%m-%d'",
  );
  expect(() => parseDay(7)).toThrow('strptime() argument 1 must be str, not int');
  expect(parseClock('12:05 AM')).toBe(5);
});

test('random numbers follow CPython’s stream', () => {
  const random = new PyRandom(141053n);
  expect([random.random(), random.random()]).toEqual([0.932697140758107, 0.8259937857399504]);
  const fork = random.fork();
  expect(fork.uniform(-10, 40)).toBe(8.546173419897784);
  expect(random.uniform(-10, 40)).toBe(8.546173419897784);
});

test('JSON keeps its number types and its order there and back', () => {
  const text = '{"b": 1.0, "10": 1, "2": [1e+16, 0.5, 12345678901234567890], "\\u00e9": null}';
  expect(jsonDumps(parsePython(text))).toBe(text);
  expect(formatJson(parseJson('{"a": [1.0, 1, 0.5]}'))).toBe('{"a": [1.0, 1, 0.5]}');
  expect(formatJson({ b: 1, a: 2 }, { sortKeys: true })).toBe('{"a": 2, "b": 1}');
});

test.each(['', '{', '[1,]', '{"a" 1}', '"a', '01', '1 2', "'a'", '\u0001'])(
  'the text %j is no JSON',
  (text) => {
    expect(() => parsePython(text)).toThrow(SyntaxError);
  },
);
