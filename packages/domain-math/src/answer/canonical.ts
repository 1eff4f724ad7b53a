/** Rewrites a reading into its canonical form: what each notation means, worked out as far as exact rules go. */
import { makePower, makeProduct, makeSum, splitCoefficient, UNDEFINED } from './arithmetic.ts';
import type { Budget } from './budget.ts';
import { makeCall } from './calls.ts';
import { type Calculus, differentiate } from './derivative.ts';
import { evaluateReal } from './evaluate-real.ts';
import {
  type Expression,
  letterNode,
  numberNode,
  type Of,
  some,
  symbolNode,
} from './expression.ts';
import { isInteger, type Rational, rational } from './rational.ts';
import { DOUBLES } from './real-field.ts';

/** Longest finite sum or product that is written out. */
const MAX_TERMS = 300;
const HUNDREDTH = numberNode(rational(1n, 100n));
const TO_RADIANS = numberNode(rational(1n, 180n));
const PI: Expression = { kind: 'constant', name: 'pi' };
const TRIGONOMETRIC: ReadonlySet<string> = new Set(['sin', 'cos', 'tan', 'cot', 'sec', 'csc']);

interface Context {
  readonly budget: Budget;
  readonly calculus: Calculus;
  /** Inside a trigonometric function degrees are converted; elsewhere the sign is dropped. */
  readonly angle: boolean;
  /** Values of bound variables while a sum is written out. */
  readonly values: ReadonlyMap<string, Expression>;
}

/** The canonical form of a reading. Names stay as they are; `rename` may change them. */
export function canonical(node: Expression, budget: Budget): Expression {
  const calculus: Calculus = {
    sum: (parts) => makeSum(parts, budget),
    product: (parts) => makeProduct(parts, budget),
    power: (base, exponent) => makePower(base, exponent, budget),
  };
  return rewrite(node, { budget, calculus, angle: false, values: new Map() });
}

function rewrite(node: Expression, context: Context): Expression {
  const { budget, calculus } = context;
  budget.spend(1);
  switch (node.kind) {
    case 'number':
      return node.decimal ? numberNode(node.value) : node;
    case 'symbol':
      return context.values.get(node.name) ?? node;
    case 'constant':
      return context.values.get(node.name) ?? node;
    case 'letters':
      return calculus.product([...node.text].map((letter) => rewrite(letterNode(letter), context)));
    case 'sum':
      return calculus.sum(all(node.terms, context));
    case 'product':
      return calculus.product(all(node.factors, context));
    case 'power':
      return calculus.power(
        rewrite(node.base, context),
        rewrite(node.exponent, { ...context, angle: false }),
      );
    case 'percent':
      return calculus.product([rewrite(node.value, context), HUNDREDTH]);
    case 'degrees': {
      const value = rewrite(node.value, context);
      return context.angle ? calculus.product([value, PI, TO_RADIANS]) : value;
    }
    case 'unit':
      return rewrite(node.value, context);
    case 'based':
      return numberNode(rational(basedValue(node)));
    case 'call': {
      const angle = TRIGONOMETRIC.has(node.name);
      return makeCall(node.name, all(node.args, { ...context, angle }), calculus, budget);
    }
    case 'bind':
      return rewriteBound(node, context);
    default:
      return rewriteParts(node, context);
  }
}

function all(nodes: readonly Expression[], context: Context): Expression[] {
  return nodes.map((node) => rewrite(node, context));
}

/** Kinds that only have their parts rewritten. */
function rewriteParts(node: Expression, outer: Context): Expression {
  const context = { ...outer, angle: false };
  switch (node.kind) {
    case 'apply':
      return { ...node, args: all(node.args, context) };
    case 'plusminus':
      return { ...node, left: rewrite(node.left, context), right: rewrite(node.right, context) };
    case 'matrix':
      return { kind: 'matrix', rows: node.rows.map((row) => all(row, context)) };
    case 'bracket':
    case 'set':
    case 'list':
      return { ...node, items: all(node.items, context) };
    case 'set-operation':
      return { ...node, left: rewrite(node.left, context), right: rewrite(node.right, context) };
    case 'builder':
      return {
        ...node,
        element: rewrite(node.element, context),
        condition: rewrite(node.condition, context),
      };
    case 'relation':
      return { ...node, members: all(node.members, context) };
    case 'ratio':
      return { ...node, parts: all(node.parts, context) };
    default:
      return node;
  }
}

function basedValue({ digits, base }: Of<'based'>): bigint {
  let value = 0n;
  for (const digit of digits)
    if (digit !== '-') value = value * BigInt(base) + BigInt(Number(digit));
  return digits.startsWith('-') ? -value : value;
}

/** Writes short sums and products out, takes derivatives, and gives other bound variables a standard name. */
function rewriteBound(node: Of<'bind'>, context: Context): Expression {
  if (node.operator === 'derivative') {
    const body = rewrite(node.body, context);
    // In dy/dx the name stands for an unknown function, whose derivative is not 0.
    if (body.kind === 'symbol' && body.name !== node.variable) return { ...node, body };
    return differentiate(body, node.variable, context.calculus) ?? { ...node, body };
  }
  if (node.operator === 'limit') {
    const value = limitValue(node, context);
    if (value !== undefined) return value;
  }
  const lower = node.lower && rewrite(node.lower, context);
  const upper = node.upper && rewrite(node.upper, context);
  if (node.operator === 'sum' || node.operator === 'product') {
    const expanded = writeOut(node, lower, upper, context);
    if (expanded !== undefined) return expanded;
  }
  // Nested binders get different names because the names count how many are open.
  const name = `#${[...context.values.keys()].length}`;
  const values = new Map(context.values).set(node.variable, symbolNode(name));
  const body = rewrite(node.body, { ...context, values, angle: false });
  const isPlain = node.variable === '';
  return {
    kind: 'bind',
    operator: node.operator,
    variable: isPlain ? '' : name,
    ...(lower && { lower }),
    ...(upper && { upper }),
    // A limit from above is what computer algebra prints for one without a side.
    ...(node.side === '-' && { side: node.side }),
    body,
  };
}

/** The limit of a continuous body is its value; of `c/x^k` at infinity it is 0. */
function limitValue(node: Of<'bind'>, context: Context): Expression | undefined {
  if (node.lower === undefined) return undefined;
  const point = rewrite(node.lower, context);
  if (some(point, (part) => part.kind === 'constant' && part.name === 'infinity')) {
    const body = rewrite(node.body, context);
    return vanishes(splitCoefficient(body).rest, node.variable)
      ? numberNode(rational(0n))
      : undefined;
  }
  const values = new Map(context.values).set(node.variable, point);
  const value = rewrite(node.body, { ...context, values });
  if (isPolynomial(node.body)) return value;
  const isClosed = !some(
    value,
    (part) => part.kind === 'symbol' || part.kind === 'apply' || part.kind === 'bind',
  );
  if (!isClosed || some(node.body, isStep)) return undefined;
  const number = evaluateReal(value, {
    field: DOUBLES,
    budget: context.budget,
    sampleOf: () => rational(0n),
    logarithmBase: 'e',
    scale: 0,
  });
  return number === undefined ? undefined : value;
}

function vanishes(node: Expression | undefined, variable: string): boolean {
  return (
    node?.kind === 'power' &&
    node.base.kind === 'symbol' &&
    node.base.name === variable &&
    node.exponent.kind === 'number' &&
    node.exponent.value.top < 0n
  );
}

function isStep(node: Expression): boolean {
  return node.kind === 'call' && ['floor', 'ceil', 'sgn', 'mod'].includes(node.name);
}

function isPolynomial(node: Expression): boolean {
  return !some(node, (part) => {
    if (part.kind === 'power')
      return (
        part.exponent.kind !== 'number' ||
        part.exponent.value.top < 0n ||
        part.exponent.value.bottom !== 1n
      );
    return ['call', 'apply', 'bind', 'matrix'].includes(part.kind);
  });
}

function writeOut(
  node: Of<'bind'>,
  lower: Expression | undefined,
  upper: Expression | undefined,
  context: Context,
): Expression | undefined {
  const first = wholeOf(lower);
  const last = wholeOf(upper);
  if (first === undefined || last === undefined || last - first > MAX_TERMS) return undefined;
  const parts: Expression[] = [];
  for (let value = first; value <= last; value++) {
    const index = numberNode(rational(BigInt(value)));
    const values = new Map(context.values).set(node.variable, index);
    parts.push(rewrite(node.body, { ...context, values }));
  }
  if (parts.includes(UNDEFINED)) return UNDEFINED;
  return node.operator === 'sum' ? context.calculus.sum(parts) : context.calculus.product(parts);
}

function wholeOf(node: Expression | undefined): number | undefined {
  if (node?.kind !== 'number') return undefined;
  const value: Rational = node.value;
  return isInteger(value) && value.top > -100_000n && value.top < 100_000n
    ? Number(value.top)
    : undefined;
}
