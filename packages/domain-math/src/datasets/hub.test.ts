import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type HubDataset, HubError, hubFile, listHubFiles } from './hub.ts';

let home: string;
let server: Server | undefined;
let requests: string[];
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'taskspace-hub-'));
  requests = [];
});
afterEach(async () => {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
  await rm(home, { recursive: true });
});

/** A hub on this machine; `answer` sees the number of the request. */
async function serve(answer: (count: number) => RequestListener): Promise<HubDataset> {
  server = createServer((request, response) => {
    requests.push(`${request.url}`);
    answer(requests.length)(request, response);
  });
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return at(`http://127.0.0.1:${port}/`);
}

function at(endpoint: string): HubDataset {
  const environment = { HF_ENDPOINT: endpoint, HF_HOME: home };
  return { dataset: 'owner/name', environment, retryDelayMs: 0 };
}

const send =
  (status: number, body: string): RequestListener =>
  (_, response) =>
    response.writeHead(status, { 'content-length': `${body.length}` }).end(body);

test('downloads a file once and finds it again without the network', async () => {
  const source = await serve(() => send(200, 'rows'));
  const path = await hubFile('data/a b.jsonl', source);
  expect(path).toBe(join(home, 'taskspace', 'owner', 'name', 'main', 'data', 'a b.jsonl'));
  expect(await readFile(path, 'utf8')).toBe('rows');
  expect(await hubFile('data/a b.jsonl', at('http://127.0.0.1:1'))).toBe(path);
  expect(requests).toEqual(['/datasets/owner/name/resolve/main/data/a%20b.jsonl']);
});

test('keeps revisions apart', async () => {
  const source = await serve((count) => send(200, `${count}`));
  await hubFile('a.jsonl', source);
  const other = await hubFile('a.jsonl', { ...source, revision: 'v2' });
  expect(await readFile(other, 'utf8')).toBe('2');
});

test('uses what Hugging Face tools have downloaded', async () => {
  const repository = join(home, 'hub', 'datasets--owner--name');
  await mkdir(join(repository, 'refs'), { recursive: true });
  await writeFile(join(repository, 'refs', 'main'), 'abc123\n');
  await mkdir(join(repository, 'snapshots', 'abc123'), { recursive: true });
  const file = join(repository, 'snapshots', 'abc123', 'a.jsonl');
  await writeFile(file, 'shared');
  const source = at('http://127.0.0.1:1');
  expect(await hubFile('a.jsonl', source)).toBe(file);
  expect(await hubFile('a.jsonl', { ...source, revision: 'abc123' })).toBe(file);
});

test('sends the token, and only follows what the endpoint says', async () => {
  let authorization: string | undefined;
  const source = await serve(() => (request, response) => {
    authorization = request.headers.authorization;
    response.end('rows');
  });
  const environment = { ...source.environment, HF_TOKEN: 'hf_test' };
  await hubFile('a.jsonl', { ...source, environment });
  expect(authorization).toBe('Bearer hf_test');
});

test('tries again when the hub is busy', async () => {
  const source = await serve((count) => send(count < 3 ? 503 : 200, 'rows'));
  expect(await readFile(await hubFile('a.jsonl', source), 'utf8')).toBe('rows');
  expect(requests).toHaveLength(3);
});

test.each([
  [404, /expected file a.jsonl of revision main from .*got HTTP 404\. Check the data set name/],
  [401, /got HTTP 401\. .*set HF_TOKEN/],
  [500, /got HTTP 500\. Try again later/],
])('says what to do about HTTP %i, and leaves no file', async (status, message) => {
  const source = await serve(() => send(status, 'no'));
  const download = hubFile('a.jsonl', source);
  await expect(download).rejects.toThrow(message);
  await expect(download).rejects.toBeInstanceOf(HubError);
  expect(await readdir(home)).toEqual([]);
});

test('says so when there is no network, with the way round', async () => {
  await expect(hubFile('a.jsonl', at('http://127.0.0.1:1'))).rejects.toThrow(
    /hub data set owner\/name: expected file a.jsonl .*got no connection \(.+\)\. Check the network, .*HF_ENDPOINT.*set data.path/,
  );
});

test('HF_HUB_OFFLINE keeps off the network', async () => {
  const source = await serve(() => send(200, 'rows'));
  const environment = { ...source.environment, HF_HUB_OFFLINE: '1' };
  await expect(hubFile('a.jsonl', { ...source, environment })).rejects.toThrow(/HF_HUB_OFFLINE/);
  expect(requests).toEqual([]);
});

test('a download that breaks off leaves nothing that looks complete', async () => {
  const source = await serve(() => (_, response) => {
    response.writeHead(200, { 'content-length': '1000' });
    response.write('half', () => response.destroy());
  });
  await expect(hubFile('a.jsonl', source)).rejects.toThrow(/expected to save .* run again/);
  const folder = join(home, 'taskspace', 'owner', 'name', 'main');
  expect(await readdir(folder)).toEqual([]);
});

test('an abort ends a download', async () => {
  const controller = new AbortController();
  const source = await serve(() => (_, response) => {
    response.writeHead(200, { 'content-length': '1000' });
    response.write('half', () => controller.abort(new Error('stopped')));
  });
  const download = hubFile('a.jsonl', { ...source, signal: controller.signal });
  await expect(download).rejects.toThrow('stopped');
});

test('lists the files of a data set', async () => {
  const entries = [
    { type: 'directory', path: 'data' },
    { type: 'file', path: 'data/train.jsonl' },
  ];
  const source = await serve(() => send(200, JSON.stringify(entries)));
  expect(await listHubFiles(source)).toEqual(['data/train.jsonl']);
  expect(requests).toEqual(['/api/datasets/owner/name/tree/main?recursive=true']);
});

test.each(['../../etc/passwd', '/etc/passwd', 'a\\..\\b'])(
  'refuses the file name %s',
  async (file) => {
    await expect(hubFile(file, at('http://127.0.0.1:1'))).rejects.toThrow(/inside the data set/);
  },
);

test.each(['name', '../x', 'a/b/c', 'a/..'])('refuses the data set name %s', async (dataset) => {
  const source = { ...at('http://127.0.0.1:1'), dataset };
  await expect(hubFile('a.jsonl', source)).rejects.toThrow(/expected a name such as owner\/name/);
});
