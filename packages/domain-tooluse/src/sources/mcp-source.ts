import type { ToolPayload } from '../payload.ts';
import type { ToolSource } from './define-world.ts';
import type { McpConnection } from './mcp-client.ts';

/**
 * Tools of an MCP server. Each episode gets a connection of its own, so that a server with state starts anew; its state
 * cannot be read, so calls alone decide whether a task is solved.
 *
 * @param connect - Opens a connection: `connectMcp(…)`, perhaps recorded, or `playCassette(…)`. Without a payload it is
 * asked for the list of tools.
 */
export async function createMcpSource(
  connect: (payload?: ToolPayload) => Promise<McpConnection> | McpConnection,
): Promise<ToolSource> {
  const first = await connect();
  const { tools } = first;
  await first.close();
  return {
    tools,
    sessions: {
      replayable: false,
      async open(payload) {
        const connection = await connect(payload);
        return {
          call: (call, signal) => connection.call(call, signal),
          close: () => connection.close(),
        };
      },
    },
  };
}
