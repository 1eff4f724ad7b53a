/** Replaces parts throughout a tree. */
import { type Expression, letterNode } from './expression.ts';

/** The tree with names replaced; a replacement of `undefined` keeps the name. */
export function replaceSymbols(
  node: Expression,
  replacement: (name: string) => Expression | undefined,
): Expression {
  return mapNodes(node, (part) => {
    if (part.kind === 'symbol') return replacement(part.name);
    if (part.kind !== 'letters') return undefined;
    return replaceSymbols(
      { kind: 'product', factors: [...part.text].map(letterNode) },
      replacement,
    );
  });
}

/** The tree with every part for which `change` gives another one replaced; the replacement is not visited again. */
export function mapNodes(
  node: Expression,
  change: (node: Expression) => Expression | undefined,
): Expression {
  const changed = change(node);
  if (changed !== undefined) return changed;
  const inner = (part: Expression): Expression => mapNodes(part, change);
  const each = (parts: readonly Expression[]): Expression[] => parts.map(inner);
  switch (node.kind) {
    case 'sum':
      return { kind: 'sum', terms: each(node.terms) };
    case 'product':
      return { kind: 'product', factors: each(node.factors) };
    case 'power':
      return { kind: 'power', base: inner(node.base), exponent: inner(node.exponent) };
    case 'call':
    case 'apply':
      return { ...node, args: each(node.args) };
    case 'plusminus':
    case 'set-operation':
      return { ...node, left: inner(node.left), right: inner(node.right) };
    case 'bind':
      return {
        ...node,
        ...(node.lower && { lower: inner(node.lower) }),
        ...(node.upper && { upper: inner(node.upper) }),
        body: inner(node.body),
      };
    case 'matrix':
      return { kind: 'matrix', rows: node.rows.map(each) };
    case 'bracket':
    case 'set':
    case 'list':
      return { ...node, items: each(node.items) };
    case 'builder':
      return { ...node, element: inner(node.element), condition: inner(node.condition) };
    case 'relation':
      return { ...node, members: each(node.members) };
    case 'ratio':
      return { ...node, parts: each(node.parts) };
    case 'percent':
    case 'degrees':
    case 'unit':
      return { ...node, value: inner(node.value) };
    default:
      return node;
  }
}
