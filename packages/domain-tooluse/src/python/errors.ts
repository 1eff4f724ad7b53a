/** A Python exception as the worlds raise it: its type, and what Python's `str()` of it gives. */
import type { PyValue } from './values.ts';

/** The exception types the worlds raise. */
export type PyErrorType =
  | 'AttributeError'
  | 'Exception'
  | 'IndexError'
  | 'KeyError'
  | 'NameError'
  | 'OverflowError'
  | 'RecursionError'
  | 'TypeError'
  | 'ValueError'
  | 'ZeroDivisionError';

/**
 * A Python exception. It never leaves a world's `call`. A KeyError carries its key in `args` instead of a message, since
 * Python prints the key's `repr`.
 */
export class PyError extends Error {
  static {
    PyError.prototype.name = 'PyError';
  }
  readonly type: PyErrorType;
  readonly args: readonly PyValue[];
  constructor(type: PyErrorType, message: string, args: readonly PyValue[] = []) {
    super(message);
    this.type = type;
    this.args = args;
  }
}

/** A Python TypeError. */
export function typeError(message: string): PyError {
  return new PyError('TypeError', message);
}

/** A Python ValueError. */
export function valueError(message: string): PyError {
  return new PyError('ValueError', message);
}

/** A Python AttributeError, by the type's name and the attribute that it lacks. */
export function noAttribute(type: string, attribute: string): PyError {
  return new PyError('AttributeError', `'${type}' object has no attribute '${attribute}'`);
}
