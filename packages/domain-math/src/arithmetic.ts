/** Value of an integer expression, and the numbers it was written with. */
export interface Arithmetic {
  readonly value: number;
  /** Every number in the expression, in order of appearance. */
  readonly numbers: readonly number[];
}

const MAX_LENGTH = 120;
const MAX_DEPTH = 20;

/**
 * Reads an expression of whole numbers, `+`, `-`, `*` and round brackets with the usual precedence. Nothing is evaluated as
 * code; input is capped at 120 characters and 20 levels of brackets.
 *
 * @returns `undefined` for anything else, and for values beyond exact integers.
 */
export function parseArithmetic(text: string): Arithmetic | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  const tokens = text.match(/\d+|[^\s]/g) ?? [];
  const numbers: number[] = [];
  let position = 0;
  let depth = 0;

  function sum(): number {
    let value = product();
    while (tokens[position] === '+' || tokens[position] === '-') {
      const sign = tokens[position++] === '+' ? 1 : -1;
      value += sign * product();
    }
    return value;
  }

  function product(): number {
    let value = atom();
    while (tokens[position] === '*') {
      position++;
      value *= atom();
    }
    return value;
  }

  // NaN stands for "not an expression" and survives every operation.
  function atom(): number {
    const token = tokens[position++];
    if (token === '(') {
      if (++depth > MAX_DEPTH) return Number.NaN;
      const value = sum();
      depth--;
      return tokens[position++] === ')' ? value : Number.NaN;
    }
    if (token === undefined || !/^\d{1,9}$/.test(token)) return Number.NaN;
    numbers.push(Number(token));
    return Number(token);
  }

  const value = sum();
  return position === tokens.length && Number.isSafeInteger(value) ? { value, numbers } : undefined;
}
