import { describe, expect, test } from 'vitest';
import type { EndpointConfig, SamplingConfig } from '../run/config.ts';
import type { ChatOutcome, ChatRequest } from '../scaffold/chat-policy.ts';
import {
  BAD,
  type Behaviour,
  type ChatServer,
  refuses,
  says,
  startChatServer,
} from './__fixtures__/chat-server.ts';
import { createEndpointPolicy } from './endpoint-policy.ts';
import { RETRY_WAITS, retryAfterMs, waitBeforeRetry } from './retry.ts';

const never = new AbortController().signal;
const sampling: SamplingConfig = {
  maxTokens: 9,
  temperature: 0.7,
  topP: 0.9,
  topK: 0,
  stop: ['END'],
};
const request: ChatRequest = {
  domain: 'toy',
  messages: [
    { role: 'system', content: 'be brief' },
    { role: 'tool', content: '42' },
  ],
  samples: 1,
  seed: 5,
  greedy: false,
};

interface Asked {
  readonly outcomes: readonly ChatOutcome[];
  readonly waits: readonly number[];
}

/** Asks a server; waits are noted and not waited. */
async function ask(
  { url }: Pick<ChatServer, 'url'>,
  changes: Partial<EndpointConfig> = {},
  wanted: Partial<ChatRequest> = {},
  key?: string,
): Promise<Asked> {
  const config: EndpointConfig = {
    url,
    model: 'tiny',
    keyVariable: 'OPENAI_API_KEY',
    concurrency: 8,
    timeoutMs: 10_000,
    retries: 2,
    body: {},
    ...changes,
  };
  const waits: number[] = [];
  const wait = async (ms: number): Promise<void> => {
    waits.push(ms);
  };
  const policy = createEndpointPolicy(config, () => sampling, key, { wait });
  return { outcomes: await policy.respond({ ...request, ...wanted }, never), waits };
}

const answered = (text: string) => ({ status: 'answered', text, cut: false });

describe('a request', () => {
  test('says what is wanted, and brings back the text', async () => {
    await using server = await startChatServer(() => says('yes'));
    const { outcomes } = await ask(server, {}, {}, 'secret');
    expect(outcomes).toEqual([answered('yes')]);
    expect(server.bodies).toEqual([
      {
        model: 'tiny',
        messages: [
          { role: 'system', content: 'be brief' },
          { role: 'user', content: '42' },
        ],
        max_tokens: 9,
        temperature: 0.7,
        top_p: 0.9,
        seed: 5,
        stop: ['END'],
      },
    ]);
    expect(server.headers[0]!.authorization).toBe('Bearer secret');
  });

  test('without a key sends none, and greedily asks for the most likely response', async () => {
    await using server = await startChatServer(() => says('yes'));
    await ask(server, { url: `${server.url}/` }, { greedy: true });
    expect(server.headers[0]!.authorization).toBeUndefined();
    expect(server.bodies[0]).toMatchObject({ temperature: 0 });
  });

  test('takes what the config puts over it, and leaves out what that makes null', async () => {
    await using server = await startChatServer(() => says('yes'));
    await ask(server, { body: { max_tokens: null, max_completion_tokens: 7, temperature: 1 } });
    expect(server.bodies[0]).toMatchObject({ max_completion_tokens: 7, temperature: 1 });
    expect(server.bodies[0]).not.toHaveProperty('max_tokens');
  });

  test('for several samples is one request each, with seeds of their own, at most so many at once', async () => {
    const held: (() => void)[] = [];
    await using server = await startChatServer((index) => (response, body) => {
      held.push(() => says('yes')(response, body));
      // Answers come in pairs, so that two requests have to be open.
      if (held.length === 2 || index === 6) for (const release of held.splice(0)) release();
    });
    const { outcomes } = await ask(server, { concurrency: 2 }, { samples: 7 });
    expect(outcomes).toHaveLength(7);
    expect(new Set(server.bodies.map(({ seed }) => seed)).size).toBe(7);
    expect(server.most()).toBe(2);
  });

  test('an answer cut at its length is one', async () => {
    await using server = await startChatServer(() => says('ye', 'length'));
    expect((await ask(server)).outcomes).toEqual([{ status: 'answered', text: 'ye', cut: true }]);
  });
});

describe('a server that misbehaves', () => {
  const kinds: Readonly<Record<string, string>> = {
    hangs: 'endpoint-timeout',
    'hangs in the middle': 'endpoint-timeout',
    'cuts the connection': 'endpoint-unavailable',
    'cuts the answer': 'endpoint-unavailable',
  };

  test.each(Object.entries(BAD))('%s: is asked again', async (_, behaviour) => {
    await using server = await startChatServer((index) => (index < 2 ? behaviour : says('yes')));
    const { outcomes, waits } = await ask(server, { timeoutMs: 150 });
    expect(outcomes).toEqual([answered('yes')]);
    expect(waits).toHaveLength(2);
  });

  test.each(Object.entries(BAD))('%s: in the end is a typed failure', async (name, behaviour) => {
    await using server = await startChatServer(() => behaviour);
    const { outcomes } = await ask(server, { timeoutMs: 50, retries: 1 });
    expect(outcomes).toMatchObject([{ status: 'failed', kind: kinds[name] ?? 'endpoint-garbage' }]);
    expect(server.bodies).toHaveLength(2);
  });

  test.each([
    { status: 429, kind: 'endpoint-limit' },
    { status: 500, kind: 'endpoint-unavailable' },
    { status: 503, kind: 'endpoint-unavailable' },
    { status: 408, kind: 'endpoint-timeout' },
  ])('status $status is tried again and then $kind', async ({ status, kind }) => {
    await using server = await startChatServer(() => refuses(status));
    const { outcomes, waits } = await ask(server);
    expect(outcomes).toMatchObject([{ status: 'failed', kind }]);
    expect((outcomes[0] as { message: string }).message).toContain(`${status}`);
    expect(waits).toHaveLength(2);
    expect(server.bodies).toHaveLength(3);
  });

  test('a request it finds wrong is not sent again', async () => {
    await using server = await startChatServer(() => refuses(400));
    const { outcomes } = await ask(server);
    expect(outcomes).toMatchObject([{ kind: 'endpoint-refusal' }]);
    expect(server.bodies).toHaveLength(1);
  });

  test.each([401, 403, 404])(
    'status %i ends the evaluation and names the variable, not the key',
    async (status) => {
      await using server = await startChatServer(() => refuses(status));
      await expect(ask(server, {}, {}, 'secret')).rejects.toThrow(/OPENAI_API_KEY/u);
      await expect(ask(server, {}, {}, 'secret')).rejects.not.toThrow(/secret/u);
    },
  );

  test('one bad answer costs its sample alone', async () => {
    const bad: Behaviour = BAD['empty choices']!;
    await using server = await startChatServer((index) => (index === 1 ? bad : says('yes')));
    const { outcomes } = await ask(server, { retries: 0, concurrency: 1 }, { samples: 3 });
    expect(outcomes.map(({ status }) => status)).toEqual(['answered', 'failed', 'answered']);
  });

  test('nobody listens: unavailable', async () => {
    const server = await startChatServer(() => says('yes'));
    await server[Symbol.asyncDispose]();
    expect((await ask(server)).outcomes).toMatchObject([{ kind: 'endpoint-unavailable' }]);
  });

  test('an answer without end is not read to it', async () => {
    const endless: Behaviour = (response) => {
      response.writeHead(200);
      const chunk = Buffer.alloc(1 << 20, 'x');
      const write = (): void => {
        while (!response.destroyed && response.write(chunk));
      };
      response.on('drain', write);
      write();
    };
    await using server = await startChatServer(() => endless);
    const { outcomes } = await ask(server, { retries: 0 });
    expect(outcomes).toMatchObject([{ kind: 'endpoint-garbage' }]);
  });
});

describe('waiting', () => {
  test('a server that asks for time gets it, from all requests', async () => {
    await using server = await startChatServer((index) =>
      index === 0 ? refuses(429, { 'retry-after': '7' }) : says('yes'),
    );
    const { outcomes, waits } = await ask(server, { concurrency: 1 }, { samples: 2 });
    expect(outcomes).toEqual([answered('yes'), answered('yes')]);
    // The one that was turned away, and the other that had not been sent yet.
    expect(waits.filter((ms) => ms > 6_000).length).toBeGreaterThanOrEqual(2);
    expect(Math.max(...waits)).toBeLessThanOrEqual(7_000);
  });

  test('one that asks for too much is given up', async () => {
    await using server = await startChatServer(() => refuses(429, { 'retry-after': '3600' }));
    expect((await ask(server)).outcomes).toMatchObject([{ kind: 'endpoint-limit' }]);
    expect(server.bodies).toHaveLength(1);
  });

  test('waits double up to a limit, with jitter in their upper half', () => {
    const options = { retries: 9, ...RETRY_WAITS };
    const at = (tries: number, draw: number) => waitBeforeRetry(tries, 0, options, draw);
    expect([1, 2, 3, 9].map((tries) => at(tries, 0))).toEqual([500, 1000, 2000, 15_000]);
    expect(at(1, 0.5)).toBe(750);
    expect(at(10, 0)).toBeNull();
  });

  test.each([
    { header: '2', ms: 2000 },
    { header: '0.5', ms: 500 },
    { header: 'Thu, 01 Jan 1970 00:00:10 GMT', ms: 9000 },
    { header: 'Thu, 01 Jan 1970 00:00:00 GMT', ms: 0 },
    { header: '-3', ms: 0 },
    { header: 'soon', ms: 0 },
    { header: '', ms: 0 },
    { header: null, ms: 0 },
  ])('Retry-After "$header" is $ms ms', ({ header, ms }) => {
    expect(retryAfterMs(header, 1000)).toBe(ms);
  });

  test('an abort ends a request and a wait with its reason', async () => {
    await using server = await startChatServer(() => BAD.hangs!);
    const controller = new AbortController();
    const config: EndpointConfig = {
      url: server.url,
      model: 'tiny',
      keyVariable: 'X',
      concurrency: 1,
      timeoutMs: 60_000,
      retries: 2,
      body: {},
    };
    const policy = createEndpointPolicy(config, () => sampling, undefined);
    const asked = policy.respond({ ...request, samples: 2 }, controller.signal);
    setImmediate(() => controller.abort(new Error('stop')));
    await expect(asked).rejects.toThrow('stop');
  });
});
