import { type JsonNode, memberOf } from './json-tree.ts';
import type { Attempt } from './protocol.ts';

/** Names under which a call may hold its arguments. */
export const ARGUMENT_KEYS: readonly string[] = ['args', 'arguments', 'parameters'];

/** The calls of a parsed value: one object, or a list of them. */
export function callsOf(text: string, node: JsonNode): readonly Attempt[] {
  if (node.kind !== 'array') return [callOf(text, node)];
  if (node.items.length === 0) return [invalid(text, node, 'the list of calls is empty')];
  return node.items.map((item) => callOf(text, item));
}

/** One call of a parsed value; no arguments at all mean an empty object, nothing else is filled in. */
export function callOf(text: string, node: JsonNode): Attempt {
  if (node.kind !== 'object') {
    return invalid(text, node, 'a call must be an object with name and arguments');
  }
  const name = memberOf(node, 'name');
  if (name === undefined) return invalid(text, node, 'the call has no name');
  if (name.kind !== 'string') return invalid(text, node, 'the name of a call must be a string');
  const given = ARGUMENT_KEYS.filter((key) => memberOf(node, key) !== undefined);
  if (given.length > 1) {
    return invalid(text, node, `the call has arguments twice, as ${given.join(' and ')}`);
  }
  const value = given[0] === undefined ? undefined : memberOf(node, given[0]);
  if (value !== undefined && value.kind !== 'object') {
    return invalid(text, node, 'the arguments of a call must be an object');
  }
  return {
    status: 'ok',
    name: JSON.parse(text.slice(name.start, name.end)) as string,
    arguments: value === undefined ? '{}' : text.slice(value.start, value.end),
    raw: text.slice(node.start, node.end),
    span: { start: node.start, end: node.end },
  };
}

/** An attempt that is JSON and yet no call. */
export function invalid(text: string, { start, end }: JsonNode, problem: string): Attempt {
  return { status: 'invalid', problem, raw: text.slice(start, end), span: { start, end } };
}

/** An attempt that is no JSON, or has no end. */
export function unreadable(
  text: string,
  status: 'malformed' | 'unclosed',
  problem: string,
  start: number,
  end: number,
): Attempt {
  return { status, problem, raw: text.slice(start, end), span: { start, end } };
}
