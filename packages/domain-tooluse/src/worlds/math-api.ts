/** `MathAPI`: stateless arithmetic on Python numbers. */
import {
  absolute,
  add,
  compare,
  divide,
  extreme,
  multiply,
  power,
  round,
  subtract,
  sum,
} from '../python/arithmetic.ts';
import { decimalSquareRoot } from '../python/decimal.ts';
import { PyError } from '../python/errors.ts';
import { mpLogarithm } from '../python/mpmath.ts';
import { iterate } from '../python/strings.ts';
import { errorText, str } from '../python/text.ts';
import {
  equals,
  float,
  hashKey,
  isNumber,
  PyDict,
  type PyFloat,
  type PyValue,
  truthy,
} from '../python/values.ts';
import { type Attributes, attributeClass, failure, type Method, method } from './api-class.ts';

const NOT_NUMBERS = 'Both inputs must be numbers';
const NOT_ALL_NUMBERS = 'All elements in the list must be numbers';

/** Metres per unit. */
const SI_UNITS: ReadonlyMap<PyValue, PyValue> = new Map<PyValue, PyValue>([
  ['km', 1000],
  ['m', 1],
  ['cm', float(0.01)],
  ['mm', float(0.001)],
  ['um', float(1e-6)],
  ['nm', float(1e-9)],
]);

/** Factors by "from to". */
const IMPERIAL_FACTORS: ReadonlyMap<string, PyFloat> = new Map([
  ['cm in', float(0.393701)],
  ['in cm', float(2.54)],
  ['m ft', float(3.28084)],
  ['ft m', float(0.3048)],
  ['m yd', float(1.09361)],
  ['yd m', float(0.9144)],
  ['km miles', float(0.621371)],
  ['miles km', float(1.60934)],
  ['kg lb', float(2.20462)],
  ['lb kg', float(0.453592)],
]);

const METHODS: ReadonlyMap<string, Method<Attributes>> = new Map([
  [
    'logarithm',
    method(['value', 'base', 'precision'], (_, value, base, precision) =>
      logarithm(value, base, precision),
    ),
  ],
  ['mean', method(['numbers'], (_, numbers) => ofList('mean', numbers, mean))],
  [
    'standard_deviation',
    method(['numbers'], (_, numbers) => ofList('standard deviation', numbers, standardDeviation)),
  ],
  [
    'si_unit_conversion',
    method(['value', 'unit_in', 'unit_out'], (_, value, from, to) => convertSi(value, from, to)),
  ],
  [
    'imperial_si_conversion',
    method(['value', 'unit_in', 'unit_out'], (_, value, from, to) =>
      convertImperial(value, from, to),
    ),
  ],
  ['add', method(['a', 'b'], (_, a, b) => guarded(NOT_NUMBERS, () => add(a, b)))],
  ['subtract', method(['a', 'b'], (_, a, b) => guarded(NOT_NUMBERS, () => subtract(a, b)))],
  [
    'multiply',
    method(['a', 'b'], (_, a, b) =>
      isNumber(a) && isNumber(b) ? result(multiply(a, b)) : failure(NOT_NUMBERS),
    ),
  ],
  [
    'divide',
    method(['a', 'b'], (_, a, b) =>
      equals(b, 0) ? failure('Cannot divide by zero') : guarded(NOT_NUMBERS, () => divide(a, b)),
    ),
  ],
  ['power', method(['base', 'exponent'], (_, a, b) => guarded(NOT_NUMBERS, () => power(a, b)))],
  [
    'square_root',
    method(['number', 'precision'], (_, number, precision) => squareRoot(number, precision)),
  ],
  [
    'absolute_value',
    method(['number'], (_, number) => guarded('Input must be a number', () => absolute(number))),
  ],
  [
    'round_number',
    method(['number', ['decimal_places', 0]], (_, number, places) =>
      guarded('First input must be a number, second input must be an integer', () =>
        round(number, places),
      ),
    ),
  ],
  [
    'percentage',
    method(['part', 'whole'], (_, part, whole) =>
      equals(whole, 0)
        ? failure('Whole value cannot be zero')
        : guarded(NOT_NUMBERS, () => multiply(divide(part, whole), 100)),
    ),
  ],
  ['min_value', method(['numbers'], (_, numbers) => ofExtreme('minimum', numbers, '<'))],
  ['max_value', method(['numbers'], (_, numbers) => ofExtreme('maximum', numbers, '>'))],
  ['sum_values', method(['numbers'], (_, numbers) => ofList('sum', numbers, sum))],
]);

/** The class `MathAPI`. */
export const MATH_API = attributeClass(
  'MathAPI',
  () => METHODS,
  (_config, setting) => ({ setting, open: new PyDict(), hidden: new PyDict(), random: undefined }),
);

function result(value: PyValue): PyDict {
  return PyDict.of({ result: value });
}

/** The result, or the error message when Python would raise a TypeError. */
function guarded(message: string, compute: () => PyValue): PyDict {
  try {
    return result(compute());
  } catch (error) {
    if (error instanceof PyError && error.type === 'TypeError') return failure(message);
    throw error;
  }
}

/** The result, or the message of whatever the library raises. */
function logarithm(value: PyValue, base: PyValue, precision: PyValue): PyDict {
  try {
    return result(mpLogarithm(value, base, precision));
  } catch (error) {
    if (error instanceof PyError) return failure(errorText(error));
    throw error;
  }
}

function ofList(what: string, numbers: PyValue, compute: (numbers: PyValue[]) => PyValue): PyDict {
  if (!truthy(numbers)) return failure(`Cannot calculate ${what} of an empty list`);
  return guarded(NOT_ALL_NUMBERS, () => compute(iterate(numbers)));
}

function ofExtreme(what: string, numbers: PyValue, operator: '<' | '>'): PyDict {
  if (!truthy(numbers)) return failure(`Cannot find ${what} of an empty list`);
  return guarded(NOT_ALL_NUMBERS, () => extreme(iterate(numbers), operator));
}

function mean(numbers: readonly PyValue[]): PyValue {
  return divide(sum(numbers), numbers.length);
}

function standardDeviation(numbers: readonly PyValue[]): PyValue {
  const middle = mean(numbers);
  const squares = numbers.map((number) => power(subtract(number, middle), 2));
  return float(Math.sqrt(divide(sum(squares), numbers.length).value));
}

function squareRoot(number: PyValue, precision: PyValue): PyDict {
  const message = 'Input must be a number or computation resulted in an invalid operation';
  if (!isNumber(number)) return failure(message);
  if (compare(number, '<', 0)) return failure('Cannot calculate square root of a negative number');
  return guarded(message, () => decimalSquareRoot(number, precision));
}

function convertSi(value: PyValue, from: PyValue, to: PyValue): PyDict {
  if (!isNumber(value)) return failure('Value must be a number');
  hashKey(from);
  hashKey(to);
  const metres = SI_UNITS.get(from);
  const unit = SI_UNITS.get(to);
  if (metres === undefined || unit === undefined) return unsupported(from, to);
  // Python multiplies by the rounded reciprocal.
  return result(multiply(multiply(value, metres), divide(float(1), unit)));
}

function convertImperial(value: PyValue, from: PyValue, to: PyValue): PyDict {
  if (!isNumber(value)) return failure('Value must be a number');
  if (equals(from, to)) return result(value);
  const factor = IMPERIAL_FACTORS.get(`${str(from)} ${str(to)}`);
  if (factor !== undefined) return result(multiply(value, factor));
  if (from === 'celsius' && to === 'fahrenheit') {
    return result(add(divide(multiply(value, 9), 5), 32));
  }
  if (from === 'fahrenheit' && to === 'celsius') {
    return result(divide(multiply(subtract(value, 32), 5), 9));
  }
  return unsupported(from, to);
}

function unsupported(from: PyValue, to: PyValue): PyDict {
  return failure(`Conversion from '${str(from)}' to '${str(to)}' is not supported`);
}
