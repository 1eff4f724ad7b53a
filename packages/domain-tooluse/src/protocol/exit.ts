import type { Protocol } from './protocol.ts';
import { parseTagBlocks } from './tag-blocks.ts';

/**
 * The protocol of the ExIt paper's tool tasks: calls in `<tool>`, `<TASK_FINISHED>` when a request is done, `<TASK_ERROR>` when
 * it cannot be done. A block holds one call or a list of them; arguments may be called args, arguments or parameters.
 */
export const exitProtocol: Protocol = {
  name: 'exit',
  parse: (response) =>
    parseTagBlocks(response, {
      open: '<tool>',
      close: '</tool>',
      endings: { '<TASK_FINISHED>': 'finished', '<TASK_ERROR>': 'gave-up' },
    }),
  instructions: [
    'You may think first, between <reasoning> and </reasoning>. Then do one of these:',
    '- Call tools: <tool>[{"name": "a_tool", "args": {"an_argument": "a value"}}]</tool>. The calls of the list run in order and stop at the first one that fails. Their results come back in <tool_result>.',
    '- Say that everything the user asked for is done: <TASK_FINISHED>. The next request follows, if there is one.',
    '- Say that it cannot be done: <TASK_ERROR>.',
  ].join('\n'),
  listTool: (tool) => JSON.stringify(tool),
  writeCalls(calls) {
    const texts = calls.map(
      (call) => `{"name":${JSON.stringify(call.name)},"args":${call.arguments}}`,
    );
    return `<tool>[${texts.join(',')}]</tool>`;
  },
  finish: '<TASK_FINISHED>',
  writeResults: (results) => ({
    role: 'system',
    content: `<tool_result>${results.join('\n')}</tool_result>`,
  }),
};
