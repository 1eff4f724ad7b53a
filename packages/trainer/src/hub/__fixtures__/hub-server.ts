/**
 * A hub on this machine, as far as models are concerned: the listing of a revision, small files at once, large ones by a
 * redirect to another origin that serves byte ranges. Faults are put in by the test.
 */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a request was. */
export interface SeenRequest {
  readonly place: 'hub' | 'storage';
  readonly url: string;
  readonly range: string | undefined;
  readonly authorization: string | undefined;
}

/** A hub that runs. */
export interface HubServer extends AsyncDisposable {
  readonly endpoint: string;
  readonly commit: string;
  /** In the order they came. */
  readonly requests: SeenRequest[];
  /** The listing, for tests that change it. */
  readonly siblings: Record<string, unknown>[];
  /** Answers in place of the hub when it returns true. */
  fault: (request: SeenRequest, response: ServerResponse, count: number) => boolean;
}

/** Starts a hub that has one model, `owner/name`, with these files on branch `main`. */
export async function startHub(files: ReadonlyMap<string, Buffer>): Promise<HubServer> {
  const commit = createHash('sha1')
    .update([...files.keys()].join())
    .digest('hex');
  const requests: SeenRequest[] = [];
  const siblings = [...files].map(([rfilename, content]) => sibling(rfilename, content));
  const see = (place: SeenRequest['place'], request: IncomingMessage): SeenRequest => {
    const { range, authorization } = request.headers;
    const seen = { place, url: request.url!, range, authorization };
    requests.push(seen);
    return seen;
  };
  const hub: HubServer = {
    endpoint: '',
    commit,
    requests,
    siblings,
    fault: () => false,
    async [Symbol.asyncDispose]() {
      for (const server of [front, storage]) {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
    },
  };
  const storage = createServer((request, response) => {
    if (hub.fault(see('storage', request), response, requests.length)) return;
    sendRange(request, response, files.get(decodeURIComponent(request.url!.slice(1)))!);
  });
  const front = createServer((request, response) => {
    if (hub.fault(see('hub', request), response, requests.length)) return;
    const { pathname } = new URL(request.url!, 'http://hub');
    if (/^\/api\/models\/owner\/name\/revision\/(?:main|[0-9a-f]{40})$/u.test(pathname)) {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ id: 'owner/name', sha: commit, siblings }));
      return;
    }
    const name = decodeURIComponent(pathname.split(`/owner/name/resolve/${commit}/`)[1] ?? '');
    const content = files.get(name);
    if (content === undefined) response.writeHead(404, { 'x-error-code': 'EntryNotFound' }).end();
    else if (!isLarge(name)) sendRange(request, response, content);
    else
      response.writeHead(302, { location: `${urlOf(storage)}/${encodeURIComponent(name)}` }).end();
  });
  for (const server of [front, storage]) {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  }
  return Object.assign(hub, { endpoint: urlOf(front) });
}

/** Sends a part of a file and then breaks the connection off. */
export function breakOff(response: ServerResponse, content: Buffer, start: number, end: number) {
  const status = start > 0 ? 206 : 200;
  response.writeHead(status, {
    'content-length': content.length - start,
    ...(start > 0 && { 'content-range': `bytes ${start}-${content.length - 1}/${content.length}` }),
  });
  response.write(content.subarray(start, end), () => setTimeout(() => response.destroy(), 20));
}

function sibling(rfilename: string, content: Buffer): Record<string, unknown> {
  const size = content.length;
  const blob = createHash('sha1').update(`blob ${size}\0`).update(content).digest('hex');
  if (!isLarge(rfilename)) return { rfilename, size, blobId: blob };
  const sha256 = createHash('sha256').update(content).digest('hex');
  return { rfilename, size, blobId: blob, lfs: { sha256, size, pointerSize: 134 } };
}

/** Weights are kept apart from the rest. */
function isLarge(name: string): boolean {
  return name.endsWith('.safetensors');
}

function sendRange(request: IncomingMessage, response: ServerResponse, content: Buffer): void {
  const start = /^bytes=(\d+)-$/u.exec(request.headers.range ?? '')?.[1];
  if (start === undefined) {
    response.writeHead(200, { 'content-length': content.length }).end(content);
  } else if (Number(start) >= content.length) {
    response.writeHead(416, { 'content-range': `bytes */${content.length}` }).end();
  } else {
    const rest = content.subarray(Number(start));
    response
      .writeHead(206, {
        'content-length': rest.length,
        'content-range': `bytes ${start}-${content.length - 1}/${content.length}`,
      })
      .end(rest);
  }
}

function urlOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
