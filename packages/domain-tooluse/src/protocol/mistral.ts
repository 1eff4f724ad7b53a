import { callsOf, unreadable } from './call-object.ts';
import { endWithoutCalls } from './hermes.ts';
import { readJson, skipSpace } from './json-tree.ts';
import type { Attempt, Protocol } from './protocol.ts';
import { createMarkFinder } from './visible-marks.ts';

/**
 * Mistral: `[TOOL_CALLS]` and a JSON list of calls; the newer form writes `[TOOL_CALLS]name{…}` or
 * `[TOOL_CALLS]name[ARGS]{…}` for each call. A response without the mark ends the request.
 */
export const mistralProtocol: Protocol = {
  name: 'mistral',
  parse: (response) => endWithoutCalls(response, { attempts: parseCalls(response) }),
  instructions: [
    'To call tools, write [TOOL_CALLS] and a JSON list: [TOOL_CALLS] [{"name": "a_tool", "arguments": {"an_argument": "a value"}}]',
    'Calls run in order and stop at the first one that fails. When everything the user asked for is done, answer without a call.',
  ].join('\n'),
  listTool: (tool) => JSON.stringify({ type: 'function', function: tool }),
  writeCalls(calls) {
    const texts = calls.map(
      (call) => `{"name": ${JSON.stringify(call.name)}, "arguments": ${call.arguments}}`,
    );
    return `[TOOL_CALLS] [${texts.join(', ')}]`;
  },
  finish: 'Done.',
  writeResults: (results) => ({ role: 'tool', content: results.join('\n') }),
};

const MARK = '[TOOL_CALLS]';
const NAME = /[\w.-]{1,256}/y;

function parseCalls(text: string): readonly Attempt[] {
  const next = createMarkFinder(text, [MARK]);
  let attempts: Attempt[] = [];
  let at = 0;
  for (;;) {
    const mark = next(at);
    if (mark === null) return attempts;
    at = mark.end;
    if (mark.kind === 'reasoning-end') {
      attempts = [];
      continue;
    }
    const read = readCalls(text, mark.start, skipSpace(text, at));
    attempts.push(...read.attempts);
    at = read.end;
  }
}

/** Calls after one mark. What cannot be read takes the text up to the next mark with it; what was read is not read again. */
function readCalls(
  text: string,
  start: number,
  from: number,
): { readonly attempts: readonly Attempt[]; readonly end: number } {
  if (text[from] === '[' || text[from] === '{') {
    const node = readJson(text, from);
    if (!('problem' in node)) return { attempts: callsOf(text, node), end: node.end };
    return unreadableUpTo(text, node.problem, start, node.at);
  }
  NAME.lastIndex = from;
  const name = NAME.exec(text)?.[0];
  if (name === undefined) {
    return unreadableUpTo(text, 'a list of calls or a name must follow', start, from);
  }
  let at = skipSpace(text, from + name.length);
  if (text.startsWith('[ARGS]', at)) at = skipSpace(text, at + '[ARGS]'.length);
  const node = readJson(text, at);
  if ('problem' in node) return unreadableUpTo(text, node.problem, start, node.at);
  const span = { start, end: node.end };
  const raw = text.slice(start, node.end);
  if (node.kind !== 'object') {
    const problem = 'the arguments of a call must be an object';
    return { attempts: [{ status: 'invalid', problem, raw, span }], end: node.end };
  }
  const call = { status: 'ok', name, arguments: text.slice(at, node.end), raw, span } as const;
  return { attempts: [call], end: node.end };
}

function unreadableUpTo(text: string, problem: string, start: number, failedAt: number) {
  const next = text.indexOf(MARK, failedAt);
  const end = next === -1 ? text.length : next;
  return { attempts: [unreadable(text, 'malformed', problem, start, end)], end };
}
