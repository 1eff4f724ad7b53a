/** An exact rational, bottom positive. */
export interface Rational {
  readonly top: bigint;
  readonly bottom: bigint;
}

/**
 * The value of a numeric LaTeX expression, read independently of the code that wrote it: sums, products (dots or juxtaposed),
 * powers, fractions, binomials, factorials, floors and square roots of squares.
 *
 * @returns `undefined` when a letter without a value, or anything else, is in it.
 */
export function latexValue(
  text: string,
  variables: Readonly<Record<string, Rational>> = {},
): Rational | undefined {
  const tokens = text.match(/\\[a-zA-Z]+|\d+|[^\s]/g) ?? [];
  let position = 0;
  const take = (wanted: string) => {
    if (tokens[position] !== wanted) throw new NotNumeric();
    position++;
  };

  function sum(): Rational {
    let value = product();
    while (tokens[position] === '+' || tokens[position] === '-') {
      const sign = tokens[position++] === '+' ? 1n : -1n;
      const { top, bottom } = product();
      value = reduce(value.top * bottom + sign * top * value.bottom, value.bottom * bottom);
    }
    return value;
  }

  function product(): Rational {
    if (tokens[position] === '-') {
      position++;
      const { top, bottom } = product();
      return { top: -top, bottom };
    }
    let value = power();
    for (;;) {
      const token = tokens[position];
      if (token === '\\cdot') position++;
      else if (
        token === undefined ||
        !(token === '(' || token === '\\frac' || token in variables)
      ) {
        return value;
      }
      const { top, bottom } = power();
      value = reduce(value.top * top, value.bottom * bottom);
    }
  }

  function power(): Rational {
    let value = atom();
    while (tokens[position] === '!' || tokens[position] === '^') {
      if (tokens[position++] === '!') {
        let result = 1n;
        for (let factor = 2n; factor <= whole(value); factor++) result *= factor;
        value = { top: result, bottom: 1n };
      } else {
        const exponent = whole(tokens[position] === '{' ? braced() : atom());
        value = { top: value.top ** exponent, bottom: value.bottom ** exponent };
      }
    }
    return value;
  }

  function atom(): Rational {
    const token = tokens[position++] ?? '';
    if (/^\d+$/.test(token)) return { top: BigInt(token), bottom: 1n };
    if (token in variables) return variables[token]!;
    if (token === '(') {
      const value = sum();
      take(')');
      return value;
    }
    if (token === '\\frac') {
      const [above, below] = [braced(), braced()];
      return reduce(above.top * below.bottom, above.bottom * below.top);
    }
    if (token === '\\binom') {
      const [n, k] = [whole(braced()), whole(braced())];
      let result = k < 0n || k > n ? 0n : 1n;
      for (let index = 1n; index <= k; index++) result = (result * (n - k + index)) / index;
      return { top: result, bottom: 1n };
    }
    if (token === '\\sqrt') {
      const square = whole(braced());
      const root = BigInt(Math.round(Math.sqrt(Number(square))));
      if (root * root !== square) throw new NotNumeric();
      return { top: root, bottom: 1n };
    }
    if (token === '\\lfloor') {
      const { top, bottom } = sum();
      take('\\rfloor');
      return { top: (top - (((top % bottom) + bottom) % bottom)) / bottom, bottom: 1n };
    }
    throw new NotNumeric();
  }

  function braced(): Rational {
    take('{');
    const value = sum();
    take('}');
    return value;
  }

  try {
    const value = sum();
    return position === tokens.length ? value : undefined;
  } catch (error) {
    // Anything that is not arithmetic has no value, by contract.
    if (error instanceof NotNumeric) return undefined;
    throw error;
  }
}

/** Sides of the equations and congruences between dollar signs that do not agree, as text. */
export function falseStatements(solution: string): readonly string[] {
  const wrong: string[] = [];
  for (const [, formula] of solution.matchAll(/\$([^$]*)\$/g)) {
    const modulus = /\\pmod\{(\d+)\}/.exec(formula!)?.[1];
    const values = formula!
      .replace(/\\pmod\{\d+\}/, '')
      .split(/=|\\equiv/)
      .map((side) => latexValue(side))
      .filter((value) => value !== undefined);
    for (const value of values.slice(1)) {
      const first = values[0]!;
      const difference = first.top * value.bottom - value.top * first.bottom;
      const same = modulus === undefined ? difference === 0n : difference % BigInt(modulus) === 0n;
      if (!same) wrong.push(formula!);
    }
  }
  return wrong;
}

/** How many equations and congruences have two sides or more that {@link latexValue} reads. */
export function countStatements(solution: string): number {
  const formulas = [...solution.matchAll(/\$([^$]*)\$/g)].map(([, formula]) => formula!);
  return formulas.filter((formula) => {
    const sides = formula.replace(/\\pmod\{\d+\}/, '').split(/=|\\equiv/);
    return sides.filter((side) => latexValue(side) !== undefined).length > 1;
  }).length;
}

class NotNumeric extends Error {}

function whole({ top, bottom }: Rational): bigint {
  if (bottom !== 1n || top > 100_000_000n) throw new NotNumeric();
  return top;
}

function reduce(top: bigint, bottom: bigint): Rational {
  if (bottom === 0n) throw new NotNumeric();
  const divisor = gcd(top < 0n ? -top : top, bottom < 0n ? -bottom : bottom) || 1n;
  const sign = bottom < 0n ? -1n : 1n;
  return { top: (sign * top) / divisor, bottom: (sign * bottom) / divisor };
}

function gcd(a: bigint, b: bigint): bigint {
  return b === 0n ? a : gcd(b, a % b);
}
