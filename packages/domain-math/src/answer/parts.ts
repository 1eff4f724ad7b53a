/**
 * Takes an answer apart into the values it gives: lists into items, `x = 5` into a named value, `±` into both signs,
 * chains of equations into their last member.
 */

import type { Budget } from './budget.ts';
import { canonical } from './canonical.ts';
import { type Expression, numberNode, some, symbolNode } from './expression.ts';
import { keyOf } from './keys.ts';
import { MINUS_ONE } from './rational.ts';

/** One value of an answer. */
export interface Part {
  /** Key of what it is called, when the answer says so. */
  readonly name: string | undefined;
  readonly value: Expression;
  /** The statement the value was taken from, or the value itself. */
  readonly whole: Expression;
}

/** Most variants that signs are written out to. */
const MAX_VARIANTS = 16;

/** The values of an answer, in the order written. */
export function partsOf(node: Expression, budget: Budget): Part[] {
  const items = node.kind === 'list' ? node.items : [node];
  const parts: Part[] = [];
  for (const item of items) {
    budget.spend(1);
    for (const variant of signVariants(item)) {
      const named = namedParts(variant, budget);
      const [only] = named;
      const before = parts.at(-1);
      // In `x = 1, 2` the second value belongs to the same name.
      const inherits =
        only !== undefined &&
        only.name === undefined &&
        before?.name !== undefined &&
        only.whole.kind !== 'relation' &&
        items.length > 1;
      if (inherits && only !== undefined) parts.push({ ...only, name: before.name });
      else parts.push(...named);
    }
  }
  return parts;
}

function namedParts(node: Expression, budget: Budget): Part[] {
  if (node.kind !== 'relation') return [{ name: undefined, value: node, whole: node }];
  const assignment = assignmentOf(node);
  if (assignment === undefined) return [{ name: undefined, value: node, whole: node }];
  const { left, value } = assignment;
  if (
    left.kind === 'bracket' &&
    value.kind === 'bracket' &&
    left.items.length === value.items.length
  ) {
    // (x, y) = (1, 2) names every coordinate.
    const names = left.items.map((item) => keyOf(canonical(item, budget)));
    if (new Set(names).size === names.length) {
      return [{ name: `(${names.join(' ')})`, value, whole: node }];
    }
  }
  return [{ name: keyOf(canonical(left, budget)), value, whole: node }];
}

/** The name and value of `name = … = value` or `name ∈ set`; approximations at the end are left off. */
export function assignmentOf(
  node: Expression,
): { left: Expression; value: Expression } | undefined {
  const chain = equationChain(node);
  const left = chain?.[0];
  const value = chain?.at(-1);
  if (chain === undefined || left === undefined || value === undefined) return undefined;
  if (isNameLike(left)) return { left, value };
  const middle = chain.slice(1, -1).findLast(isNameLike);
  if (middle !== undefined) return { left: middle, value };
  // 5 = x says what x is.
  if (value.kind === 'symbol' && !hasNames(left)) return { left: value, value: left };
  return undefined;
}

/** Members of a chain of equations up to its first approximation; `undefined` for other relations. */
export function equationChain(node: Expression): readonly Expression[] | undefined {
  if (node.kind !== 'relation' || node.modulus !== undefined) return undefined;
  const { operators, members } = node;
  if (operators.length === 1 && operators[0] === 'in') return members;
  const firstApproximate = operators.indexOf('~');
  const used = firstApproximate < 0 ? operators : operators.slice(0, firstApproximate);
  if (used.some((operator) => operator !== '=')) return undefined;
  if (used.length > 0) return members.slice(0, used.length + 1);
  // `x ≈ 0.577` gives a value; `√3/3 ≈ 0.577` repeats one.
  const [first] = members;
  return first !== undefined && isNameLike(first) ? members.slice(0, 2) : members.slice(0, 1);
}

/** Whether a left side only names something: no numbers to add or multiply, no sum. */
function isNameLike(node: Expression): boolean {
  switch (node.kind) {
    case 'symbol':
    case 'letters':
    case 'apply':
    case 'text':
      return true;
    case 'bind':
      return node.operator === 'derivative';
    case 'call':
      return node.args.every(isNameLike);
    case 'product':
      return node.factors.every(isNameLike);
    case 'power':
      return (
        isNameLike(node.base) &&
        node.exponent.kind === 'number' &&
        node.exponent.value.top === MINUS_ONE.top &&
        node.exponent.value.bottom === 1n
      );
    case 'bracket':
    case 'ratio':
      return (node.kind === 'bracket' ? node.items : node.parts).every(isNameLike);
    case 'unit':
    case 'degrees':
      return isNameLike(node.value);
    default:
      return false;
  }
}

function hasNames(node: Expression): boolean {
  return some(node, ({ kind }) => kind === 'symbol' || kind === 'letters' || kind === 'apply');
}

/** Both signs of every `±`; a `∓` in the same item goes the other way. */
function signVariants(node: Expression): readonly Expression[] {
  if (!some(node, (part) => part.kind === 'plusminus')) return [node];
  const mixed = some(node, (part) => part.kind === 'plusminus' && part.sign === -1);
  if (mixed) return [resolve(node, () => 1), resolve(node, () => -1)];
  let count = 0;
  resolve(node, () => {
    count++;
    return 1;
  });
  const variants = Math.min(2 ** count, MAX_VARIANTS);
  return Array.from({ length: variants }, (_, bits) => {
    let index = 0;
    return resolve(node, () => ((bits >> index++) % 2 === 0 ? 1 : -1));
  });
}

function resolve(node: Expression, sign: () => 1 | -1): Expression {
  const inner = (part: Expression): Expression => resolve(part, sign);
  const each = (parts: readonly Expression[]): Expression[] => parts.map(inner);
  switch (node.kind) {
    case 'plusminus': {
      const chosen = sign() * node.sign;
      const right = inner(node.right);
      const signed: Expression =
        chosen > 0 ? right : { kind: 'product', factors: [numberNode(MINUS_ONE), right] };
      return { kind: 'sum', terms: [inner(node.left), signed] };
    }
    case 'sum':
      return { kind: 'sum', terms: each(node.terms) };
    case 'product':
      return { kind: 'product', factors: each(node.factors) };
    case 'power':
      return { kind: 'power', base: inner(node.base), exponent: inner(node.exponent) };
    case 'call':
      return { ...node, args: each(node.args) };
    case 'bracket':
      return { ...node, items: each(node.items) };
    case 'relation':
      return { ...node, members: each(node.members) };
    case 'degrees':
    case 'unit':
    case 'percent':
      return { ...node, value: inner(node.value) };
    case 'set':
      return { kind: 'set', items: node.items.flatMap(signVariants) };
    default:
      return node;
  }
}

/** The names of two trees replaced by their order of appearance, for comparisons that overlook names. */
export function positionalNames(
  node: Expression,
  replace: (node: Expression, replacement: (name: string) => Expression | undefined) => Expression,
): Expression {
  const names = new Map<string, Expression>();
  return replace(node, (name) => {
    const known = names.get(name) ?? symbolNode(`v${names.size + 1}`);
    names.set(name, known);
    return known;
  });
}
