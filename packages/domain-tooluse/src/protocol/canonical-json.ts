import { type JsonNode, readJson } from './json-tree.ts';

/**
 * A text that is the same for two JSON values exactly when Python's `==` holds between them: `1`, `1.0` and `true` are
 * equal, the order of keys does not matter, the order of lists does.
 *
 * @param source - JSON text; other text is its own canonical form.
 */
export function canonicalJson(source: string): string {
  const node = readJson(source, 0);
  return 'problem' in node ? source : canonicalNode(source, node);
}

/** The canonical form of one value inside a source text. */
export function canonicalNode(source: string, node: JsonNode): string {
  if (node.kind === 'array') {
    return `[${node.items.map((item) => canonicalNode(source, item)).join(',')}]`;
  }
  if (node.kind === 'object') {
    const members = new Map(node.members.map(({ key, value }) => [key, value]));
    const sorted = [...members].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    return `{${sorted.map(([key, value]) => `${JSON.stringify(key)}:${canonicalNode(source, value)}`).join(',')}}`;
  }
  const text = source.slice(node.start, node.end);
  if (node.kind === 'number') return canonicalNumber(text);
  if (node.kind === 'string') return JSON.stringify(JSON.parse(text));
  return text === 'true' ? '1' : text === 'false' ? '0' : text;
}

function canonicalNumber(text: string): string {
  if (/^-?[0-9]+$/u.test(text)) return integerText(text);
  const value = Number(text);
  return Number.isInteger(value) ? BigInt(value).toString() : String(value);
}

/** Long integers stay text: turning a hundred thousand digits into a number and back takes seconds. */
function integerText(text: string): string {
  return text.length > 400 ? text : BigInt(text).toString();
}
