import type { GoldCall } from '../payload.ts';
import { canonicalJson } from '../protocol/canonical-json.ts';
import { memberOf, readJson } from '../protocol/json-tree.ts';
import type { ToolCall } from '../tool.ts';
import type { PlayedCall } from './replay.ts';

/** A text that is the same for two calls exactly when they have the same name and Python finds their arguments equal. */
export function callKey({ name, arguments: given }: ToolCall): string {
  return `${JSON.stringify(name)} ${canonicalJson(given)}`;
}

/** The key of a solution's call as the literal checker takes it: arguments given by position are called arg1, arg2, …. */
export function literalKey(call: GoldCall): string {
  const { positional = 0 } = call;
  const node = readJson(call.arguments, 0);
  if (positional === 0 || 'problem' in node || node.kind !== 'object') return callKey(call);
  const members = node.members.map(({ key }, index) => {
    const { start, end } = memberOf(node, key)!;
    const name = index < positional ? `arg${index + 1}` : key;
    return `${JSON.stringify(name)}:${call.arguments.slice(start, end)}`;
  });
  return callKey({ name: call.name, arguments: `{${members.join(',')}}` });
}

/** Neither raised nor, anywhere in its result, returned an error: lists can hold errors that no outcome tells of. */
export function isSuccessful({ outcome, result }: PlayedCall): boolean {
  return outcome === 'ok' && !/(['"])error\1:/u.test(result.toLowerCase());
}
