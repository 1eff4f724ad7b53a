/** Equations and inequalities: equal when one is the other moved, scaled or turned round. */
import { makePower, makeProduct, makeSum } from './arithmetic.ts';
import type { Budget } from './budget.ts';
import { canonical } from './canonical.ts';
import { equalExpressions, type Judge } from './equality.ts';
import { evaluateReal } from './evaluate-real.ts';
import { type Expression, numberNode, type Of, some, symbolNode } from './expression.ts';
import { hash } from './hash.ts';
import { keyOf } from './keys.ts';
import { isInteger, MINUS_ONE, negate, rational } from './rational.ts';
import { DOUBLES } from './real-field.ts';
import { turnRound } from './real-set.ts';
import { replaceSymbols } from './substitute.ts';

const ORDERED: ReadonlySet<string> = new Set(['=', '!=', '<', '<=', '>', '>=']);

/** Whether two relations say the same; `equalParts` compares members that are no formulas. */
export function equalRelations(
  gold: Of<'relation'>,
  given: Of<'relation'>,
  equalParts: (a: Expression, b: Expression) => boolean,
  judge: Judge,
): boolean {
  if (gold.operators.length !== given.operators.length) return false;
  if (gold.modulus !== undefined || given.modulus !== undefined) {
    return equalCongruences(gold, given, judge);
  }
  if (sameMembers(gold, given, equalParts) || sameMembers(gold, reversed(given), equalParts))
    return true;
  const [operator] = gold.operators;
  const [other] = given.operators;
  if (operator === undefined || other === undefined || gold.operators.length !== 1) return false;
  if (!ORDERED.has(operator) || !ORDERED.has(other)) return false;
  return sameDifference(normalForm(gold, operator), normalForm(given, other), judge);
}

function sameMembers(
  a: Of<'relation'>,
  b: Of<'relation'>,
  equalParts: (a: Expression, b: Expression) => boolean,
): boolean {
  return (
    a.operators.every((operator, index) => operator === b.operators[index]) &&
    a.members.every((member, index) => {
      const other = b.members[index];
      return other !== undefined && equalParts(member, other);
    })
  );
}

function reversed(node: Of<'relation'>): Of<'relation'> {
  return {
    ...node,
    members: node.members.toReversed(),
    operators: node.operators.map(turnRound).toReversed(),
  };
}

interface NormalForm {
  /** `=`, `!=`, `<` or `<=`, against 0. */
  readonly operator: string;
  readonly left: Expression;
  readonly right: Expression;
}

function normalForm(node: Of<'relation'>, operator: string): NormalForm {
  const [left, right] = node.members;
  const zero = numberNode(rational(0n));
  const flip = operator === '>' || operator === '>=';
  const [a, b] = flip ? [right ?? zero, left ?? zero] : [left ?? zero, right ?? zero];
  return { operator: flip ? turnRound(operator) : operator, left: a, right: b };
}

/** Both differences are the same up to a factor, which must be positive for inequalities. */
function sameDifference(gold: NormalForm, given: NormalForm, judge: Judge): boolean {
  if (gold.operator !== given.operator) return false;
  const { budget } = judge;
  const f = difference(gold, budget);
  const g = difference(given, budget);
  if (f === undefined || g === undefined || !hasNames(f) || !hasNames(g)) return false;
  const isEquation = gold.operator === '=' || gold.operator === '!=';
  if (!isEquation) return proportional(f, g, judge) && sameSign(f, g, budget);
  if (proportional(f, g, judge)) return true;
  const [cleared, other] = [clearDenominators(f, budget), clearDenominators(g, budget)];
  return (cleared !== f || other !== g) && proportional(cleared, other, judge);
}

function difference({ left, right }: NormalForm, budget: Budget): Expression | undefined {
  const [a, b] = [canonical(left, budget), canonical(right, budget)];
  if (!isScalar(a) || !isScalar(b)) return undefined;
  return makeSum([a, makeProduct([numberNode(MINUS_ONE), b], budget)], budget);
}

function isScalar(node: Expression): boolean {
  return [
    'number',
    'symbol',
    'constant',
    'sum',
    'product',
    'power',
    'call',
    'apply',
    'bind',
  ].includes(node.kind);
}

function hasNames(node: Expression): boolean {
  return some(node, ({ kind }) => kind === 'symbol' || kind === 'apply');
}

/** f/g is constant exactly if f(x)·g(y) = f(y)·g(x) for independent x and y. */
function proportional(f: Expression, g: Expression, judge: Judge): boolean {
  const { budget } = judge;
  const other = (node: Expression): Expression =>
    canonical(
      replaceSymbols(node, (name) => symbolNode(`${name}~`)),
      budget,
    );
  const left = makeProduct([f, other(g)], budget);
  const right = makeProduct([other(f), g], budget);
  return keyOf(left) !== '0' && equalExpressions(left, right, judge).equal;
}

/** The sign of the factor, from one point; fails when there is no value there. */
function sameSign(f: Expression, g: Expression, budget: Budget): boolean {
  const at = (node: Expression, salt: number): number => {
    const value = evaluateReal(node, {
      field: DOUBLES,
      budget,
      sampleOf: (name) => rational(BigInt(1 + (hash(name, salt) % 997)), 100n),
      logarithmBase: 'e',
      scale: 0,
    });
    return value ?? Number.NaN;
  };
  for (let salt = 0; salt < 4; salt++) {
    const product = at(f, salt) * at(g, salt);
    if (product > 0) return true;
    if (product < 0) return false;
  }
  return false;
}

/** The tree times everything its terms are divided by, so that `y = 2/x` becomes `xy = 2`. */
function clearDenominators(node: Expression, budget: Budget): Expression {
  const terms = node.kind === 'sum' ? node.terms : [node];
  const divisors = new Map<string, { base: Expression; degree: bigint }>();
  for (const term of terms) {
    for (const factor of term.kind === 'product' ? term.factors : [term]) {
      if (factor.kind !== 'power' || factor.exponent.kind !== 'number') continue;
      const { value } = factor.exponent;
      if (!isInteger(value) || value.top >= 0n || !hasNames(factor.base)) continue;
      const key = keyOf(factor.base);
      const degree = -value.top;
      const known = divisors.get(key);
      if (known === undefined || known.degree < degree)
        divisors.set(key, { base: factor.base, degree });
    }
  }
  if (divisors.size === 0) return node;
  const factors = [...divisors.values()].map(({ base, degree }) =>
    makePower(base, numberNode(rational(degree)), budget),
  );
  return makeSum(
    terms.map((term) => makeProduct([term, ...factors], budget)),
    budget,
  );
}

/** `a ≡ b (mod m)`: the same modulus, and values that differ by a multiple of it. */
function equalCongruences(gold: Of<'relation'>, given: Of<'relation'>, judge: Judge): boolean {
  const [modulus, other] = [gold.modulus, given.modulus];
  if (modulus === undefined || other === undefined) return false;
  if (!equalExpressions(modulus, other, judge).equal) return false;
  const b = gold.members.at(-1);
  const d = given.members.at(-1);
  if (b === undefined || d === undefined || gold.members.length > 2) return false;
  const [a, c] = [gold.members[0] ?? b, given.members[0] ?? d];
  if (gold.members.length === 2 && !equalExpressions(a, c, judge).equal) return false;
  if (equalExpressions(b, d, judge).equal) return true;
  const [m, x, y] = [modulus, b, d].map((node) => canonical(node, judge.budget));
  if (m?.kind !== 'number' || x?.kind !== 'number' || y?.kind !== 'number') return false;
  if (![m, x, y].every(({ value }) => isInteger(value)) || m.value.top === 0n) return false;
  return (x.value.top + negate(y.value).top) % m.value.top === 0n;
}
