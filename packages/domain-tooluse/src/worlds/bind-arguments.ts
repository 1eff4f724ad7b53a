/** Python's rules for binding a call's arguments to a method's parameters, with Python's own messages. */
import { type PyError, typeError } from '../python/errors.ts';
import type { PyValue } from '../python/values.ts';
import type { Parameter } from './api-class.ts';

/**
 * The values of all parameters, in order.
 *
 * @param qualifiedName - What messages call the method: `TradingBot.place_order`.
 * @throws PyError, a TypeError, for unknown, repeated, surplus and missing arguments, in the order Python checks.
 */
export function bindArguments(
  qualifiedName: string,
  parameters: readonly Parameter[],
  positional: readonly PyValue[],
  keyword: ReadonlyMap<string, PyValue>,
): PyValue[] {
  const values: (PyValue | undefined)[] = parameters.map((_, index) => positional[index]);
  for (const [name, value] of keyword) {
    const index = parameters.findIndex((parameter) => parameter.name === name);
    if (name === 'self') throw refusal(qualifiedName, "got multiple values for argument 'self'");
    if (index < 0) throw refusal(qualifiedName, `got an unexpected keyword argument '${name}'`);
    if (values[index] !== undefined) {
      throw refusal(qualifiedName, `got multiple values for argument '${name}'`);
    }
    values[index] = value;
  }
  if (positional.length > parameters.length) {
    throw refusal(qualifiedName, surplus(parameters, positional.length));
  }
  const missing = parameters.filter(
    (parameter, index) => values[index] === undefined && parameter.default === undefined,
  );
  if (missing.length > 0) throw refusal(qualifiedName, absent(missing));
  return parameters.map((parameter, index) => values[index] ?? fallback(values[index], parameter));
}

function fallback(value: PyValue | undefined, parameter: Parameter): PyValue {
  // None is a value of its own; only a missing argument takes the default.
  return value === undefined ? (parameter.default ?? null) : value;
}

function refusal(qualifiedName: string, message: string): PyError {
  return typeError(`${qualifiedName}() ${message}`);
}

function surplus(parameters: readonly Parameter[], given: number): string {
  // Python counts self as well.
  const most = parameters.length + 1;
  const least = 1 + parameters.filter((parameter) => parameter.default === undefined).length;
  const takes = least === most ? String(most) : `from ${least} to ${most}`;
  const noun = most === 1 && least === most ? 'argument' : 'arguments';
  return `takes ${takes} positional ${noun} but ${given + 1} were given`;
}

function absent(missing: readonly Parameter[]): string {
  const names = missing.map(({ name }) => `'${name}'`);
  const noun = names.length === 1 ? 'argument' : 'arguments';
  const last = names.pop()!;
  const comma = names.length > 1 ? ',' : '';
  const list = names.length === 0 ? last : `${names.join(', ')}${comma} and ${last}`;
  return `missing ${names.length + 1} required positional ${noun}: ${list}`;
}
