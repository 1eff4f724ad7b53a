import { type Episode, Scope, type Task, validateConfig } from '@taskspace/core';
import { describe, expect, test } from 'vitest';
import toolUse, {
  defineToolDomain,
  defineWorld,
  McpCallError,
  type ToolUseOptions,
} from '../index.ts';
import { toolTask } from '../payload.ts';
import { makeCall } from './make-call.ts';

const context = {
  seed: 0,
  signal: new AbortController().signal,
  limits: { maxTurns: 100, timeoutMs: 60_000 },
  services: new Scope(),
};

const FILES: Task = toolTask(
  {
    world: {
      profile: 'v3',
      classes: ['GorillaFileSystem', 'VehicleControlAPI'],
      config:
        '{"GorillaFileSystem": {"root": {"home": {"type": "directory", "contents": {"a.txt": {"type": "file", "content": "tea"}}}}}}',
      longContext: false,
    },
    requests: [
      { text: 'Look.', gold: [{ name: 'ls', arguments: '{}' }] },
      { text: 'And again.', gold: [{ name: 'ls', arguments: '{}' }] },
    ],
    budget: 30,
  },
  { id: 'files' },
);

async function open(options: Partial<ToolUseOptions> = {}): Promise<Episode> {
  const given = validateConfig<ToolUseOptions>(toolUse.options, options, 'options');
  const { environment } = await toolUse.create(given, new Scope());
  return environment.open(FILES, context);
}

async function say(episode: Episode, response: string): Promise<string> {
  const { messages } = await episode.respond(response);
  return messages.map(({ content }) => content).join('\n');
}

const tool = (json: string) => `<tool>${json}</tool>`;
const call = (name: string, args: unknown) => tool(JSON.stringify({ name, args }));

describe('what cannot be done is said to the policy', () => {
  test.each([
    ['malformed JSON', tool('{"name": "ls", "args": {}'), /could not be read: the JSON ends early/],
    ['a trailing comma', tool('{"name": "ls",}'), /could not be read/],
    ['a call that is a number', tool('5'), /could not be read: a call must be an object/],
    ['an unclosed call', '<tool>{"name":"ls"}', /<\/tool> is missing/],
    ['an unknown tool', call('fly', {}), /name 'fly' is not defined/],
    ['a prototype key as a tool', call('__proto__', {}), /Error during execution/],
    ['a constructor as a tool', call('constructor', {}), /name 'constructor' is not defined/],
    ['toString as a tool', call('toString', {}), /name 'toString' is not defined/],
    ['a forbidden tool', call('exit', {}), /not allowed/],
    ['a wrong type', call('cat', { file_name: 5 }), /rror/],
    ['a list for a name', call('cd', { folder: [[1]] }), /rror/],
    ['a missing argument', call('cat', {}), /missing 1 required positional argument/],
    ['an unknown argument', call('ls', { __proto__x: 1 }), /unexpected keyword argument/],
    [
      'a prototype key as an argument',
      tool('{"name":"ls","args":{"__proto__":{"a":true}}}'),
      /rror/,
    ],
    [
      'a huge argument',
      call('echo', { content: 'x'.repeat(1_000_000) }),
      /at most 100000 are taken/,
    ],
    [
      'a deep argument',
      tool(`{"name":"ls","args":{"a":${'['.repeat(99)}${']'.repeat(99)}}}`),
      /nested deeper/,
    ],
    ['a path that climbs', call('cat', { file_name: '../../etc/passwd' }), /rror/],
    ['nothing', '', /neither a tool call nor an ending/],
  ])('%s', async (_, response, expected) => {
    await using episode = await open();
    expect(await say(episode, response)).toMatch(expected);
    expect(await say(episode, call('ls', {}))).toContain('"a.txt"');
  });

  test('a climbing cd stays inside the world', async () => {
    await using episode = await open();
    for (let round = 0; round < 5; round++) await say(episode, call('cd', { folder: '..' }));
    expect(await say(episode, call('ls', {}))).toMatch(/a\.txt|home|rror/);
  });

  test('a result that is too large', async () => {
    await using episode = await open({ maxResultChars: 100 });
    const reply = await say(episode, call('echo', { content: 'x'.repeat(500) }));
    expect(reply).toMatch(/at most 100 are shown/);
  });
});

test('calls of a response run in order and stop at the first that fails', async () => {
  const calls = tool(
    JSON.stringify([
      { name: 'touch', args: { file_name: 'b' } },
      { name: 'cat', args: { file_name: 'none' } },
      { name: 'touch', args: { file_name: 'c' } },
    ]),
  );
  const list = async (options: Partial<ToolUseOptions>) => {
    await using episode = await open(options);
    await say(episode, calls);
    return say(episode, call('ls', {}));
  };
  expect(await list({})).toContain('["a.txt", "b"]');
  expect(await list({ afterFailure: 'go-on' })).toContain('["a.txt", "b", "c"]');
});

test('an ending counts after calls that succeed, not after one that fails', async () => {
  await using episode = await open();
  expect(await say(episode, `${call('fly', {})}<TASK_FINISHED>`)).not.toContain('And again.');
  expect(await say(episode, `${call('ls', {})}<TASK_FINISHED>`)).toContain('And again.');
});

test('calls after the end do nothing', async () => {
  await using episode = await open();
  await say(episode, '<TASK_ERROR>');
  const after = await episode.respond(call('rm', { file_name: 'a.txt' }));
  expect(after.done).toBe(true);
  expect(after.messages[0]!.content).toContain('the episode is over');
  expect(await episode.result!()).toMatchObject({ ending: 'gave-up', requests: [{ calls: [] }] });
});

test('ends an episode at its budget', async () => {
  await using episode = await open();
  let outcome = await episode.respond('hm');
  for (let round = 1; round < 30; round++) outcome = await episode.respond('hm');
  expect(outcome).toMatchObject({ done: true, truncated: true });
});

test('no call changes another session', async () => {
  await using one = await open();
  await using other = await open();
  await say(one, call('rm', { file_name: 'a.txt' }));
  await say(one, tool('{"name":"echo","args":{"content":"x","file_name":"__proto__"}}'));
  await say(one, call('touch', { file_name: 'constructor' }));
  expect(await say(other, call('ls', {}))).toContain('["a.txt"]');
  expect(({} as Record<string, unknown>).content).toBeUndefined();
});

test('results of own tools that are cyclic, huge or thrown become error texts', async () => {
  const world = defineWorld({
    start: () => ({}),
    tools: {
      cyclic: {
        description: '',
        run() {
          const value: { self?: unknown } = {};
          value.self = value;
          return value;
        },
      },
      huge: { description: '', run: () => 'x'.repeat(10_000_000) },
      thrown: {
        description: '',
        run() {
          throw new Error('out of tea');
        },
      },
      nothing: { description: '', run: () => undefined },
    },
  });
  const domain = defineToolDomain({
    name: 'own',
    version: '0.0.0',
    tools: () => world,
    tasks: { train: [{ id: 'a', requests: [{ text: 'Go.', calls: [['nothing', {}]] }] }] },
  });
  const { environment, tasks } = await domain.create({ protocol: 'exit' }, new Scope());
  await using episode = await environment.open(await (await tasks('train')).at(0), context);
  expect(await say(episode, call('cyclic', {}))).toMatch(/Error during execution: .*circular/);
  expect(await say(episode, call('huge', {}))).toMatch(/has 10000000 characters/);
  expect(await say(episode, call('thrown', {}))).toMatch(/out of tea/);
  expect(await say(episode, call('nothing', { x: 1 }))).toMatch(/no argument 'x'/);
  expect(await say(episode, call('__proto__', {}))).toMatch(/not defined/);
  expect(await say(episode, call('nothing', {}))).toContain('None');
});

test('a tool server that is gone is no answer to the policy: the call throws', async () => {
  const gone = new McpCallError('closed', 'mcp: the server has ended.');
  const limits = { maxArgumentChars: 100, maxResultChars: 100 };
  const made = (failure: McpCallError) =>
    makeCall(
      { call: () => Promise.reject(failure) },
      { name: 'ls', arguments: '{}' },
      limits,
      context.signal,
    );
  await expect(made(gone)).rejects.toBe(gone);
  expect(gone.rolloutFailure).toBe('tool-server');
  // What the server refuses is the policy's mistake.
  expect(await made(new McpCallError('refused', 'no such argument'))).toMatchObject({
    outcome: 'exception',
    result: expect.stringContaining('no such argument'),
  });
});
