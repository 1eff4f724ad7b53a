/** Sets of real numbers as sorted pieces, for unions, intersections and differences of intervals and points. */
import type { Budget } from './budget.ts';
import { canonical } from './canonical.ts';
import { approximate, equalExpressions, isConstant, type Judge } from './equality.ts';
import type { Expression, Of } from './expression.ts';
import { toNumber } from './rational.ts';

/** One end of a piece. */
interface Bound {
  readonly at: number;
  readonly closed: boolean;
  /** The exact end; infinite ends have none. */
  readonly exact: Expression | undefined;
}

interface Piece {
  readonly low: Bound;
  readonly high: Bound;
}

/** Disjoint pieces from left to right. */
export type RealSet = readonly Piece[];

const LOWEST: Bound = { at: Number.NEGATIVE_INFINITY, closed: false, exact: undefined };
const HIGHEST: Bound = { at: Number.POSITIVE_INFINITY, closed: false, exact: undefined };

/** The set a reading stands for; `undefined` when it is none or its ends are not numbers. */
export function realSetOf(node: Expression, budget: Budget): RealSet | undefined {
  budget.spend(1);
  switch (node.kind) {
    case 'bracket':
      return intervalOf(node, budget);
    case 'set': {
      const points: Piece[] = [];
      for (const item of node.items) {
        const bound = boundOf(item, true, budget);
        if (bound === undefined || bound.exact === undefined) return undefined;
        points.push({ low: bound, high: bound });
      }
      return tidy(points);
    }
    case 'number-set':
      return node.name === 'R' ? [{ low: LOWEST, high: HIGHEST }] : undefined;
    case 'set-operation': {
      const left = realSetOf(node.left, budget);
      const right = left === undefined ? undefined : realSetOf(node.right, budget);
      if (left === undefined || right === undefined) return undefined;
      if (node.operator === 'union') return tidy([...left, ...right]);
      return intersect(left, node.operator === 'difference' ? complement(right) : right);
    }
    case 'relation':
      return solutionOf(node, budget);
    case 'builder':
      if (node.element.kind !== 'symbol' || node.condition.kind !== 'relation') return undefined;
      return solutionOf(node.condition, budget);
    default:
      return undefined;
  }
}

/** Whether two sets have the same pieces. */
export function equalRealSets(gold: RealSet, given: RealSet, judge: Judge): boolean {
  return (
    gold.length === given.length &&
    gold.every((piece, index) => {
      const other = given[index];
      return (
        other !== undefined &&
        equalBounds(piece.low, other.low, judge) &&
        equalBounds(piece.high, other.high, judge)
      );
    })
  );
}

/** Everything in any of the sets. */
export function unionOf(sets: readonly RealSet[]): RealSet {
  return tidy(sets.flat());
}

/** Everything in all of the sets. */
export function intersectionOf(sets: readonly RealSet[]): RealSet {
  return sets.reduce((left, right) => intersect(left, right));
}

function equalBounds(a: Bound, b: Bound, judge: Judge): boolean {
  if (a.closed !== b.closed) return false;
  if (a.exact === undefined || b.exact === undefined) return a.at === b.at;
  return equalExpressions(a.exact, b.exact, judge).equal;
}

function intervalOf(node: Of<'bracket'>, budget: Budget): RealSet | undefined {
  const [first, second] = node.items;
  if (first === undefined || second === undefined || node.items.length !== 2) return undefined;
  const low = boundOf(first, node.open === '[', budget);
  const high = boundOf(second, node.close === ']', budget);
  if (low === undefined || high === undefined || low.at > high.at) return undefined;
  return [{ low, high }];
}

function boundOf(node: Expression, closed: boolean, budget: Budget): Bound | undefined {
  const exact = canonical(node, budget);
  const infinite = infinityOf(exact);
  if (infinite !== undefined) return infinite;
  if (!isConstant(exact)) return undefined;
  const value = approximate(exact, budget);
  // The reading keeps whether it was written as a decimal.
  return value === undefined ? undefined : { at: toNumber(value), closed, exact: node };
}

function infinityOf(node: Expression): Bound | undefined {
  if (node.kind === 'constant' && node.name === 'infinity') return HIGHEST;
  if (node.kind !== 'product' || node.factors.length !== 2) return undefined;
  const [sign, infinity] = node.factors;
  if (infinity?.kind !== 'constant' || infinity.name !== 'infinity' || sign?.kind !== 'number')
    return undefined;
  return sign.value.top < 0n ? LOWEST : HIGHEST;
}

/** The solutions of `2 < x`, `x ≠ 0` and `1 ≤ x < 3`, whose one name stands alone. */
function solutionOf(node: Of<'relation'>, budget: Budget): RealSet | undefined {
  let name: string | undefined;
  let result: RealSet = [{ low: LOWEST, high: HIGHEST }];
  for (const [index, operator] of node.operators.entries()) {
    const left = node.members[index];
    const right = node.members[index + 1];
    if (left === undefined || right === undefined) return undefined;
    const [variable, side, turned] =
      left.kind === 'symbol' ? [left, right, false] : [right, left, true];
    if (variable.kind !== 'symbol' || (name !== undefined && name !== variable.name))
      return undefined;
    name = variable.name;
    const solution = halfLine(turned ? turnRound(operator) : operator, side, budget);
    if (solution === undefined) return undefined;
    result = intersect(result, solution);
  }
  return result;
}

/** The operator read from the other side. */
export function turnRound(operator: string): string {
  const turned: ReadonlyMap<string, string> = new Map([
    ['<', '>'],
    ['>', '<'],
    ['<=', '>='],
    ['>=', '<='],
  ]);
  return turned.get(operator) ?? operator;
}

function halfLine(operator: string, side: Expression, budget: Budget): RealSet | undefined {
  const closed = operator === '<=' || operator === '>=' || operator === '=';
  if (operator === 'in') return realSetOf(side, budget);
  const bound = boundOf(side, closed, budget);
  if (bound === undefined) return undefined;
  const end = bound.exact === undefined ? { ...bound, closed: false } : bound;
  switch (operator) {
    case '<':
    case '<=':
      return [{ low: LOWEST, high: end }];
    case '>':
    case '>=':
      return [{ low: end, high: HIGHEST }];
    case '=':
      return [{ low: end, high: end }];
    case '!=':
      return complement([{ low: { ...end, closed: true }, high: { ...end, closed: true } }]);
    default:
      return undefined;
  }
}

/** Sorts the pieces, joins those that touch and drops empty ones. */
function tidy(pieces: readonly Piece[]): RealSet {
  const sorted = pieces
    .filter(({ low, high }) => !isEmpty(low, high))
    .sort((a, b) => a.low.at - b.low.at || Number(b.low.closed) - Number(a.low.closed));
  const result: Piece[] = [];
  for (const piece of sorted) {
    const last = result.at(-1);
    if (last === undefined || !touches(last.high, piece.low)) {
      result.push(piece);
    } else if (isBelow(last.high, piece.high)) {
      result[result.length - 1] = { low: last.low, high: piece.high };
    }
  }
  return result;
}

function isEmpty(low: Bound, high: Bound): boolean {
  if (near(low.at, high.at)) return !(low.closed && high.closed);
  return low.at > high.at;
}

function touches(high: Bound, low: Bound): boolean {
  return near(high.at, low.at) ? high.closed || low.closed : high.at > low.at;
}

/** Whether the upper end `a` lies below the upper end `b`. */
function isBelow(a: Bound, b: Bound): boolean {
  return near(a.at, b.at) ? !a.closed && b.closed : a.at < b.at;
}

/** Ends are far enough apart in answers for doubles to order them. */
function near(a: number, b: number): boolean {
  if (a === b || !Number.isFinite(a) || !Number.isFinite(b)) return a === b;
  return Math.abs(a - b) <= 1e-12 * Math.max(Math.abs(a), Math.abs(b));
}

function intersect(left: RealSet, right: RealSet): RealSet {
  const pieces: Piece[] = [];
  for (const a of left) {
    for (const b of right) {
      const low = isLater(a.low, b.low) ? a.low : b.low;
      const high = isBelow(a.high, b.high) ? a.high : b.high;
      pieces.push({ low, high });
    }
  }
  return tidy(pieces);
}

/** Whether the lower end `a` begins after the lower end `b`. */
function isLater(a: Bound, b: Bound): boolean {
  return near(a.at, b.at) ? !a.closed && b.closed : a.at > b.at;
}

function complement(set: RealSet): RealSet {
  const pieces: Piece[] = [];
  let low = LOWEST;
  for (const piece of set) {
    if (piece.low.at !== Number.NEGATIVE_INFINITY) {
      pieces.push({ low, high: { ...piece.low, closed: !piece.low.closed } });
    }
    low = { ...piece.high, closed: !piece.high.closed };
  }
  if (set.at(-1)?.high.at !== Number.POSITIVE_INFINITY) pieces.push({ low, high: HIGHEST });
  return tidy(pieces);
}
