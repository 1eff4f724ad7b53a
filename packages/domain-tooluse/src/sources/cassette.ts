import { canonicalJson } from '../protocol/canonical-json.ts';
import type { CallResult, ToolCall, ToolDefinition } from '../tool.ts';
import { McpCallError, type McpConnection } from './mcp-client.ts';

/** What a server said, so that it can be said again without the server. */
export interface Cassette {
  readonly tools: readonly ToolDefinition[];
  readonly calls: readonly (ToolCall & CallResult)[];
}

/** A connection that writes down what passes through it. */
export interface Recorder extends McpConnection {
  /** All so far; plain JSON. */
  cassette(): Cassette;
}

/** Records a connection. */
export function recordCassette(connection: McpConnection): Recorder {
  const calls: (ToolCall & CallResult)[] = [];
  return {
    tools: connection.tools,
    async call(call, signal) {
      const answer = await connection.call(call, signal);
      calls.push({ ...call, ...answer });
      return answer;
    },
    close: () => connection.close(),
    cassette: () => ({ tools: connection.tools, calls: [...calls] }),
  };
}

/**
 * A connection that answers from a recording: the n-th equal call gets the n-th recorded answer, and the last one again
 * after that. Calls that were not recorded fail as {@link McpCallError} `not-recorded`.
 */
export function playCassette({ tools, calls }: Cassette): McpConnection {
  const answers = new Map<string, CallResult[]>();
  for (const { result, outcome, ...call } of calls) {
    const known = answers.get(keyOf(call)) ?? [];
    answers.set(keyOf(call), [...known, { result, outcome }]);
  }
  const asked = new Map<string, number>();
  return {
    tools,
    async call(call) {
      const key = keyOf(call);
      const known = answers.get(key);
      const index = asked.get(key) ?? 0;
      asked.set(key, index + 1);
      const answer = known?.[Math.min(index, known.length - 1)];
      if (answer !== undefined) return answer;
      throw new McpCallError(
        'not-recorded',
        `cassette: expected a recorded call, got ${call.name} ${call.arguments.slice(0, 200)}. Record it with the server.`,
      );
    },
    async close() {},
  };
}

function keyOf({ name, arguments: given }: ToolCall): string {
  return `${name} ${canonicalJson(given)}`;
}
