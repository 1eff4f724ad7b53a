import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js';
import { Scope } from '@taskspace/core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { playCassette, recordCassette } from './cassette.ts';
import { defineToolDomain } from './define-tool-domain.ts';
import { connectMcp, McpCallError } from './mcp-client.ts';
import { createMcpServer } from './mcp-server.ts';
import { createMcpSource } from './mcp-source.ts';

// Servers are processes of their own, which start slowly on a busy machine.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const { signal } = new AbortController();
const PROGRAM = join(
  dirname(
    createRequire(import.meta.url).resolve('@modelcontextprotocol/server-filesystem/package.json'),
  ),
  'dist/index.js',
);
let folder = '';

beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'taskspace-mcp-')));
  await writeFile(join(folder, 'note.txt'), 'bring tea');
});

afterAll(() => rm(folder, { recursive: true }));

const address = () => ({ command: process.execPath, args: [PROGRAM, folder] });
const read = (name: string) => ({
  name: 'read_text_file',
  arguments: JSON.stringify({ path: join(folder, name) }),
});

/** The stdio server behind one HTTP address: messages are passed on as they are. */
async function bridge() {
  const inner = new StdioClientTransport({ ...address(), stderr: 'ignore' });
  const outer = new StreamableHTTPServerTransport({ sessionIdGenerator: () => 'one' });
  inner.onmessage = (message: JSONRPCMessage) => void outer.send(message);
  outer.onmessage = (message: JSONRPCMessage) => void inner.send(message);
  await inner.start();
  await outer.start();
  const server = createServer((request, response) => void outer.handleRequest(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`;
  return {
    url,
    async close() {
      await inner.close();
      await outer.close();
      server.closeAllConnections();
      server.close();
    },
  };
}

test('uses the reference file-system server over stdio', async () => {
  const connection = await connectMcp(address());
  expect(connection.tools.map(({ name }) => name)).toContain('read_text_file');
  expect(await connection.call(read('note.txt'), signal)).toEqual({
    result: 'bring tea',
    outcome: 'ok',
  });
  expect((await connection.call(read('none.txt'), signal)).outcome).toBe('error_value');
  await connection.close();
});

test('uses the reference file-system server over streamable HTTP', async () => {
  const server = await bridge();
  const connection = await connectMcp({ url: server.url });
  expect((await connection.call(read('note.txt'), signal)).result).toBe('bring tea');
  await connection.close();
  await server.close();
});

test('plays a recording again without the server, and refuses what was not recorded', async () => {
  const recorder = recordCassette(await connectMcp(address()));
  const answer = await recorder.call(read('note.txt'), signal);
  await recorder.close();
  const copy = JSON.parse(JSON.stringify(recorder.cassette()));
  const player = playCassette(copy);
  expect(player.tools).toEqual(recorder.tools);
  expect(await player.call(read('note.txt'), signal)).toEqual(answer);
  await expect(player.call(read('other.txt'), signal)).rejects.toMatchObject({
    failure: 'not-recorded',
  });
});

const FAULTY = `
process.stdin.setEncoding('utf8');
let rest = '';
process.stdin.on('data', (text) => {
  const lines = (rest + text).split('\\n');
  rest = lines.pop();
  for (const line of lines) {
    const { id, method, params } = JSON.parse(line);
    const say = (result) => process.stdout.write(JSON.stringify({ jsonrpc: '2.0', id, result }) + '\\n');
    if (method === 'initialize')
      say({ protocolVersion: params.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 'x', version: '1' } });
    if (method === 'tools/list')
      say({ tools: ['hang', 'die'].map((name) => ({ name, inputSchema: { type: 'object' } })) });
    if (method === 'tools/call' && params.name === 'die') process.exit(1);
  }
});`;

test.each([
  ['hang', 'timeout'],
  ['die', 'closed'],
])('a server that decides to %s fails as %s within the time limit', async (name, failure) => {
  const faulty = { command: process.execPath, args: ['-e', FAULTY] };
  const connection = await connectMcp(faulty, { timeoutMs: 2000 });
  const started = performance.now();
  const failed = connection.call({ name, arguments: '{}' }, signal);
  await expect(failed).rejects.toBeInstanceOf(McpCallError);
  await expect(failed).rejects.toMatchObject({ failure });
  expect(performance.now() - started).toBeLessThan(20_000);
  await connection.close();
});

test('says that a program or an address is no MCP server', async () => {
  const limits = { timeoutMs: 5000 };
  await expect(connectMcp({ command: 'no-such-program' }, limits)).rejects.toThrow(McpCallError);
  await expect(connectMcp({ url: 'http://127.0.0.1:9/' }, limits)).rejects.toThrow(McpCallError);
});

test('a domain over an MCP server judges by calls', async () => {
  const domain = defineToolDomain({
    name: 'files',
    version: '0.0.0',
    tools: () => createMcpSource(() => connectMcp(address())),
    tasks: {
      train: [
        {
          id: 'read',
          requests: [
            {
              text: 'Read note.txt.',
              calls: [['read_text_file', { path: join(folder, 'note.txt') }]],
            },
          ],
        },
      ],
    },
  });
  const services = new Scope();
  const { tasks, environment, verifier } = await domain.create({ protocol: 'exit' }, services);
  const task = await (await tasks('train')).at(0);
  const context = { seed: 0, signal, limits: { maxTurns: 9, timeoutMs: 60_000 }, services };
  await using episode = await environment.open(task, context);
  const { name, arguments: args } = read('note.txt');
  const said = await episode.respond(`<tool>[{"name":"${name}","args":${args}}]</tool>`);
  expect(said.messages[0]!.content).toBe('<tool_result>bring tea</tool_result>');
  expect((await episode.respond('<TASK_FINISHED>')).done).toBe(true);
  const result = await episode.result!();
  const history = { task, seed: 0, turns: [], ending: 'done', closing: [], result } as const;
  expect(await verifier.verify(history, context)).toMatchObject({ correct: true, quality: 1 });
});

test('a world is an MCP server', async () => {
  const [one, other] = InMemoryTransport.createLinkedPair();
  const server = createMcpServer({
    profile: 'v3',
    classes: ['VehicleControlAPI'],
    config: { VehicleControlAPI: { fuelLevel: 12 } },
  });
  const client = new Client({ name: 'test', version: '0' });
  await Promise.all([server.connect(one as Transport), client.connect(other as Transport)]);
  expect((await client.listTools()).tools.length).toBe(22);
  const call = { name: 'fillFuelTank', arguments: { fuelAmount: 30 } };
  expect(await client.callTool(call)).toMatchObject({
    content: [{ type: 'text', text: '{"fuelLevel": 42}' }],
    isError: false,
  });
  expect(await client.callTool({ name: 'constructor' })).toMatchObject({ isError: true });
  await client.close();
});
