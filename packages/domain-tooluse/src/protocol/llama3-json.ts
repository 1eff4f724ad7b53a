import { callOf, unreadable } from './call-object.ts';
import { endWithoutCalls } from './hermes.ts';
import { readJson, skipSpace } from './json-tree.ts';
import type { Attempt, Protocol } from './protocol.ts';
import { visibleStart } from './visible-marks.ts';

/**
 * Llama 3 JSON: the whole response is one call, or several divided by semicolons, after an optional `<|python_tag|>`. A
 * response that starts with anything else holds no call, and ends the request.
 */
export const llama3JsonProtocol: Protocol = {
  name: 'llama3-json',
  parse: (response) => endWithoutCalls(response, { attempts: parseCalls(response) }),
  instructions: [
    'To call a tool, answer with nothing but a JSON object: {"name": "a_tool", "parameters": {"an_argument": "a value"}}',
    'Several calls are divided by semicolons; they run in order and stop at the first one that fails. When everything the user asked for is done, answer in words.',
  ].join('\n'),
  listTool: (tool) => JSON.stringify({ type: 'function', function: tool }),
  writeCalls: (calls) =>
    calls
      .map((call) => `{"name": ${JSON.stringify(call.name)}, "parameters": ${call.arguments}}`)
      .join('; '),
  finish: 'Done.',
  writeResults: (results) => ({ role: 'tool', content: results.join('\n') }),
};

const PYTHON_TAG = '<|python_tag|>';
const END_TAGS = ['<|eom_id|>', '<|eot_id|>'];

function parseCalls(text: string): readonly Attempt[] {
  let at = visibleStart(text);
  const tagged = text.startsWith(PYTHON_TAG, at);
  if (tagged) at = skipSpace(text, at + PYTHON_TAG.length);
  if (!tagged && text[at] !== '{') return [];
  const attempts: Attempt[] = [];
  for (;;) {
    const node = readJson(text, at);
    if ('problem' in node) {
      return [...attempts, unreadable(text, 'malformed', node.problem, at, text.length)];
    }
    attempts.push(callOf(text, node));
    at = skipSpace(text, node.end);
    if (at === text.length || END_TAGS.some((tag) => text.startsWith(tag, at))) return attempts;
    if (text[at] !== ';') {
      const problem = 'something follows the call';
      return [...attempts, unreadable(text, 'malformed', problem, at, text.length)];
    }
    at = skipSpace(text, at + 1);
    if (at === text.length) return attempts;
  }
}
