import { canonicalNode } from '../protocol/canonical-json.ts';
import { type JsonNode, memberOf, readJson } from '../protocol/json-tree.ts';

/** Path to leaf value of a state, both canonical: equal maps are equal states in Python's sense. */
export type StateLeaves = ReadonlyMap<string, string>;

/**
 * The leaves of a state's public part. Where every class has a `public` member, the rest is left out.
 *
 * @param state - JSON source text, as sessions give it.
 */
export function stateLeaves(state: string): StateLeaves {
  const leaves = new Map<string, string>();
  const root = readJson(state, 0);
  if ('problem' in root) return leaves.set('', state);
  const isTagged =
    root.kind === 'object' &&
    root.members.length > 0 &&
    root.members.every(({ value }) => memberOf(value, 'public') !== undefined);
  if (root.kind !== 'object' || !isTagged) collect(state, root, '', leaves);
  else {
    for (const { key, value } of root.members) {
      collect(state, memberOf(value, 'public')!, JSON.stringify(key), leaves);
    }
  }
  return leaves;
}

/** Whether two states, as sessions give them, are equal. */
export function sameStateText(left: string, right: string): boolean {
  return left === right || countDifferent(stateLeaves(left), stateLeaves(right)) === 0;
}

/** How many paths hold different values. */
export function countDifferent(left: StateLeaves, right: StateLeaves): number {
  let different = 0;
  for (const [path, value] of left) if (right.get(path) !== value) different++;
  for (const path of right.keys()) if (!left.has(path)) different++;
  return different;
}

function collect(text: string, node: JsonNode, path: string, leaves: Map<string, string>): void {
  if (node.kind === 'object') {
    const dict = node.members.length === 1 ? memberOf(node, '$dict') : undefined;
    const entries =
      dict?.kind === 'array'
        ? dict.items.map((pair) => (pair.kind === 'array' ? pair.items : []))
        : undefined;
    if (entries?.every((pair) => pair.length === 2)) {
      // Keys that are not strings; the order of a dict does not matter.
      for (const [key, value] of entries) {
        collect(text, value!, `${path}.${canonicalNode(text, key!)}`, leaves);
      }
      return;
    }
    for (const { key, value } of node.members) {
      collect(text, value, `${path}.${JSON.stringify(key)}`, leaves);
    }
    if (node.members.length === 0) leaves.set(path, '{}');
  } else if (node.kind === 'array') {
    for (const [index, item] of node.items.entries()) {
      collect(text, item, `${path}[${index}]`, leaves);
    }
    if (node.items.length === 0) leaves.set(path, '[]');
  } else {
    leaves.set(path, canonicalNode(text, node));
  }
}
