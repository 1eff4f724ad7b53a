import {
  type Demonstration,
  type DomainParts,
  Scope,
  type Split,
  type Task,
  validateConfig,
} from '@taskspace/core';
import { describe, expect, test, vi } from 'vitest';
import toolUse, { type ToolUseOptions } from '../index.ts';
import { payloadOf } from '../payload.ts';
import { WORLD_CLASSES } from '../worlds/create-world.ts';
import { generatedAt } from './source.ts';

// Hundreds of worlds: the usual limit of one test is too short on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

async function create(options: Partial<ToolUseOptions>): Promise<DomainParts> {
  const given = validateConfig<ToolUseOptions>(toolUse.options, options, 'options');
  return toolUse.create(given, new Scope());
}

async function take(parts: DomainParts, split: Split, count: number): Promise<readonly Task[]> {
  const source = await parts.tasks(split);
  return Promise.all(Array.from({ length: count }, (_, index) => source.at(index)));
}

async function demonstrations(options: Partial<ToolUseOptions>, count: number) {
  const { demonstrations: stream } = await create(options);
  const taken: Demonstration[] = [];
  for await (const one of stream!('train', 0)) {
    taken.push(one);
    if (taken.length === count) break;
  }
  return taken;
}

test.each(['all', 'pocket'] as const)(
  'lint finds no fault in generated tasks (%s)',
  async (subset) => {
    const found: unknown[] = [];
    for await (const defect of (await create({ subset })).lint!(new AbortController().signal)) {
      found.push(defect);
    }
    expect(found).toEqual([]);
  },
);

test('the eight worlds, all levels and most tools occur', async () => {
  const tasks = await take(await create({}), 'train', 400);
  const classes = new Set(tasks.flatMap((task) => payloadOf(task).world.classes));
  const tools = new Set(
    tasks
      .flatMap((task) => payloadOf(task).requests.flatMap(({ gold }) => gold))
      .map(({ name }) => name),
  );
  expect([...classes].sort()).toEqual([...WORLD_CLASSES].sort());
  expect(tools.size).toBeGreaterThan(60);
  for (const level of [1, 2, 3, 4, 5]) {
    expect(tasks.filter(({ measures }) => measures?.level === level).length).toBe(80);
  }
  const calls = (level: number) => {
    const these = tasks.filter(({ measures }) => measures?.level === level);
    return these.reduce((sum, { measures }) => sum + measures!.goldCalls!, 0) / these.length;
  };
  expect(calls(5)).toBeGreaterThan(calls(3));
  expect(calls(3)).toBeGreaterThan(calls(1));
});

test('no start of a task stands in two splits, whatever the seed', async () => {
  const starts = new Map<string, Split>();
  for (const seed of [0, 1]) {
    const parts = await create({ subset: 'pocket', seed });
    for (const split of ['train', 'validation', 'test'] as const) {
      for (const task of await take(parts, split, 200)) {
        const { config } = payloadOf(task).world;
        expect(starts.get(config) ?? split).toBe(split);
        starts.set(config, split);
      }
    }
  }
});

describe('pocket tasks', () => {
  test('take at least two calls a request, and at most three requests', () => {
    const options = { subset: 'pocket', levels: [1, 2, 3, 4, 5], seed: 0 } as const;
    for (let index = 0; index < 300; index++) {
      const { requests, level } = generatedAt(options, 'train', index);
      expect(requests.length).toBe([1, 1, 2, 2, 3][level - 1]);
      for (const { gold } of requests) expect(gold.length).toBeGreaterThanOrEqual(2);
    }
  });

  test('list the largest number in any place', () => {
    const options = { subset: 'pocket', levels: [2], seed: 0 } as const;
    const places = new Set<number>();
    for (let index = 0; index < 200; index++) {
      const { world } = generatedAt(options, 'train', index);
      const found = [...world.config.matchAll(/"[a-z]+([0-9]+)":\{"type":"file"/gu)].map(([, n]) =>
        Number(n),
      );
      if (found.length > 0) places.add(found.indexOf(Math.max(...found)));
    }
    expect([...places].sort()).toEqual([0, 1, 2, 3, 4]);
  });

  test('are short and of few words', async () => {
    const shown = await demonstrations(
      { subset: 'pocket', demonstrations: { wrongShare: 0.5, rewriteShare: 0.5 } },
      3000,
    );
    const pieces = (text: string) => text.match(/[0-9]{1,2}| ?\p{L}+| ?[^ \p{L}0-9]| /gu) ?? [];
    const words = new Set(
      shown.flatMap(({ messages, response }) =>
        [...messages.map(({ content }) => content), response].flatMap(
          (text) => text.match(/\p{L}+/gu) ?? [],
        ),
      ),
    );
    expect(words.size).toBeLessThan(120);
    for (const { messages, response } of shown) {
      expect(pieces(response).length).toBeLessThan(100);
      for (const { content } of messages) expect(pieces(content).length).toBeLessThan(150);
    }
  });

  test('demonstrations slip in the share of choices asked for', async () => {
    // A fuel task's second response is right or wrong by its amount alone.
    const share = async (wrongShare: number) => {
      const shown = await demonstrations(
        { subset: 'pocket', levels: [1], demonstrations: { wrongShare, rewriteShare: 0 } },
        1500,
      );
      const fills = shown.flatMap(({ messages, response }) => {
        const amount = /"fuelAmount":(\d+)/u.exec(response)?.[1];
        if (amount === undefined) return [];
        const text = messages.map(({ content }) => content).join(' ');
        const [goal, level] = [
          /tank to (\d+)/u.exec(text)![1],
          /"fuelLevel": (\d+)/u.exec(text)![1],
        ];
        return [Number(goal) - Number(level) === Number(amount)];
      });
      return fills.filter((right) => !right).length / fills.length;
    };
    expect(await share(0)).toBe(0);
    expect(Math.abs((await share(0.5)) - 0.5)).toBeLessThan(0.12);
  });

  test('rewrites ask in the words of the domain', async () => {
    const shown = await demonstrations(
      { subset: 'pocket', demonstrations: { wrongShare: 0, rewriteShare: 1 } },
      200,
    );
    const asked = shown.map(({ messages }) => messages.at(-1)!);
    for (const { role, content } of asked) {
      expect(role).toBe('user');
      expect(content).toMatch(
        /^Earlier answer: .+\n(?:Check and improve it|Give a different answer)\.\n/su,
      );
    }
    expect(asked.some(({ content }) => content.includes('different'))).toBe(true);
  });
});
