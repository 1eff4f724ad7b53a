import type { ToolDefinition } from '../tool.ts';
import { integer, list, number, optional, text, tool } from './describe.ts';

const pair = { a: number('First number.'), b: number('Second number.') };
const units = {
  value: number('How much.'),
  unit_in: text('Unit it is given in.'),
  unit_out: text('Unit wanted.'),
};

/** Arithmetic. */
export const MATH_TOOLS: readonly ToolDefinition[] = [
  tool('absolute_value', 'The number without its sign.', { number: number('The number.') }),
  tool('add', 'The sum of two numbers.', pair),
  tool('divide', 'One number divided by another.', {
    a: number('Number to divide.'),
    b: number('Number to divide by.'),
  }),
  tool('imperial_si_conversion', 'Convert between imperial and metric units.', units),
  tool('logarithm', 'A logarithm.', {
    value: number('Number to take it of.'),
    base: number('Its base.'),
    precision: integer('Digits wanted.'),
  }),
  tool('max_value', 'The largest of some numbers.', { numbers: list('number', 'The numbers.') }),
  tool('mean', 'The average of some numbers.', { numbers: list('number', 'The numbers.') }),
  tool('min_value', 'The smallest of some numbers.', { numbers: list('number', 'The numbers.') }),
  tool('multiply', 'The product of two numbers.', pair),
  tool('percentage', 'How many per cent a part is of a whole.', {
    part: number('The part.'),
    whole: number('The whole.'),
  }),
  tool('power', 'A number raised to a power.', {
    base: number('The number.'),
    exponent: number('The power.'),
  }),
  tool('round_number', 'Round a number.', {
    number: number('The number.'),
    decimal_places: optional(integer('Digits kept after the point.'), 0),
  }),
  tool('si_unit_conversion', 'Convert between metric units of the same kind.', units),
  tool('square_root', 'The square root of a number.', {
    number: number('The number.'),
    precision: integer('Digits wanted.'),
  }),
  tool('standard_deviation', 'How far some numbers spread around their average.', {
    numbers: list('number', 'The numbers.'),
  }),
  tool('subtract', 'The first number minus the second.', pair),
  tool('sum_values', 'The sum of some numbers.', { numbers: list('number', 'The numbers.') }),
];
