import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { CallToolRequestSchema, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import type { ToolDefinition } from '../tool.ts';
import { toolsOf } from '../tools/tools.ts';
import { createWorld, type World, type WorldOptions } from '../worlds/create-world.ts';

/**
 * A world as an MCP server; connect it to a transport of the SDK. JSON readers on the way do not tell `1.0` from `1`:
 * whole numbers arrive as ints.
 *
 * @param world - Options to make a world of, or a world with the tools to show.
 */
export function createMcpServer(
  world: WorldOptions | { readonly world: World; readonly tools: readonly ToolDefinition[] },
): Server {
  const shown =
    'world' in world
      ? world
      : { world: createWorld(world), tools: toolsOf(world.classes, world.profile) };
  const server = new Server(
    { name: 'taskspace-world', version: '0.0.0' },
    { capabilities: { tools: {} } },
  );
  server.setRequestHandler(ListToolsRequestSchema, () => ({
    tools: shown.tools.map(({ name, description, parameters }) => ({
      name,
      description,
      inputSchema: { ...parameters, type: 'object' as const },
    })),
  }));
  server.setRequestHandler(CallToolRequestSchema, ({ params }) => {
    const { result, outcome } = shown.world.call(
      params.name,
      JSON.stringify(params.arguments ?? {}),
    );
    return { content: [{ type: 'text', text: result }], isError: outcome !== 'ok' };
  });
  return server;
}
