import type { ParsedResponse, Protocol } from './protocol.ts';
import { parseTagBlocks } from './tag-blocks.ts';

/** Hermes and Qwen: each call a JSON object in `<tool_call>`; a response without calls ends the request. */
export const hermesProtocol: Protocol = {
  name: 'hermes',
  parse: (response) =>
    endWithoutCalls(
      response,
      parseTagBlocks(response, { open: '<tool_call>', close: '</tool_call>', endings: {} }),
    ),
  instructions: [
    'To call a tool, write a JSON object between tags, one pair of tags for each call:',
    '<tool_call>\n{"name": "a_tool", "arguments": {"an_argument": "a value"}}\n</tool_call>',
    'Calls run in order and stop at the first one that fails. When everything the user asked for is done, answer without a call.',
  ].join('\n'),
  listTool: (tool) => JSON.stringify({ type: 'function', function: tool }),
  writeCalls: (calls) =>
    calls
      .map(
        (call) =>
          `<tool_call>\n{"name": ${JSON.stringify(call.name)}, "arguments": ${call.arguments}}\n</tool_call>`,
      )
      .join('\n'),
  finish: 'Done.',
  writeResults: (results) => ({ role: 'tool', content: results.join('\n') }),
};

/** In protocols without a word for it, a response that attempts no call ends the request. */
export function endWithoutCalls(
  response: string,
  { attempts }: Pick<ParsedResponse, 'attempts'>,
): ParsedResponse {
  const span = { start: response.length, end: response.length };
  return { attempts, ending: attempts.length === 0 ? { kind: 'finished', span } : null };
}
