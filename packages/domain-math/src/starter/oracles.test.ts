/**
 * Every family's answer, found again by brute force from the problem's key alone: counting by enumeration, roots by
 * floating point, equations by trying values.
 */
import { createRandom } from '@taskspace/core';
import { expect, test } from 'vitest';
import { latexValue, type Rational } from './__fixtures__/latex-value.ts';
import { FAMILIES } from './families.ts';
import { LEVELS } from './family.ts';

/** The expected value as a number, or the exact text of the answer. */
type Oracle = (kind: string, numbers: readonly number[], key: string) => number | string;

const N = Number;

const ORACLES: Record<string, Oracle> = {
  'divisor-count': (kind, [n]) =>
    count(1, n!, (d) => n! % d === 0 && (kind === 'all' || Number.isInteger(Math.sqrt(d)))),
  'gcd-lcm': (kind, numbers) => {
    if (kind === 'gcd') return largest(1, numbers[0]!, (d) => numbers.every((n) => n % d === 0));
    const [remainder, ...divisors] = kind === 'lcm' ? [0, ...numbers] : numbers;
    return first(remainder! + 1, (n) => divisors.every((d) => n % d === remainder! % d));
  },
  'base-conversion': (kind, [base, a, b], key) => {
    const words = key.split(' ');
    const value = (digits: string, from = base!) =>
      [...digits].reduce((sum, digit) => sum * from + N(digit), 0);
    const write = (n: number, to: number): string =>
      n < to ? `${n}` : `${write(Math.floor(n / to), to)}${n % to}`;
    if (kind === 'from') return value(words[2]!);
    if (kind === 'to') return write(a!, base!);
    if (kind === 'sum') return write(value(words[2]!) + value(words[3]!), base!);
    return write(value(`${b}`), a!);
  },
  'factorial-exponent': (kind, [a, b, c]) => {
    const factorial = (n: number) => product(range(1, n).map(BigInt));
    const divides = (d: number, n: bigint) => {
      let exponent = 0;
      for (let left = n; left % BigInt(d) === 0n; left /= BigInt(d)) exponent++;
      return exponent;
    };
    if (kind === 'zeros') return divides(10, factorial(a!));
    if (kind !== 'binomial') return divides(a!, factorial(b!));
    return divides(a!, factorial(b!) / factorial(c!) / factorial(b! - c!));
  },
  'power-remainder': (kind, numbers) => {
    const power = (base: number, exponent: number, m: number) => {
      let result = 1;
      for (let step = 0; step < exponent; step++) result = (result * base) % m;
      return result;
    };
    const [a, b, c, d, e] = numbers as [number, number, number, number, number];
    if (kind === 'sum') return (power(b, c, a) + power(d, e, a)) % a;
    if (kind === 'tower') return N(modPow(BigInt(a), BigInt(b) ** BigInt(c), BigInt(d)));
    return power(a, b, c);
  },
  'linear-congruence': (_, [a, s, r, m]) => first(0, (x) => (a! * x + s! - r!) % m! === 0),
  'chinese-remainder': (_, numbers) =>
    first(0, (n) =>
      numbers.every((value, index) => index % 2 === 1 || n % numbers[index + 1]! === value),
    ),
  'linear-equation': (_, __, equation) => solveLinear(equation),
  'linear-system': (kind, numbers, key) => {
    if (kind === 'cyclic') {
      const [k, p, q, r] = numbers as [number, number, number, number];
      const x = range(-9, 9).find((x) => {
        const z = r - k * x;
        return x + k * (q - k * z) === p;
      })!;
      const z = r - k * x;
      return x * (q - k * z) * z;
    }
    const [one, two, wanted] = key.split('; ') as [string, string, string];
    for (const x of range(-20, 20)) {
      for (const y of range(-20, 20)) {
        const variables = { x: integer(x), y: integer(y) };
        if ([one, two].every((equation) => holds(equation, variables))) {
          return toNumber(latexValue(wanted, variables)!);
        }
      }
    }
    return 'no solution';
  },
  'root-expressions': (_, __, key) => {
    const [equation, wanted] = key.split('; ') as [string, string];
    const value = (x: number) =>
      toNumber(latexValue(equation.split(' = ')[0]!, { x: integer(x) })!);
    const [c, b] = [value(0), (value(1) - value(-1)) / 2];
    const [r, s] = [1, -1].map((sign) => (-b + sign * Math.sqrt(b * b - 4 * c)) / 2) as [
      number,
      number,
    ];
    if (wanted === 'r^2 + s^2') return r ** 2 + s ** 2;
    if (wanted === 'r^3 + s^3') return r ** 3 + s ** 3;
    if (wanted.startsWith('\\frac{r}')) return r / s + s / r;
    if (wanted.startsWith('\\frac{1}')) return 1 / r ** 2 + 1 / s ** 2;
    const k = N(/r ([+-]) (\d+)/.exec(wanted)!.slice(1).join(''));
    return (r + k) * (s + k);
  },
  'quadratic-roots': (_, [a, b, c]) => {
    const root = Math.sqrt(b! * b! - 4 * a! * c!);
    return (-b! + root) / (2 * a!);
  },
  'function-values': (_, __, key) => {
    const [, x, F, G] = /\((-?\d+)\)+(?: - .*?\))? ([^;]*?\d)(?:; (.*))?$/.exec(key)!;
    const call = (text: string, at: number) => toNumber(latexValue(text, { x: integer(at) })!);
    const f = (at: number) => call(F!, at);
    const g = (at: number) => call(G!, at);
    if (key.startsWith('f(f')) return f(f(N(x)));
    if (key.startsWith('f(g')) return f(g(N(x)));
    if (key.startsWith('g(f')) return g(f(N(x))) - f(g(N(x)));
    return (g(N(x)) - f(0)) / (f(1) - f(0));
  },
  logarithms: (kind, numbers, key) => {
    const [base, a, b, c, d] = numbers as [number, number, number, number, number];
    if (kind === 'power') return (c * d - b) / a;
    if (kind === 'powers') return (c * d - b) / (a - c);
    if (kind === 'quotient') return base ** a * b - c;
    const logs = [...key.matchAll(/\\log_\{(\d+)\} (\d+)/g)];
    return logs.reduce((sum, [, from, of]) => sum + Math.log(N(of)) / Math.log(N(from)), 0);
  },
  'arithmetic-series': (kind, [a, b, c, d, e]) => {
    const terms = (start: number, step: number, n: number) =>
      range(0, n - 1).map((index) => start + index * step);
    if (kind === 'term') return terms(a!, b!, c!).at(-1)!;
    if (kind === 'sum') return total(terms(a!, b!, c!));
    if (kind === 'multiples') return total(range(b!, c!).filter((n) => n % a! === 0));
    if (kind === 'difference') {
      return range(-20, 20).find((step) => total(terms(a!, step, b!)) === c)!;
    }
    const step = (d! - b!) / (c! - a!);
    return b! + (e! - a!) * step;
  },
  'geometric-series': (kind, [a, r, n], key) => {
    if (kind === 'term' || kind === 'sum') {
      const terms = range(0, n! - 1).map((index) => a! * r! ** index);
      return kind === 'term' ? terms.at(-1)! : total(terms);
    }
    const last = toNumber(latexValue(key.split(' ')[2]!)!);
    const ratio = kind === 'infinite' ? last : 1 - a! / last;
    if (kind === 'ratio') return ratio;
    const terms = range(0, 3000).map((index) => a! * ratio ** index);
    return total(kind === 'infinite' ? terms : terms.map((term) => term ** 2));
  },
  recurrence: (kind, numbers, key) => {
    const [p, q, index] = numbers as [number, number, number];
    const repeat = (n: number, start: number, next: (a: number, n: number) => number) => {
      let term = start;
      for (let step = 1; step < n; step++) term = next(term, step);
      return term;
    };
    if (kind === 'period') return repeat(((index - 1) % 3) + 1, p / q, (a) => 1 / (1 - a));
    if (kind === 'growing') return repeat(index, p, (a, n) => a + q * n);
    const [rule, given, last] = key.split('; ') as [string, string, string];
    const terms = given.split(', ').map((term) => N(term.split(' = ')[1]));
    const right = rule.split(' = ')[1]!.replace('a_{n+1}', 'y').replace('a_n', 'x');
    while (terms.length < N(last)) {
      const x = terms.length > 1 && right.includes('y') ? terms.at(-2)! : terms.at(-1)!;
      terms.push(toNumber(latexValue(right, { x: integer(x), y: integer(terms.at(-1)!) })!));
    }
    return terms[N(last) - 1]!;
  },
  committees: (kind, [a, b, c, d]) => {
    if (/^\d/.test(kind))
      return d === undefined ? subsets(a!, b!) : subsets(a!, b!) * subsets(c!, d);
    const [women, men, size] = [a!, b!, c!];
    const people = women + men;
    // People 0 .. women - 1 are women; 0 and 1 are Ann and Eve.
    return chosen(people, size).filter((group) => {
      const female = group.filter((person) => person < women).length;
      if (kind === 'two') return female >= 2;
      return female >= 1 && !(kind === 'feud' && group.includes(0) && group.includes(1));
    }).length;
  },
  arrangements: (level, _, key) => {
    const [, letters, marked] = key.split(' ') as [string, string, string];
    if (level === '2' && letters.length > 8) return 'skip';
    const words = new Set(permutations([...letters]));
    if (level <= '2') return words.size;
    return [...words].filter((word) => {
      const places = [...(marked ?? '')].map((letter) => word.indexOf(letter));
      const [p, q, r] = places as [number, number, number];
      if (level === '5') return p < q && q < r;
      return (Math.abs(p - q) === 1) === (level === '3');
    }).length;
  },
  'grid-paths': (level, numbers) => {
    const [right, up, ...marks] = /^\d$/.test(level) ? numbers.slice(1) : numbers;
    const [x, y, p, q] = marks as [number, number, number, number];
    const walk = (at: readonly [number, number], seen: string): number => {
      const [a, b] = at;
      const now = `${seen}${a === x && b === y ? 'X' : ''}${a === p && b === q ? 'P' : ''}`;
      if (a > right! || b > up!) return 0;
      if (a === right && b === up) {
        const [inX, inP] = [now.includes('X'), now.includes('P')];
        const wanted = { '1': true, '2': inX, '3': !inX, '4': inP && !inX, '5': !inX && !inP };
        return wanted[level as keyof typeof wanted] ? 1 : 0;
      }
      return walk([a + 1, b], now) + walk([a, b + 1], now);
    };
    return right! + up! > 20 ? 'skip' : walk([0, 0], '');
  },
  'inclusion-exclusion': (level, [, n, ...divisors]) =>
    count(1, n!, (value) => {
      const hits = divisors.filter((divisor) => value % divisor === 0).length;
      return level === '1' ? hits === 0 : level === '5' ? hits === 1 : hits > 0;
    }),
  'integer-solutions': (kind, numbers) => {
    const ways = (least: readonly number[], sum: number, most = sum): number => {
      if (least.length === 0) return sum === 0 ? 1 : 0;
      const [low, ...rest] = least as [number, ...number[]];
      let found = 0;
      for (let value = low; value <= Math.min(sum, most); value++) found += ways(rest, sum - value);
      return found;
    };
    if (kind === '0' || kind === '1') {
      const [least, k, n] = numbers as [number, number, number];
      return n > 40 || k > 4 ? 'skip' : ways(Array<number>(k).fill(least), n);
    }
    if (kind === 'least') return ways(numbers.slice(0, -1), numbers.at(-1)!);
    const [k, bound, n] = numbers as [number, number, number];
    if (kind === 'at') {
      return total(range(0, n).map((sum) => ways(Array<number>(k).fill(bound), sum)));
    }
    return ways(Array<number>(k).fill(0), n, bound);
  },
  dice: (kind, numbers) => {
    if (kind === 'largest') {
      const [faces, rolls, largest] = numbers as [number, number, number];
      const all = outcomes(Array<number>(rolls).fill(faces));
      return all.filter((roll) => Math.max(...roll) === largest).length / all.length;
    }
    const faces = kind === 'even' ? numbers : numbers.slice(0, -1);
    const all = outcomes(faces);
    const wanted = (roll: readonly number[]) =>
      kind === 'even'
        ? roll.some((face) => face % 2 === 0)
        : kind === 'sum'
          ? total(roll) === numbers.at(-1)
          : total(roll) >= numbers.at(-1)!;
    return all.filter(wanted).length / all.length;
  },
  'urn-draws': (level, [, red, blue, green = 0, drawn = 2, least = 1]) => {
    const balls = [red!, blue!, green].flatMap((n, colour) => Array<number>(n).fill(colour));
    const sizes = level === '1' ? 1 : level === '5' ? drawn : 2;
    const all = chosen(balls.length, sizes).map((group) => group.map((ball) => balls[ball]!));
    const reds = (group: readonly number[]) => group.filter((colour) => colour === 0).length;
    const same = (group: readonly number[]) => new Set(group).size === 1;
    const wanted: Record<string, (group: readonly number[]) => boolean> = {
      '1': (group) => reds(group) === 1,
      '2': (group) => !same(group),
      '3': same,
      '4': same,
      '5': (group) => reds(group) >= least,
    };
    return all.filter(wanted[level]!).length / all.length;
  },
  'repeated-trials': (level, [, p, q, n, k]) => {
    const chance = p! / q!;
    return total(
      range(0, 2 ** n! - 1).map((mask) => {
        const hits = range(0, n! - 1).filter((bit) => (mask >> bit) % 2 === 1).length;
        const wanted = { 1: hits === n, 2: hits > 0, 3: hits === 1, 4: hits === k, 5: hits > 1 };
        return wanted[level as unknown as 1] ? chance ** hits * (1 - chance) ** (n! - hits) : 0;
      }),
    );
  },
  'polygon-area': (_, __, key) => {
    const corners = key
      .split(' ')
      .slice(1)
      .map((corner) => corner.split(',').map(N) as [number, number]);
    // Triangles from the first corner, by Heron's formula.
    const side = (i: number, j: number) =>
      Math.hypot(corners[i]![0] - corners[j]![0], corners[i]![1] - corners[j]![1]);
    return total(
      range(1, corners.length - 2).map((index) => {
        const [a, b, c] = [side(0, index), side(index, index + 1), side(0, index + 1)] as const;
        const half = (a + b + c) / 2;
        return Math.sqrt(Math.max(0, half * (half - a) * (half - b) * (half - c)));
      }),
    );
  },
  'right-triangles': (kind, [a, b, c]) => {
    if (kind === 'hypotenuse') return Math.hypot(a!, b!);
    if (kind === 'perimeter') return a! + b! + Math.sqrt(b! ** 2 - a! ** 2);
    if (kind === 'altitude') return (a! * b!) / Math.hypot(a!, b!);
    if (kind === 'inradius') return (a! * b!) / (a! + b! + Math.hypot(a!, b!));
    return ((a! + b!) / 2) * Math.sqrt(c! ** 2 - ((b! - a!) / 2) ** 2);
  },
  circles: (kind, [a, b, c]) => {
    if (kind === 'ring') return Math.PI * (b! ** 2 - a! ** 2);
    if (kind === 'sector') return (Math.PI * b! ** 2 * a!) / 360;
    if (kind === 'cone') return (Math.PI * a! ** 2 * b!) / 3;
    if (kind === 'capped') return Math.PI * (a! ** 2 * b! + (2 / 3) * a! ** 3);
    // Circumradius = product of sides over four areas.
    const half = (a! + b! + c!) / 2;
    const area = Math.sqrt(half * (half - a!) * (half - b!) * (half - c!));
    return Math.PI * ((a! * b! * c!) / (4 * area)) ** 2;
  },
  rates: (kind, [a, b, c]) => {
    if (kind === 'meet') return c!;
    if (kind === 'average') return 2 / (1 / a! + 1 / b!);
    if (kind === 'together') return 1 / (1 / a! + 1 / b!);
    if (kind === 'drain') return 1 / (1 / a! - 1 / b!);
    return (1 - c! / a!) / (1 / a! + 1 / b!);
  },
  percentages: (kind, [a, b, c, d]) => {
    if (kind === 'of') return b! * (a! / 100);
    if (kind === 'twice') return a! * (1 + b! / 100) * (1 - c! / 100);
    if (kind === 'before') return a!;
    if (kind === 'mix') return (a! * b! + c! * d!) / (a! + c!);
    return (a! * (d! - b!)) / (c! - d!);
  },
};

test.each(FAMILIES.filter(({ pocket }) => pocket !== true))(
  '$name agrees with brute force',
  (family) => {
    const oracle = ORACLES[family.name]!;
    let compared = 0;
    for (const level of LEVELS) {
      for (let seed = 0; seed < 12; seed++) {
        const { key, gold } = family.generate(level, createRandom(seed).fork(family.name));
        const kind = key.split(' ')[0]!;
        const numbers = (key.match(/(?<![\d.])-?\d+/g) ?? []).map(Number);
        const expected = oracle(kind, numbers, key);
        if (expected === 'skip' || !('answer' in gold)) continue;
        const label = `${family.name} ${level}: ${key} -> ${gold.answer}`;
        if (typeof expected === 'string') expect(`${gold.answer}`, label).toBe(expected);
        else
          expect(approximate(`${gold.answer}`) / (expected || 1), label).toBeCloseTo(
            expected && 1,
            8,
          );
        compared++;
      }
    }
    expect(compared).toBeGreaterThan(30);
  },
);

test('every family has an oracle', () => {
  const names = FAMILIES.filter(({ pocket }) => pocket !== true).map(({ name }) => name);
  expect(Object.keys(ORACLES).sort()).toEqual(names.sort());
});

/** Value of an answer: rational, a multiple of pi, or a whole number plus a square root. */
function approximate(answer: string): number {
  const root = /^(.*) \+ \\sqrt\{(\d+)\}$/.exec(answer);
  if (root) return N(root[1]) + Math.sqrt(N(root[2]));
  if (!answer.endsWith('\\pi')) return toNumber(latexValue(answer)!);
  const factor = answer.slice(0, -3);
  return Math.PI * (factor === '' ? 1 : toNumber(latexValue(factor)!));
}

function toNumber({ top, bottom }: Rational): number {
  return N(top) / N(bottom);
}

function integer(value: number): Rational {
  return { top: BigInt(value), bottom: 1n };
}

function holds(equation: string, variables: Readonly<Record<string, Rational>>): boolean {
  const [left, right] = equation.split(' = ').map((side) => toNumber(latexValue(side, variables)!));
  return left === right;
}

/** The zero of left minus right, from its values at 0 and 1. */
function solveLinear(equation: string): number {
  const gap = (at: number) => {
    const [left, right] = equation
      .split(' = ')
      .map((side) => toNumber(latexValue(side, { x: integer(at) })!));
    return left! - right!;
  };
  return gap(0) / (gap(0) - gap(1));
}

function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index);
}

function count(from: number, to: number, accept: (n: number) => boolean): number {
  let found = 0;
  for (let n = from; n <= to; n++) if (accept(n)) found++;
  return found;
}

function first(from: number, accept: (n: number) => boolean): number {
  let n = from;
  while (!accept(n)) n++;
  return n;
}

function largest(from: number, to: number, accept: (n: number) => boolean): number {
  let n = to;
  while (n > from && !accept(n)) n--;
  return n;
}

function total(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}

function product(numbers: readonly bigint[]): bigint {
  return numbers.reduce((all, number) => all * number, 1n);
}

function modPow(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  for (let square = base % modulus, left = exponent; left > 0n; left /= 2n) {
    if (left % 2n === 1n) result = (result * square) % modulus;
    square = (square * square) % modulus;
  }
  return result;
}

function chosen(n: number, size: number): number[][] {
  if (size === 0) return [[]];
  return range(0, n - 1).flatMap((last) => chosen(last, size - 1).map((group) => [...group, last]));
}

function subsets(n: number, size: number): number {
  return chosen(n, size).length;
}

function outcomes(faces: readonly number[]): number[][] {
  const [one, ...rest] = faces;
  if (one === undefined) return [[]];
  const others = outcomes(rest);
  return range(1, one).flatMap((face) => others.map((roll) => [face, ...roll]));
}

function permutations(letters: readonly string[]): string[] {
  if (letters.length === 0) return [''];
  return [...new Set(letters)].flatMap((letter) => {
    const place = letters.indexOf(letter);
    return permutations(letters.toSpliced(place, 1)).map((word) => letter + word);
  });
}
