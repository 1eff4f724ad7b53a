/** What inequalities, intervals and set operations say about a set of reals, and when they may be compared as one. */
import type { Judge } from './equality.ts';
import { type Expression, some } from './expression.ts';
import { assignmentOf } from './parts.ts';
import { intersectionOf, type RealSet, realSetOf, unionOf } from './real-set.ts';

/** `a < b < c` as `a < b` and `b < c`; a list of inequalities as its items. */
export function linksOf(node: Expression): readonly Expression[] {
  if (node.kind === 'list' && node.joiner !== 'or' && node.items.every(isInequality))
    return node.items;
  if (!isInequality(node) || node.kind !== 'relation') return [];
  return node.operators.map((operator, index) => ({
    kind: 'relation',
    members: node.members.slice(index, index + 2),
    operators: [operator],
  }));
}

/** Whether the answer is, or contains, an inequality. */
export function statesInequality(node: Expression): boolean {
  return node.kind === 'list' ? node.items.some(isInequality) : isInequality(node);
}

/** Whether the answer is nothing but brackets: points or intervals. */
export function isBracketList(node: Expression): boolean {
  return (
    node.kind === 'bracket' ||
    (node.kind === 'list' && node.items.every(({ kind }) => kind === 'bracket'))
  );
}

/** Inequalities about different names have different solutions. */
export function sameVariables(gold: Expression, given: Expression): boolean {
  const names = (node: Expression): ReadonlySet<string> => {
    const found = new Set<string>();
    some(node, (part) => part.kind === 'symbol' && found.add(part.name).size < 0);
    return found;
  };
  const [a, b] = [names(gold), names(given)];
  return a.size === 0 || b.size === 0 || [...a].every((name) => b.has(name));
}

/** Whether the answer can stand for a set of reals. */
export function isSolutionSet(node: Expression): boolean {
  if (node.kind !== 'list') return isInequality(node) || isSetLike(node);
  return node.items.every(isInequality) || node.items.every((item) => item.kind === 'bracket');
}

/** The sets a statement can mean: `or` joins, `and` intersects, a comma may do either. */
export function solutionSets(node: Expression, judge: Judge): readonly RealSet[] {
  if (node.kind !== 'list') {
    const set = realSetOf(valueOfMembership(node), judge.budget);
    return set === undefined ? [] : [set];
  }
  const parts = node.items.map((item) => realSetOf(item, judge.budget));
  const sets = parts.filter((part) => part !== undefined);
  if (sets.length !== parts.length) return [];
  if (node.items.every((item) => item.kind === 'bracket')) return [unionOf(sets)];
  return [
    ...(node.joiner === 'and' ? [] : [unionOf(sets)]),
    ...(node.joiner === 'or' ? [] : [intersectionOf(sets)]),
  ];
}

/** Whether the node is a chain of inequalities. */
export function isInequality(node: Expression): boolean {
  return (
    node.kind === 'relation' && node.operators.every((operator) => /^(?:[<>]=?|!=)$/.test(operator))
  );
}

/** Whether the node, or what its name belongs to, is an interval or another set. */
export function isSetLike(node: Expression): boolean {
  const value = valueOfMembership(node);
  if (value.kind === 'bracket') return value.items.length === 2;
  return value.kind === 'set-operation' || value.kind === 'number-set' || value.kind === 'builder';
}

/** The set of `x ∈ set`, and the node itself otherwise. */
export function valueOfMembership(node: Expression): Expression {
  return assignmentOf(node)?.value ?? node;
}
