import type { Protocol } from '../protocol/protocol.ts';
import type { ToolDefinition } from '../tool.ts';

/** What a policy that was not trained on this domain needs to be told. */
export function fullPrompt(protocol: Protocol, tools: readonly ToolDefinition[]): string {
  return [
    'You work for a user by calling tools. Do what each request asks and no more; look things up with the tools rather than guess. An effect of a call stays, so call with care.',
    protocol.instructions,
    `The tools, one a line:\n${tools.map((tool) => protocol.listTool(tool)).join('\n')}`,
  ].join('\n\n');
}

/** Names and parameters alone, for a policy that was trained on the protocol. */
export function shortPrompt(tools: readonly ToolDefinition[]): string {
  const listed = tools.map(({ name, parameters }) => {
    const names = Object.keys((parameters.properties ?? {}) as object);
    return names.length === 0 ? name : `${name}(${names.join(', ')})`;
  });
  return `Tools: ${listed.join(', ')}`;
}
