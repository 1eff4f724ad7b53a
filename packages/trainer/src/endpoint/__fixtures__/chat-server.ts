import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How a server behaves for one request. */
export type Behaviour = (response: ServerResponse, body: Record<string, unknown>) => void;

/** A chat-completions server on this machine. */
export interface ChatServer extends AsyncDisposable {
  readonly url: string;
  /** Bodies of all requests, in order of arrival. */
  readonly bodies: Record<string, unknown>[];
  readonly headers: IncomingMessage['headers'][];
  /** Most requests that were open at once. */
  most(): number;
}

/** Starts a server that behaves as told for each request; `behave` gets their number. */
export async function startChatServer(behave: (request: number) => Behaviour): Promise<ChatServer> {
  const bodies: Record<string, unknown>[] = [];
  const headers: IncomingMessage['headers'][] = [];
  let open = 0;
  let most = 0;
  const server = createServer(async (request, response) => {
    open += 1;
    most = Math.max(most, open);
    response.on('close', () => {
      open -= 1;
    });
    let text = '';
    for await (const chunk of request) text += String(chunk);
    const body = JSON.parse(text);
    headers.push(request.headers);
    behave(bodies.push(body) - 1)(response, body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/v1`,
    bodies,
    headers,
    most: () => most,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A good answer. */
export const says =
  (content: string, finish = 'stop'): Behaviour =>
  (response) =>
    json(response, 200, {
      choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: finish }],
    });

/** A status with a body and headers. */
export const refuses =
  (status: number, headers: Record<string, string> = {}): Behaviour =>
  (response) => {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    json(response, status, { error: { message: `no: ${status}` } });
  };

/** What servers do on bad days. */
export const BAD: Readonly<Record<string, Behaviour>> = {
  hangs: () => undefined,
  'hangs in the middle': (response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.write('{"choices": [');
  },
  'cuts the connection': (response) => response.destroy(),
  'cuts the answer': (response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '500' });
    response.write('{"choices": [');
    response.socket?.end();
  },
  'truncated JSON': (response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end('{"choices": [{"message": {"role": "assis');
  },
  'empty choices': (response) => json(response, 200, { choices: [] }),
  'no choices': (response) => json(response, 200, { object: 'list' }),
  'null content': (response) => json(response, 200, { choices: [{ message: { content: null } }] }),
  'a content of another type': (response) =>
    json(response, 200, { choices: [{ message: { content: [{ text: 'hi' }] } }] }),
  'a page': (response) => {
    response.writeHead(200, { 'content-type': 'text/html' });
    response.end('<html><body>Welcome</body></html>');
  },
  nothing: (response) => response.end(),
  'JSON null': (response) => json(response, 200, null),
};

function json(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(value));
}
