/** Equality of two formulas in stages, cheapest first; what no stage decides is not equal. */
import { UNDEFINED } from './arithmetic.ts';
import { bigFloats, toRational } from './big-float.ts';
import type { Budget } from './budget.ts';
import { canonical } from './canonical.ts';
import { evaluateReal } from './evaluate-real.ts';
import { type Expression, letterNode, type Of, some } from './expression.ts';
import { compareIdentically } from './identity.ts';
import { keyOf } from './keys.ts';
import { agreeNumerically } from './numeric.ts';
import type { Policy } from './policy.ts';
import {
  add,
  compare,
  divide,
  equal,
  multiply,
  negate,
  type Rational,
  rational,
  roundedTo,
} from './rational.ts';
import { mapNodes, replaceSymbols } from './substitute.ts';

/** What a comparison needs throughout. */
export interface Judge {
  readonly budget: Budget;
  readonly policy: Policy;
}

/** Whether two formulas are equal, and the stage that decided. */
export interface Equality {
  readonly equal: boolean;
  readonly rule: string;
}

const DIFFERENT: Equality = { equal: false, rule: 'different' };

/** Compares two formulas that stand for values. */
export function equalExpressions(gold: Expression, given: Expression, judge: Judge): Equality {
  const { budget } = judge;
  let a = canonical(gold, budget);
  let b = canonical(given, budget);
  for (const name of ['I', 'j']) {
    // A capital I or a j on one side only is how some programs print the imaginary unit.
    if (hasSymbol(a, name) && !hasSymbol(b, name)) a = withImaginary(a, name, budget);
    else if (hasSymbol(b, name) && !hasSymbol(a, name)) b = withImaginary(b, name, budget);
  }
  if (isUndefined(a) || isUndefined(b)) return DIFFERENT;
  if (keyOf(a) === keyOf(b)) return { equal: true, rule: 'same-form' };
  if (a.kind === 'matrix' || b.kind === 'matrix') return equalMatrices(a, b, judge);
  if (a.kind === 'number' && b.kind === 'number') {
    return equalNumbers(a.value, b.value, decimalsOf(gold, given), judge);
  }
  if (isUnbounded(a) || isUnbounded(b)) return DIFFERENT;
  const names = applicationNames(a);
  const others = applicationNames(b);
  if (
    [...names].some((name) => !others.has(name)) ||
    [...others].some((name) => !names.has(name))
  ) {
    // h(r+1) is an application on one side only: there it was a product.
    a = canonical(asProducts(a, others), budget);
    b = canonical(asProducts(b, names), budget);
    if (keyOf(a) === keyOf(b)) return { equal: true, rule: 'same-form' };
  }
  const lenient =
    (a.kind === 'number' && isDecimal(gold)) ||
    (b.kind === 'number' && isDecimal(given)) ||
    judge.policy.relativeTolerance > 0 ||
    judge.policy.absoluteTolerance > 0;
  if (lenient && isConstant(a) && isConstant(b)) {
    const [x, y] = [approximate(a, budget), approximate(b, budget)];
    if (x !== undefined && y !== undefined)
      return equalNumbers(x, y, decimalsOf(gold, given), judge);
  }
  const identity = compareIdentically(a, b, budget);
  if (identity === 'equal') return { equal: true, rule: 'identity' };
  if (identity === 'different') return DIFFERENT;
  return agreeNumerically(a, b, budget) ? { equal: true, rule: 'numeric' } : DIFFERENT;
}

function equalMatrices(a: Expression, b: Expression, judge: Judge): Equality {
  if (a.kind !== 'matrix' || b.kind !== 'matrix') {
    // A 1×1 matrix is its cell.
    const [only] = a.kind === 'matrix' ? a.rows.flat() : b.kind === 'matrix' ? b.rows.flat() : [];
    const cells = a.kind === 'matrix' ? a.rows.flat() : b.kind === 'matrix' ? b.rows.flat() : [];
    if (only === undefined || cells.length !== 1) return DIFFERENT;
    return a.kind === 'matrix'
      ? equalExpressions(only, b, judge)
      : equalExpressions(a, only, judge);
  }
  if (a.rows.length !== b.rows.length) return DIFFERENT;
  for (const [r, row] of a.rows.entries()) {
    const other = b.rows[r];
    if (other?.length !== row.length) return DIFFERENT;
    for (const [c, cell] of row.entries()) {
      const partner = other[c];
      if (partner === undefined || !equalExpressions(cell, partner, judge).equal) return DIFFERENT;
    }
  }
  return { equal: true, rule: 'matrix' };
}

/**
 * Exact numbers are equal or not. Where one was written as a decimal both are rounded to the same places. Small numbers,
 * of which rounding would leave less than four digits, must also agree in proportion: within a thousandth when one side is
 * exact, almost completely when both were written out. So 0.0003 stands for neither 1/3000 nor 0.00031, nor 1e-19 for 0.
 */
function equalNumbers(a: Rational, b: Rational, decimals: 0 | 1 | 2, { policy }: Judge): Equality {
  if (equal(a, b)) return { equal: true, rule: 'number' };
  const gap = size(add(a, negate(b)));
  if (within(gap, size(a), policy)) return { equal: true, rule: 'tolerance' };
  if (decimals === 0) return DIFFERENT;
  const { precision, precisionStated } = policy;
  const rounded = roundedTo(a, precision);
  if (rounded !== roundedTo(b, precision)) return DIFFERENT;
  if (rounded >= 1000n || rounded <= -1000n || (precisionStated && rounded !== 0n)) {
    return { equal: true, rule: 'decimal' };
  }
  const relative = divide(gap, size(a).top === 0n ? size(b) : size(a));
  const allowed = rational(1n, decimals === 1 ? 1_000n : 10n ** BigInt(precision));
  return relative !== undefined && compare(relative, allowed) <= 0
    ? { equal: true, rule: 'decimal' }
    : DIFFERENT;
}

function within(gap: Rational, gold: Rational, policy: Policy): boolean {
  const allowed = add(
    fromNumber(policy.absoluteTolerance),
    multiply(fromNumber(policy.relativeTolerance), gold),
  );
  return allowed.top > 0n && compare(gap, allowed) <= 0;
}

function fromNumber(value: number): Rational {
  return rational(BigInt(Math.round(value * 2 ** 50)), 2n ** 50n);
}

function size(value: Rational): Rational {
  return value.top < 0n ? negate(value) : value;
}

/** A constant to 128 bits; `undefined` when it is not a real number. */
export function approximate(node: Expression, budget: Budget): Rational | undefined {
  if (node.kind === 'number') return node.value;
  const field = bigFloats(128);
  const value = evaluateReal(node, {
    field,
    budget,
    sampleOf: () => rational(0n),
    logarithmBase: '10',
    scale: Number.NEGATIVE_INFINITY,
  });
  if (value === undefined || Math.abs(field.magnitude(value)) > 4_000) return undefined;
  return toRational(value);
}

/** Whether the tree has no names and no unknown functions. */
export function isConstant(node: Expression): boolean {
  return !some(node, ({ kind }) => kind === 'symbol' || kind === 'apply' || kind === 'letters');
}

function decimalsOf(gold: Expression, given: Expression): 0 | 1 | 2 {
  if (isDecimal(gold)) return isDecimal(given) ? 2 : 1;
  return isDecimal(given) ? 1 : 0;
}

function isDecimal(node: Expression): boolean {
  return some(node, (part) => part.kind === 'number' && part.decimal);
}

function isUnbounded(node: Expression): boolean {
  if (node.kind === 'bind') return false;
  return (
    some(node, (part) => part.kind === 'constant' && part.name === 'infinity') &&
    !some(node, (part) => part.kind === 'bind')
  );
}

function isUndefined(node: Expression): boolean {
  return some(node, (part) => part === UNDEFINED);
}

function applicationNames(node: Expression): ReadonlySet<string> {
  const names = new Set<string>();
  some(node, (part) => {
    if (isApplication(part)) names.add(part.name);
    return false;
  });
  return names;
}

const DECORATIONS: ReadonlySet<string> = new Set('overline hat tilde vec dot ddot _'.split(' '));

/** Of a named function to one argument. */
function isApplication(node: Expression): node is Of<'apply'> {
  if (node.kind !== 'apply' || node.args.length !== 1) return false;
  return !node.name.endsWith('_') && !DECORATIONS.has(node.name);
}

function isZero(node: Expression): boolean {
  return node.kind === 'number' && node.value.top === 0n;
}

function asProducts(node: Expression, kept: ReadonlySet<string>): Expression {
  return mapNodes(node, (part) =>
    isApplication(part) && !kept.has(part.name) && !part.args.some(isZero)
      ? { kind: 'product', factors: [letterNode(part.name), ...part.args] }
      : undefined,
  );
}

function hasSymbol(node: Expression, name: string): boolean {
  return some(node, (part) => part.kind === 'symbol' && part.name === name);
}

function withImaginary(node: Expression, name: string, budget: Budget): Expression {
  const unit: Expression = { kind: 'constant', name: 'i' };
  return canonical(
    replaceSymbols(node, (symbol) => (symbol === name ? unit : undefined)),
    budget,
  );
}
