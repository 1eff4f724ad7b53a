import { between, pick, type RandomStream } from '@taskspace/core';
import { atLevel, drawUntil } from './draw.ts';
import type { Family } from './family.ts';
import { fraction, linear, operand, plus, polynomial, quotient, worked } from './latex.ts';

/** One linear equation in one unknown. */
export const linearEquation: Family = {
  name: 'linear-equation',
  generate(level, random) {
    const solve = (equation: string) =>
      pick(random, [
        `Solve for $x$: $${equation}$.`,
        `Find the value of $x$ that satisfies $${equation}$.`,
        `If $${equation}$, what is $x$?`,
      ]);
    if (level <= 2) {
      const [a, b, x] = [nonzero(random, 9), nonzero(random, 30), between(random, -12, 12)];
      const c =
        level === 1
          ? 0
          : drawUntil(
              () => nonzero(random, 9),
              (c) => c !== a,
            );
      const d = a * x + b - c * x;
      const right = level === 1 ? `${d}` : polynomial([c, d]);
      const equation = `${polynomial([a, b])} = ${right}`;
      return worked({
        key: equation,
        text: solve(equation),
        steps: isolate(a, b, c, d),
        answer: x,
      });
    }
    if (level === 4) {
      const [p, q] = drawUntil(
        () => [between(random, 2, 9), between(random, 2, 9)] as const,
        ([p, q]) => p !== q,
      );
      const [b, c] = [nonzero(random, 9), nonzero(random, 20)];
      // (x + b) / p = x / q + c, all times pq.
      const equation = `\\frac{${polynomial([1, b])}}{${p}} = \\frac{x}{${q}}${plus(c)}`;
      const [left, right] = [q * b, p * q * c];
      return worked({
        key: equation,
        text: solve(equation),
        steps: [
          `Multiply both sides by $${p} \\cdot ${q} = ${p * q}$: $${linear([q], ['x'])}${plus(left)} = ${linear([p], ['x'])}${plus(right)}$.`,
          ...isolate(q, left, p, right),
        ],
        answer: fraction(right - left, q - p),
      });
    }
    const [a, b] = [between(random, 2, 9), nonzero(random, 12)];
    const c = drawUntil(
      () => (level === 3 ? nonzero(random, 9) : between(random, 2, 9)),
      (c) => c !== a,
    );
    const inner = level === 3 ? 0 : nonzero(random, 12);
    // a(x + b) = c(x + inner) + e; at level 3 e makes x whole.
    const x = between(random, -12, 12);
    const e = level === 3 ? a * (x + b) - c * x : nonzero(random, 40);
    const right = level === 3 ? polynomial([c, e]) : `${c}(${polynomial([1, inner])})${plus(e)}`;
    const equation = `${a}(${polynomial([1, b])}) = ${right}`;
    const expanded = polynomial([c, c * inner + e]);
    return worked({
      key: equation,
      text: solve(equation),
      steps: [
        `Expand: $${polynomial([a, a * b])} = ${expanded}$.`,
        ...isolate(a, a * b, c, c * inner + e),
      ],
      answer: fraction(c * inner + e - a * b, a - c),
    });
  },
};

/** Systems of linear equations with whole solutions. */
export const linearSystem: Family = {
  name: 'linear-system',
  generate(level, random) {
    const bound = atLevel(level, [10, 9, 12, 20, 9]);
    if (level === 5) return cyclicSystem(random);
    const highest = atLevel(level, [1, 4, 9, 15, 0]);
    const [x, y] = [between(random, -bound, bound), between(random, -bound, bound)];
    const { a, b, c, d } = drawUntil(
      () =>
        level === 1
          ? { a: between(random, 1, 5), b: between(random, 1, 5), c: 1, d: -1 }
          : {
              a: between(random, 1, highest),
              b: nonzero(random, highest),
              c: between(random, 1, highest),
              d: nonzero(random, highest),
            },
      ({ a, b, c, d }) => a * d - b * c !== 0,
    );
    const [e, f] = [a * x + b * y, c * x + d * y];
    const determinant = a * d - b * c;
    const wanted = pick(
      random,
      level <= 2 ? (['x', 'y'] as const) : (['x + y', 'xy', 'x - y'] as const),
    );
    const values = { x, y, 'x + y': x + y, 'x - y': x - y, xy: x * y };
    const answer = values[wanted];
    const last = {
      x: [],
      y: [],
      'x + y': [`$x + y = ${operand(x)} + ${operand(y)} = ${answer}$.`],
      'x - y': [`$x - y = ${operand(x)} - ${operand(y)} = ${answer}$.`],
      xy: [`$xy = ${operand(x)} \\cdot ${operand(y)} = ${answer}$.`],
    }[wanted];
    const equations = [
      `${linear([a, b], ['x', 'y'])} = ${e}`,
      `${linear([c, d], ['x', 'y'])} = ${f}`,
    ] as const;
    return worked({
      key: `${[...equations].sort().join('; ')}; ${wanted}`,
      text: pick(random, [
        `If $${equations[0]}$ and $${equations[1]}$, what is $${wanted}$?`,
        `Real numbers $x$ and $y$ satisfy $${equations[0]}$ and $${equations[1]}$. Find $${wanted}$.`,
      ]),
      steps: [
        `The first equation times $${d}$ minus the second times $${b}$ leaves $${linear([determinant], ['x'])} = ${operand(d)} \\cdot ${operand(e)} - ${operand(b)} \\cdot ${operand(f)} = ${d * e - b * f}$, so $x = ${x}$.`,
        `The second equation times $${a}$ minus the first times $${c}$ leaves $${linear([determinant], ['y'])} = ${operand(a)} \\cdot ${operand(f)} - ${operand(c)} \\cdot ${operand(e)} = ${a * f - c * e}$, so $y = ${y}$.`,
        ...last,
      ],
      answer,
    });
  },
};

/** Symmetric functions of the roots of a quadratic. */
export const rootExpressions: Family = {
  name: 'root-expressions',
  generate(level, random) {
    const { s, p } = drawUntil(
      () => ({ s: nonzero(random, 15), p: nonzero(random, 30) }),
      ({ s, p }) => s * s > 4 * p,
    );
    const k = nonzero(random, 6);
    const squares = s * s - 2 * p;
    const cubes = s ** 3 - 3 * p * s;
    const [S, P] = [operand(s), operand(p)];
    const sumOfSquares = `$r^2 + s^2 = (r + s)^2 - 2rs$, that is $${S}^2 - 2 \\cdot ${P} = ${squares}$.`;
    const product = (s: number, p: number, k: number) => p + k * s + k * k;
    const forms = [
      {
        wanted: `(r${plus(k)})(s${plus(k)})`,
        steps: [
          `$(r${plus(k)})(s${plus(k)}) = rs + ${operand(k)}(r + s) + ${operand(k)}^2$, that is $${P} + ${operand(k)} \\cdot ${S} + ${operand(k)}^2 = ${product(s, p, k)}$.`,
        ],
        answer: `${product(s, p, k)}`,
      },
      { wanted: 'r^2 + s^2', steps: [sumOfSquares], answer: `${squares}` },
      {
        wanted: 'r^3 + s^3',
        steps: [
          `$r^3 + s^3 = (r + s)^3 - 3rs(r + s)$, that is $${S}^3 - 3 \\cdot ${P} \\cdot ${S} = ${cubes}$.`,
        ],
        answer: `${cubes}`,
      },
      {
        wanted: '\\frac{r}{s} + \\frac{s}{r}',
        steps: [
          sumOfSquares,
          `$\\frac{r}{s} + \\frac{s}{r} = \\frac{r^2 + s^2}{rs}$, that is $${quotient(squares, p, fraction(squares, p))}$.`,
        ],
        answer: fraction(squares, p),
      },
      {
        wanted: '\\frac{1}{r^2} + \\frac{1}{s^2}',
        steps: [
          sumOfSquares,
          `$\\frac{1}{r^2} + \\frac{1}{s^2} = \\frac{r^2 + s^2}{(rs)^2}$, that is $${quotient(squares, `${P}^2`, fraction(squares, p * p))}$.`,
        ],
        answer: fraction(squares, p * p),
      },
    ] as const;
    const { wanted, steps, answer } = forms[level - 1]!;
    const equation = `${polynomial([1, -s, p])} = 0`;
    return worked({
      key: `${equation}; ${wanted}`,
      text: pick(random, [
        `Let $r$ and $s$ be the roots of $${equation}$. Find $${wanted}$.`,
        `The solutions of $${equation}$ are $r$ and $s$. What is $${wanted}$?`,
      ]),
      steps: [`By Vieta $r + s = ${s}$ and $rs = ${p}$.`, ...steps],
      answer,
    });
  },
};

/** The larger root of a quadratic: whole, then rational, then with a square root. */
export const quadraticRoots: Family = {
  name: 'quadratic-roots',
  generate(level, random) {
    const ask = (coefficients: readonly number[]) =>
      pick(random, [
        `Find the larger solution of $${polynomial(coefficients)} = 0$.`,
        `What is the greatest real number $x$ with $${polynomial(coefficients)} = 0$?`,
      ]);
    if (level >= 4) {
      const a = nonzero(random, atLevel(level, [0, 0, 0, 9, 30]));
      const b = pick(random, SQUARE_FREE.slice(0, atLevel(level, [0, 0, 0, 10, 24])));
      const coefficients = [1, -2 * a, a * a - b];
      return worked({
        key: coefficients.join(' '),
        text: ask(coefficients),
        steps: [
          `Complete the square: $(x${plus(-a)})^2 = ${b}$, because $${operand(a)}^2 - ${operand(a * a - b)} = ${b}$.`,
          `So $x = ${a} \\pm \\sqrt{${b}}$, and the larger root takes the plus sign.`,
        ],
        answer: `${a} + \\sqrt{${b}}`,
      });
    }
    const highest = atLevel(level, [20, 15, 9, 0, 0]);
    const low = level === 1 ? 1 : -highest;
    const { p, q, lead } = drawUntil(
      () => ({
        p: between(random, low, highest),
        q: between(random, low, highest),
        lead: level === 3 ? between(random, 2, 7) : 1,
      }),
      ({ p, q, lead }) => p !== lead * q,
    );
    // (lead x - p)(x - q)
    const coefficients = [lead, -(p + lead * q), p * q];
    const larger = p / lead > q ? fraction(p, lead) : `${q}`;
    return worked({
      key: coefficients.join(' '),
      text: ask(coefficients),
      steps: [
        `Factor: $${polynomial(coefficients)}$ is the product of $${polynomial([lead, -p])}$ and $${polynomial([1, -q])}$, because $${operand(p)} \\cdot ${operand(q)} = ${p * q}$ and $${operand(p)} + ${lead} \\cdot ${operand(q)} = ${p + lead * q}$.`,
        `The roots are $${fraction(p, lead)}$ and $${q}$, and the larger is $${larger}$.`,
      ],
      answer: larger,
    });
  },
};

/** Values of composed and inverse functions. */
export const functionValues: Family = {
  name: 'function-values',
  generate(level, random) {
    const [a, b, c, d] = [
      nonzero(random, 9),
      nonzero(random, 12),
      nonzero(random, 9),
      nonzero(random, 12),
    ];
    const x = between(random, -8, 8);
    const f = (value: number) => a * value + b;
    const F = polynomial([a, b]);
    const g = (value: number) => (level >= 3 ? value * value + c * value + d : c * value + d);
    const G = level >= 3 ? polynomial([1, c, d]) : polynomial([c, d]);
    const evaluateF = (value: number) =>
      `$f(${value}) = ${operand(a)} \\cdot ${operand(value)} + ${operand(b)} = ${f(value)}$.`;
    const evaluateG = (value: number) =>
      level >= 3
        ? `$g(${value}) = ${operand(value)}^2 + ${operand(c)} \\cdot ${operand(value)} + ${operand(d)} = ${g(value)}$.`
        : `$g(${value}) = ${operand(c)} \\cdot ${operand(value)} + ${operand(d)} = ${g(value)}$.`;
    if (level === 1) {
      return worked({
        key: `f(f(${x})) ${F}`,
        text: `If $f(x) = ${F}$, what is $f(f(${x}))$?`,
        steps: [evaluateF(x), evaluateF(f(x))],
        answer: f(f(x)),
      });
    }
    const given = pick(random, [
      `Let $f(x) = ${F}$ and $g(x) = ${G}$.`,
      `The functions $f$ and $g$ are defined by $f(x) = ${F}$ and $g(x) = ${G}$.`,
    ]);
    if (level <= 3) {
      return worked({
        key: `f(g(${x})) ${F}; ${G}`,
        text: `${given} Find $f(g(${x}))$.`,
        steps: [evaluateG(x), evaluateF(g(x))],
        answer: f(g(x)),
      });
    }
    if (level === 4) {
      return worked({
        key: `g(f(${x})) - f(g(${x})) ${F}; ${G}`,
        text: `${given} Find $g(f(${x})) - f(g(${x}))$.`,
        steps: [
          evaluateF(x),
          evaluateG(f(x)),
          evaluateG(x),
          evaluateF(g(x)),
          `$${operand(g(f(x)))} - ${operand(f(g(x)))} = ${g(f(x)) - f(g(x))}$.`,
        ],
        answer: g(f(x)) - f(g(x)),
      });
    }
    const value = g(x);
    return worked({
      key: `f^{-1}(g(${x})) ${F}; ${G}`,
      text: `${given} Find $f^{-1}(g(${x}))$, where $f^{-1}$ is the inverse function of $f$.`,
      steps: [
        evaluateG(x),
        `Solve $${F} = ${value}$: $${linear([a], ['x'])} = ${value - b}$, because $${operand(value)} - ${operand(b)} = ${value - b}$.`,
        `So $x$ is $${quotient(value - b, a, fraction(value - b, a))}$.`,
      ],
      answer: fraction(value - b, a),
    });
  },
};

/** Logarithms and exponential equations. */
export const logarithms: Family = {
  name: 'logarithms',
  generate(level, random) {
    if (level === 1) {
      const [[b, m], [c, n]] = [exactPower(random), exactPower(random)];
      const terms = [`\\log_{${b}} ${b ** m}`, `\\log_{${c}} ${c ** n}`];
      return worked({
        key: [...terms].sort().join(' + '),
        text: `Evaluate $${terms.join(' + ')}$.`,
        steps: [
          `$${b}^{${m}} = ${b ** m}$ and $${c}^{${n}} = ${c ** n}$.`,
          `The sum is $${m} + ${n} = ${m + n}$.`,
        ],
        answer: m + n,
      });
    }
    if (level <= 3) {
      // base^(k x + c) = (base^m)^(x + d), or with a number of the same form on the right at level 2.
      const base = pick(random, [2, 3, 5]);
      const m = between(random, 2, 4);
      const [k, c, d] = [between(random, 1, 9), nonzero(random, 9), nonzero(random, 9)];
      if (level === 2) {
        const n = between(random, 2, 12);
        const right = `${base ** m}^{${n}}`;
        return worked({
          key: `power ${base} ${k} ${c} ${m} ${n}`,
          text: `Solve for $x$: $${base}^{${polynomial([k, c])}} = ${right}$.`,
          steps: [
            `$${base ** m} = ${base}^{${m}}$, so the right side is $${base}$ to the power $${m} \\cdot ${n} = ${m * n}$.`,
            ...isolate(k, c, 0, m * n),
          ],
          answer: fraction(m * n - c, k),
        });
      }
      const slope = k === m ? k + 1 : k;
      return worked({
        key: `powers ${base} ${slope} ${c} ${m} ${d}`,
        text: `Solve for $x$: $${base}^{${polynomial([slope, c])}} = ${base ** m}^{${polynomial([1, d])}}$.`,
        steps: [
          `$${base ** m} = ${base}^{${m}}$, so the exponents satisfy $${polynomial([slope, c])} = ${polynomial([m, m * d])}$.`,
          ...isolate(slope, c, m, m * d),
        ],
        answer: fraction(m * d - c, slope - m),
      });
    }
    if (level === 4) {
      const parts = drawUntil(
        () => [rationalLog(random), rationalLog(random)] as const,
        ([p, q]) => p.text !== q.text,
      );
      const [p, q] = parts;
      const top = p.top * q.bottom + q.top * p.bottom;
      const answer = fraction(top, p.bottom * q.bottom);
      return worked({
        key: [p.text, q.text].sort().join(' + '),
        text: `Evaluate $${p.text} + ${q.text}$ as a common fraction or an integer.`,
        steps: [
          p.step,
          q.step,
          `The sum is $\\frac{${p.top}}{${p.bottom}} + \\frac{${q.top}}{${q.bottom}} = ${answer}$.`,
        ],
        answer,
      });
    }
    const [base, d] = exactPower(random);
    const [e, c] = [between(random, 2, 12), nonzero(random, 40)];
    const value = base ** d * e;
    return worked({
      key: `quotient ${base} ${d} ${e} ${c}`,
      text: pick(random, [
        `Find $x$ if $\\log_{${base}} (x${plus(c)}) - \\log_{${base}} ${e} = ${d}$.`,
        `Solve $\\log_{${base}} (x${plus(c)}) = ${d} + \\log_{${base}} ${e}$ for $x$.`,
      ]),
      steps: [
        `The difference of logarithms is the logarithm of the quotient, so the quotient is $${base}^{${d}} = ${base ** d}$.`,
        `So $${polynomial([1, c])} = ${value}$, because $${base ** d} \\cdot ${e} = ${value}$.`,
        `$x$ is $${value} - ${operand(c)} = ${value - c}$.`,
      ],
      answer: value - c,
    });
  },
};

const SQUARE_FREE: readonly number[] = [
  2, 3, 5, 6, 7, 10, 11, 13, 14, 15, 17, 19, 21, 22, 23, 26, 29, 30, 31, 33, 34, 35, 37, 38,
];

function nonzero(random: RandomStream, bound: number): number {
  const size = between(random, 1, bound);
  return random.integer(2) === 0 ? size : -size;
}

/** Steps that solve `a x + b = c x + d`. */
function isolate(a: number, b: number, c: number, d: number): string[] {
  const [factor, right] = [a - c, d - b];
  const steps = [
    `Collect: $${linear([factor], ['x'])} = ${right}$, because $${operand(d)} - ${operand(b)} = ${right}$${c === 0 ? '' : ` and $${operand(a)} - ${operand(c)} = ${factor}$`}.`,
  ];
  if (factor !== 1) {
    steps.push(`Divide: $x$ is $${quotient(right, factor, fraction(right, factor))}$.`);
  }
  return steps;
}

/** x + k y = p, y + k z = q, z + k x = r. */
function cyclicSystem(random: RandomStream) {
  const k = between(random, 2, 5);
  const [x, y, z] = [0, 0, 0].map(() => between(random, -9, 9)) as [number, number, number];
  const [p, q, r] = [x + k * y, y + k * z, z + k * x];
  const answer = x * y * z;
  const scaled = p - k * q + k * k * r;
  return worked({
    key: `cyclic ${k} ${p} ${q} ${r}`,
    text: `Let $x + ${k}y = ${p}$, $y + ${k}z = ${q}$ and $z + ${k}x = ${r}$. Find $xyz$.`,
    steps: [
      `Eliminate $y$ and $z$: the first minus $${k}$ times the second plus $${k ** 2}$ times the third gives $${1 + k ** 3}x = ${operand(p)} - ${k} \\cdot ${operand(q)} + ${k ** 2} \\cdot ${operand(r)} = ${scaled}$, so $x = ${x}$.`,
      `Then $z$ is $${operand(r)} - ${k} \\cdot ${operand(x)} = ${z}$.`,
      `And $y$ is $${operand(q)} - ${k} \\cdot ${operand(z)} = ${y}$.`,
      `The product is $${operand(x)} \\cdot ${operand(y)} \\cdot ${operand(z)} = ${answer}$.`,
    ],
    answer,
  });
}

function exactPower(random: RandomStream): readonly [number, number] {
  return drawUntil(
    () => [between(random, 2, 12), between(random, 2, 8)] as const,
    ([base, exponent]) => base ** exponent <= 3000,
  );
}

/** log base p^i of p^j, in lowest terms j / i. */
function rationalLog(random: RandomStream) {
  const p = pick(random, [2, 3, 5, 7]);
  const [i, j] = drawUntil(
    () => [between(random, 2, 4), between(random, 1, 7)] as const,
    ([i, j]) => j % i !== 0 && p ** Math.max(i, j) <= 3000,
  );
  const text = `\\log_{${p ** i}} ${p ** j}`;
  return {
    text,
    top: j,
    bottom: i,
    step: `$${p ** i} = ${p}^{${i}}$ and $${p ** j} = ${p}^{${j}}$, so $${text} = \\frac{${j}}{${i}}$.`,
  };
}
