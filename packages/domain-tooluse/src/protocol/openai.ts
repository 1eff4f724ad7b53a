import { ARGUMENT_KEYS, callOf, invalid, unreadable } from './call-object.ts';
import { endWithoutCalls } from './hermes.ts';
import { type JsonNode, memberOf, readJson, skipSpace } from './json-tree.ts';
import type { Attempt, Protocol } from './protocol.ts';
import { visibleStart } from './visible-marks.ts';

/**
 * OpenAI: the response is the assistant message as JSON, with `tool_calls`, each call's arguments a string of JSON. Any other
 * response holds no call, and ends the request.
 */
export const openaiProtocol: Protocol = {
  name: 'openai',
  parse: (response) => endWithoutCalls(response, { attempts: parseCalls(response) }),
  instructions: [
    'To call tools, answer with a JSON message: {"role": "assistant", "content": null, "tool_calls": [{"id": "1", "type": "function", "function": {"name": "a_tool", "arguments": "{\\"an_argument\\": \\"a value\\"}"}}]}',
    'Calls run in order and stop at the first one that fails. When everything the user asked for is done, answer in words.',
  ].join('\n'),
  listTool: (tool) => JSON.stringify({ type: 'function', function: tool }),
  writeCalls(calls) {
    const texts = calls.map(
      (call, index) =>
        `{"id": "${index + 1}", "type": "function", "function": {"name": ${JSON.stringify(call.name)}, "arguments": ${JSON.stringify(call.arguments)}}}`,
    );
    return `{"role": "assistant", "content": null, "tool_calls": [${texts.join(', ')}]}`;
  },
  finish: 'Done.',
  writeResults: (results) => ({ role: 'tool', content: results.join('\n') }),
};

function parseCalls(text: string): readonly Attempt[] {
  const start = visibleStart(text);
  if (text[start] !== '{') return [];
  const message = readJson(text, start);
  if ('problem' in message) {
    return [unreadable(text, 'malformed', message.problem, start, text.length)];
  }
  const calls = memberOf(message, 'tool_calls');
  if (calls === undefined || text.slice(calls.start, calls.end) === 'null') return [];
  if (skipSpace(text, message.end) !== text.length) {
    return [unreadable(text, 'malformed', 'something follows the message', start, text.length)];
  }
  if (calls.kind !== 'array') return [invalid(text, calls, 'tool_calls must be a list')];
  return calls.items.map((item) => readCall(text, item));
}

function readCall(text: string, node: JsonNode): Attempt {
  const call = memberOf(node, 'function');
  if (call === undefined) return invalid(text, node, 'a call must have a function');
  const source = memberOf(call, 'arguments');
  if (source?.kind !== 'string') {
    const given = source ?? call;
    const hasOther = ARGUMENT_KEYS.some((key) => memberOf(call, key) !== undefined);
    if (!hasOther) return { ...callOf(text, call), ...place(text, node) };
    return invalid(text, given, 'the arguments of a call must be a string of JSON');
  }
  const inner = JSON.parse(text.slice(source.start, source.end)) as string;
  const value = readJson(inner, 0);
  if ('problem' in value) {
    return unreadable(text, 'malformed', `arguments: ${value.problem}`, node.start, node.end);
  }
  if (skipSpace(inner, value.end) !== inner.length) {
    const problem = 'arguments: something follows the JSON';
    return unreadable(text, 'malformed', problem, node.start, node.end);
  }
  if (value.kind !== 'object') {
    return invalid(text, node, 'the arguments of a call must be an object');
  }
  const name = memberOf(call, 'name');
  if (name?.kind !== 'string') return invalid(text, node, 'the call has no name');
  return {
    status: 'ok',
    name: JSON.parse(text.slice(name.start, name.end)) as string,
    arguments: inner.slice(value.start, value.end),
    ...place(text, node),
  };
}

function place(text: string, { start, end }: JsonNode): Pick<Attempt, 'raw' | 'span'> {
  return { raw: text.slice(start, end), span: { start, end } };
}
