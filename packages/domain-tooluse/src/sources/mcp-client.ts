import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { ErrorCode, McpError } from '@modelcontextprotocol/sdk/types.js';
import { TaskspaceError } from '@taskspace/core';
import type { CallResult, ToolCall, ToolDefinition } from '../tool.ts';

/** How to reach an MCP server: a program that speaks over its standard streams, or an address. */
export type McpAddress =
  | {
      readonly command: string;
      readonly args?: readonly string[];
      readonly env?: Readonly<Record<string, string>>;
      readonly cwd?: string;
    }
  | { readonly url: string; readonly headers?: Readonly<Record<string, string>> };

/** Why an MCP server gave no answer. */
export type McpFailure = 'unreachable' | 'timeout' | 'closed' | 'refused' | 'not-recorded';

/** An MCP server gave no answer; what a tool itself reports as an error is a result, not this. */
export class McpCallError extends TaskspaceError {
  readonly failure: McpFailure;
  /** A call that was refused is the policy's mistake, which it reads of; anything else fails the rollout. */
  readonly rolloutFailure: 'tool-server' | null;

  static {
    McpCallError.prototype.name = 'McpCallError';
  }

  constructor(failure: McpFailure, message: string, options?: ErrorOptions) {
    super('TASKSPACE_ERR_MCP', message, options);
    this.failure = failure;
    this.rolloutFailure = failure === 'refused' ? null : 'tool-server';
  }
}

/** An open connection to a server, or a recording of one. */
export interface McpConnection {
  readonly tools: readonly ToolDefinition[];
  /** @throws {@link McpCallError} within the time limit when no answer comes. */
  call(call: ToolCall, signal: AbortSignal): Promise<CallResult>;
  close(): Promise<void>;
}

/**
 * Connects to an MCP server and lists its tools.
 *
 * @param options.timeoutMs - For connecting, listing and each call; default 30,000.
 * @throws {@link McpCallError}
 */
export async function connectMcp(
  address: McpAddress,
  { timeoutMs = 30_000 }: { readonly timeoutMs?: number } = {},
): Promise<McpConnection> {
  const where = 'url' in address ? address.url : address.command;
  const client = new Client({ name: 'taskspace', version: '0.0.0' });
  const limits = { timeout: timeoutMs };
  try {
    await client.connect(createTransport(address), limits);
    const tools = await listTools(client, limits);
    return {
      tools,
      async call({ name, arguments: given }, signal) {
        try {
          const params = { name, arguments: JSON.parse(given) as Record<string, unknown> };
          const answer = await client.callTool(params, undefined, { ...limits, signal });
          return toResult(answer);
        } catch (cause) {
          signal.throwIfAborted();
          throw toFailure(cause, where, `calling ${name}`, timeoutMs);
        }
      },
      close: () => client.close(),
    };
  } catch (cause) {
    await client.close().catch(() => {}); // It may never have opened.
    throw toFailure(cause, where, 'connecting', timeoutMs);
  }
}

function createTransport(address: McpAddress): Transport {
  if ('url' in address) {
    const { url, headers = {} } = address;
    // The SDK's own types disagree under exactOptionalPropertyTypes.
    return new StreamableHTTPClientTransport(new URL(url), {
      requestInit: { headers: { ...headers } },
    }) as Transport;
  }
  const { command, args = [], env, cwd } = address;
  return new StdioClientTransport({
    command,
    args: [...args],
    stderr: 'ignore',
    ...(env && { env: { ...env } }),
    ...(cwd !== undefined && { cwd }),
  });
}

async function listTools(
  client: Client,
  limits: { readonly timeout: number },
): Promise<readonly ToolDefinition[]> {
  const tools: ToolDefinition[] = [];
  let cursor: string | undefined;
  do {
    const page = await client.listTools(cursor === undefined ? {} : { cursor }, limits);
    for (const { name, description = '', inputSchema } of page.tools) {
      tools.push({
        name,
        description,
        parameters: inputSchema as unknown as ToolDefinition['parameters'],
      });
    }
    cursor = page.nextCursor;
  } while (cursor !== undefined && tools.length < 10_000);
  return tools;
}

function toResult(answer: Awaited<ReturnType<Client['callTool']>>): CallResult {
  const parts = (answer.content ?? []) as readonly {
    readonly type: string;
    readonly text?: string;
  }[];
  const texts = parts.map((part) => (part.type === 'text' ? (part.text ?? '') : `[${part.type}]`));
  return { result: texts.join('\n'), outcome: answer.isError === true ? 'error_value' : 'ok' };
}

function toFailure(cause: unknown, where: string, doing: string, timeoutMs: number): McpCallError {
  const code = cause instanceof McpError ? cause.code : undefined;
  if (code === ErrorCode.RequestTimeout) {
    return new McpCallError(
      'timeout',
      `${where}: expected an answer within ${timeoutMs} ms when ${doing}, none came. Raise timeoutMs, or look at the server.`,
      { cause },
    );
  }
  if (code === ErrorCode.ConnectionClosed) {
    return new McpCallError(
      'closed',
      `${where}: the server went away when ${doing}. Look at why it ended.`,
      { cause },
    );
  }
  if (code !== undefined) {
    return new McpCallError('refused', `${where}: refused when ${doing}: ${String(cause)}.`, {
      cause,
    });
  }
  return new McpCallError(
    'unreachable',
    `${where}: expected an MCP server when ${doing}, got ${String(cause)}. Check the command or the address.`,
    { cause },
  );
}
