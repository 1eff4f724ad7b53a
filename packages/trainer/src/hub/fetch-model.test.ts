import { existsSync } from 'node:fs';
import {
  appendFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readModelFolder } from '../model/checkpoint.ts';
import { breakOff, type HubServer, startHub } from './__fixtures__/hub-server.ts';
import { type FetchOptions, fetchModel } from './fetch-model.ts';
import { HubError, type HubProblem } from './hub-error.ts';
import { pauseAfter } from './hub-request.ts';

/** A model whose weights are in several files, with a template of its own. */
const SOURCE = fileURLToPath(new URL('../model/__fixtures__/parity/llama3', import.meta.url));
const NAMES = (await readdir(SOURCE)).filter((name) => !name.startsWith('expected.'));
const files = new Map<string, Buffer>();
for (const name of NAMES) files.set(name, await readFile(join(SOURCE, name)));
const SHARDS = NAMES.filter((name) => name.endsWith('.safetensors')).sort();
const READ = NAMES.filter((name) => name !== 'special_tokens_map.json');
const MAIN = { name: 'owner/name', revision: 'main' };

let home: string;
let hub: HubServer;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'taskspace-models-'));
  const others = ['README.md', 'pytorch_model.bin', 'onnx/model.onnx'];
  hub = await startHub(
    new Map([...files, ...others.map((name) => [name, Buffer.from(name)] as const)]),
  );
});

afterEach(async () => {
  await hub[Symbol.asyncDispose]();
  await rm(home, { recursive: true });
});

function options(environment: FetchOptions['environment'] = {}): FetchOptions {
  return {
    environment: { HF_ENDPOINT: hub.endpoint, HF_HOME: home, ...environment },
    retryDelayMs: 0,
  };
}

function shaOf(name: string): string {
  const { lfs } = hub.siblings.find(({ rfilename }) => rfilename === name)!;
  return (lfs as { readonly sha256: string }).sha256;
}

async function refuses(
  work: Promise<unknown>,
  problem: HubProblem,
  message: RegExp,
): Promise<HubError> {
  const error: unknown = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(HubError);
  expect(error).toMatchObject({ problem, code: 'TASKSPACE_ERR_HUB' });
  expect((error as HubError).message).toMatch(message);
  return error as HubError;
}

describe('a model of the hub', () => {
  test('is fetched with the files that are read, and no others', async () => {
    const { folder, commit } = await fetchModel(MAIN, options());
    expect(commit).toBe(hub.commit);
    expect((await readdir(folder)).sort()).toEqual([...READ].sort());
    for (const name of READ) expect(await readFile(join(folder, name))).toEqual(files.get(name));
    expect((await readModelFolder(folder)).config).toEqual((await readModelFolder(SOURCE)).config);
  });

  test('lies where Hugging Face tools look for it: content by its hash, links by commit, the commit by branch', async () => {
    const { folder } = await fetchModel(MAIN, options());
    const repository = join(home, 'hub', 'models--owner--name');
    expect(folder).toBe(join(repository, 'snapshots', hub.commit));
    expect(await readFile(join(repository, 'refs', 'main'), 'utf8')).toBe(hub.commit);
    const blob = join('..', '..', 'blobs', shaOf(SHARDS[0]!));
    expect(await readlink(join(folder, SHARDS[0]!))).toBe(blob);
  });

  test('is announced before it comes, and its bytes are counted', async () => {
    const told: string[] = [];
    const counts: [number, number][] = [];
    await fetchModel(MAIN, {
      ...options(),
      onNotice: (message) => told.push(`${message} (after ${hub.requests.length} requests)`),
      onProgress: (...count) => counts.push(count),
    });
    // The listing and the index of the weights, which says what there is.
    expect(told).toHaveLength(1);
    expect(told[0]).toMatch(
      new RegExp(
        `^Downloading owner/name, commit ${hub.commit.slice(0, 8)}, from ${hub.endpoint}: ${READ.length - 1} files, 0\\.0 MB, to .*snapshots.*\\(after 2 requests\\)`,
        'u',
      ),
    );
    const [done, total] = counts.at(-1)!;
    expect(done).toBe(total);
    expect(counts.map(([present]) => present)).toEqual(
      counts.map(([present]) => present).toSorted((a, b) => a - b),
    );
  });

  test('that is in the cache costs one request by branch, and none by commit', async () => {
    const first = await fetchModel(MAIN, options());
    hub.requests.length = 0;
    const told: string[] = [];
    const quiet = { ...options(), onNotice: (message: string) => told.push(message) };
    expect(await fetchModel(MAIN, quiet)).toEqual(first);
    expect(hub.requests.map(({ url }) => url)).toEqual([
      '/api/models/owner/name/revision/main?blobs=true',
    ]);
    expect(await fetchModel({ ...MAIN, revision: hub.commit }, quiet)).toEqual(first);
    expect(hub.requests).toHaveLength(1);
    expect(told).toEqual([]);
  });

  test('is taken from the cache when the hub is down, with a word about it', async () => {
    const first = await fetchModel(MAIN, options());
    hub.fault = (_, response) => {
      response.writeHead(503).end();
      return true;
    };
    const told: string[] = [];
    const again = { ...options(), onNotice: (message: string) => told.push(message) };
    expect(await fetchModel(MAIN, again)).toEqual(first);
    expect(told[0]).toMatch(
      /got HTTP 503.* Going on with main as it was when it was last fetched/u,
    );
  });

  test('is used offline once it is there, and only then', async () => {
    const offline = options({ HF_HUB_OFFLINE: '1' });
    await refuses(fetchModel(MAIN, offline), 'offline', /got nothing, and HF_HUB_OFFLINE forbids/u);
    const first = await fetchModel(MAIN, options());
    hub.requests.length = 0;
    expect(await fetchModel(MAIN, offline)).toEqual(first);
    await rm(join(first.folder, SHARDS[0]!));
    await refuses(fetchModel(MAIN, offline), 'offline', /got a part of it/u);
    expect(hub.requests).toEqual([]);
  });

  test('brings its token to the endpoint and not to where that sends it', async () => {
    await fetchModel(MAIN, options({ HF_TOKEN: 'hf_test' }));
    const tokens = (place: string) =>
      new Set(hub.requests.filter((one) => one.place === place).map((one) => one.authorization));
    expect(tokens('hub')).toEqual(new Set(['Bearer hf_test']));
    expect(tokens('storage')).toEqual(new Set([undefined]));
  });

  test('is fetched once by two at the same time', async () => {
    const [one, two] = await Promise.all([
      fetchModel(MAIN, options()),
      fetchModel(MAIN, options()),
    ]);
    expect(one).toEqual(two);
    for (const name of READ)
      expect(await readFile(join(one.folder, name))).toEqual(files.get(name));
  });
});

describe('a download', () => {
  const shard = SHARDS[0]!;
  const content = files.get(shard)!;
  const half = Math.floor(content.length / 2);

  test('that breaks off goes on from there', async () => {
    let broken = 0;
    hub.fault = ({ url, range }, response) => {
      if (url !== `/${shard}` || broken === 2) return false;
      const start = Number(/\d+/u.exec(range ?? '')?.[0] ?? 0);
      broken += 1;
      breakOff(response, content, start, start + Math.floor(half / 2));
      return true;
    };
    const { folder } = await fetchModel(MAIN, options());
    expect(await readFile(join(folder, shard))).toEqual(content);
    const ranges = hub.requests.filter(({ url }) => url === `/${shard}`).map(({ range }) => range);
    const quarter = Math.floor(half / 2);
    expect(ranges).toEqual([undefined, `bytes=${quarter}-`, `bytes=${2 * quarter}-`]);
  });

  test('that was interrupted goes on the next time', async () => {
    const controller = new AbortController();
    hub.fault = ({ url }, response) => {
      if (url !== `/${shard}`) return false;
      response.writeHead(200, { 'content-length': content.length });
      response.write(content.subarray(0, half));
      return true;
    };
    const sha256 = shaOf(shard);
    const blobs = join(home, 'hub', 'models--owner--name', 'blobs');
    const fetching = fetchModel(MAIN, {
      ...options(),
      signal: controller.signal,
      onProgress: () => {
        if (existsSync(join(blobs, `${sha256}.incomplete`))) controller.abort(new Error('stopped'));
      },
    });
    await expect(fetching).rejects.toThrow('stopped');
    hub.fault = () => false;
    hub.requests.length = 0;
    const { folder } = await fetchModel(MAIN, options());
    expect(await readFile(join(folder, shard))).toEqual(content);
    const again = hub.requests.filter(({ url }) => url === `/${shard}`);
    expect(again.map(({ range }) => range)).toEqual([`bytes=${half}-`]);
  });

  test('from a server that knows no ranges begins anew', async () => {
    let count = 0;
    hub.fault = ({ url }, response) => {
      if (url !== `/${shard}`) return false;
      count += 1;
      if (count === 1) breakOff(response, content, 0, half);
      else response.writeHead(200, { 'content-length': content.length }).end(content);
      return true;
    };
    const { folder } = await fetchModel(MAIN, options());
    expect(await readFile(join(folder, shard))).toEqual(content);
  });

  test('that goes on from a wrong beginning is made again from nothing', async () => {
    const sha256 = shaOf(shard);
    const blobs = join(home, 'hub', 'models--owner--name', 'blobs');
    await mkdir(blobs, { recursive: true });
    await writeFile(join(blobs, `${sha256}.incomplete`), Buffer.alloc(half));
    const { folder } = await fetchModel(MAIN, options());
    expect(await readFile(join(folder, shard))).toEqual(content);
  });

  test('that only ever breaks off is given up, and what has come is kept', async () => {
    hub.fault = ({ url }, response) => {
      if (url !== `/${shard}`) return false;
      response.destroy();
      return true;
    };
    await refuses(fetchModel(MAIN, options()), 'unreachable', /no connection/u);
    hub.fault = ({ url, range }, response) => {
      if (url !== `/${shard}`) return false;
      const start = Number(/\d+/u.exec(range ?? '')?.[0] ?? 0);
      breakOff(response, content, start, start === 0 ? half : start);
      return true;
    };
    await refuses(
      fetchModel(MAIN, options()),
      'unreachable',
      new RegExp(
        `expected ${shard} whole, got a connection that breaks off .*goes on from there`,
        'u',
      ),
    );
  });

  test.each([
    [
      'other bytes',
      (bytes: Buffer) => Buffer.alloc(bytes.length, 7),
      /sha256 hash [0-9a-f]{64}, got/u,
    ],
    ['fewer bytes', (bytes: Buffer) => bytes.subarray(0, 900), /breaks off|of \d+ bytes/u],
    ['more bytes', (bytes: Buffer) => Buffer.concat([bytes, bytes]), /more than \d+ bytes/u],
  ])('of %s than announced is refused', async (_, change, message) => {
    hub.fault = ({ url }, response) => {
      if (url !== `/${shard}`) return false;
      const sent = change(content);
      response.writeHead(200, { 'content-length': sent.length }).end(sent);
      return true;
    };
    const error: unknown = await fetchModel(MAIN, options()).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(HubError);
    expect((error as HubError).message).toMatch(message);
    const snapshot = join(home, 'hub', 'models--owner--name', 'snapshots', hub.commit);
    expect(existsSync(join(snapshot, shard))).toBe(false);
  });

  test('of a small file is held to its Git hash', async () => {
    hub.fault = ({ url }, response) => {
      if (!url.endsWith('/config.json')) return false;
      const bytes = Buffer.alloc(files.get('config.json')!.length, ' ');
      response.writeHead(200, { 'content-length': bytes.length }).end(bytes);
      return true;
    };
    await refuses(fetchModel(MAIN, options()), 'damaged', /config\.json with git hash .*, twice/u);
  });

  test('from a hub that says neither sizes nor hashes works all the same', async () => {
    for (const one of hub.siblings) for (const key of ['size', 'blobId', 'lfs']) delete one[key];
    let count = 0;
    hub.fault = ({ url }, response) => {
      if (url !== `/${shard}` || count > 0) return false;
      count += 1;
      breakOff(response, content, 0, half);
      return true;
    };
    const { folder } = await fetchModel(MAIN, options());
    for (const name of READ) expect(await readFile(join(folder, name))).toEqual(files.get(name));
  });

  test('larger than the disk is refused before it begins', async () => {
    for (const one of hub.siblings) {
      if (one.rfilename === shard) one.lfs = { ...(one.lfs as object), size: 1e15 };
    }
    await refuses(
      fetchModel(MAIN, options()),
      'disk',
      /expected 1000000000 MB of free disk at .*, got \d+ MB\. Free some space, or set HF_HOME/u,
    );
    expect(hub.requests.filter(({ place }) => place === 'storage')).toEqual([]);
  });

  test.skipIf(!existsSync('/dev/full'))('onto a full disk says so and what to do', async () => {
    const sha256 = shaOf(shard);
    const blobs = join(home, 'hub', 'models--owner--name', 'blobs');
    await mkdir(blobs, { recursive: true });
    await symlink('/dev/full', join(blobs, `${sha256}.incomplete`));
    await refuses(
      fetchModel(MAIN, options()),
      'disk',
      /expected to write .*, got ENOSPC\. Free some/u,
    );
  });
});

describe('the hub', () => {
  test('is asked again when it is busy', async () => {
    hub.fault = (_, response, count) => {
      if (count > 3) return false;
      response.writeHead(count === 1 ? 429 : 503, { 'retry-after': '0' }).end();
      return true;
    };
    await fetchModel(MAIN, options());
  });

  test.each([
    ['7', 3, 7000],
    [new Date(0).toUTCString(), 3, 0],
    ['soon', 3, 400],
    [null, 1, 100],
    [null, 4, 800],
  ])(
    'that answers "retry-after: %s" to try %i is left alone for %i ms',
    (asked, attempt, pauseMs) => {
      const headers = asked === null ? {} : { 'retry-after': asked };
      const busy = new Response(null, { status: 503, headers });
      expect(pauseAfter(busy, attempt, { retryDelayMs: 100 })).toBe(pauseMs);
    },
  );

  test('that asks for a long pause is not waited for', async () => {
    hub.fault = (_, response) => {
      response.writeHead(429, { 'retry-after': '300' }).end();
      return true;
    };
    await refuses(fetchModel(MAIN, options()), 'busy', /HTTP 429\. Try again in 300 s/u);
    expect(hub.requests).toHaveLength(1);
  });

  test.each<[number, Record<string, string>, HubProblem, RegExp]>([
    [
      404,
      {},
      'not-found',
      /HTTP 404\. Check name and revision.*If a folder was meant.*\.\/owner\/name/u,
    ],
    [401, { 'x-error-code': 'RepoNotFound' }, 'not-found', /HTTP 401\. Check name and revision/u],
    [404, { 'x-error-code': 'RevisionNotFound' }, 'not-found', /Check name and revision/u],
    [401, { 'x-error-code': 'GatedRepo' }, 'forbidden', /accept its terms.*HF_TOKEN/u],
    [403, {}, 'forbidden', /HTTP 403\. The model needs an access token/u],
    [500, {}, 'busy', /HTTP 500\. Try again later/u],
    [418, {}, 'unsupported', /HTTP 418\. Check HF_ENDPOINT/u],
  ])('that answers %i %j is explained', async (status, headers, problem, message) => {
    hub.fault = (_, response) => {
      response.writeHead(status, headers).end('no');
      return true;
    };
    await refuses(fetchModel(MAIN, options()), problem, message);
    expect(await readdir(home)).toEqual([]);
  });

  test('that refuses the weights of a gated model is explained, after its listing was given', async () => {
    hub.fault = ({ url }, response) => {
      if (!url.includes('/resolve/')) return false;
      response.writeHead(403, { 'x-error-code': 'GatedRepo' }).end();
      return true;
    };
    await refuses(fetchModel(MAIN, options()), 'forbidden', /file .* from .*resolve.* HTTP 403/u);
  });

  test('that is not there is explained', async () => {
    const nobody = options({ HF_ENDPOINT: 'http://127.0.0.1:1' });
    await refuses(
      fetchModel(MAIN, nobody),
      'unreachable',
      /hub model owner\/name: expected the files of revision main .*got no connection \(.+\)\. Check the network, set HF_ENDPOINT/u,
    );
  });

  test.each(['<html>', '[]', '{"sha": "main"}', '{"sha": "../../x", "siblings": []}'])(
    'that answers %s is none',
    async (body) => {
      hub.fault = (_, response) => {
        response.end(body);
        return true;
      };
      await refuses(
        fetchModel(MAIN, options()),
        'unsupported',
        /Check HF_ENDPOINT: is it a hub\?/u,
      );
    },
  );

  test('that has a model without weights in safetensors says what it has', async () => {
    const kept = hub.siblings.filter(({ rfilename }) => !String(rfilename).includes('safetensors'));
    hub.siblings.splice(0, hub.siblings.length, ...kept);
    await refuses(
      fetchModel(MAIN, options()),
      'unsupported',
      /expected model\.safetensors or model\.safetensors\.index\.json among its files, got .*Take a model/u,
    );
  });

  test('whose index names files outside the model is refused', async () => {
    const index = 'model.safetensors.index.json';
    const listing = hub.siblings.find(({ rfilename }) => rfilename === index)!;
    const bad = JSON.stringify({ weight_map: { a: '../../../secret.safetensors' } });
    for (const key of ['blobId', 'lfs']) delete listing[key];
    listing.size = bad.length;
    hub.fault = ({ url }, response) => {
      if (!url.endsWith(index)) return false;
      response.writeHead(200, { 'content-length': bad.length }).end(bad);
      return true;
    };
    await expect(fetchModel(MAIN, options())).rejects.toThrow(
      /a file of this folder, got "\.\.\/\.\./u,
    );
  });
});

test('a file that was damaged in the cache is fetched again', async () => {
  const { folder } = await fetchModel(MAIN, options());
  await appendFile(join(folder, SHARDS[0]!), 'x');
  await fetchModel(MAIN, options());
  expect(await readFile(join(folder, SHARDS[0]!))).toEqual(files.get(SHARDS[0]!));
});
