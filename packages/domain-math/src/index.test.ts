import { join } from 'node:path';
import {
  type Demonstration,
  type DomainParts,
  type EpisodeContext,
  Scope,
  type Task,
  validateConfig,
} from '@taskspace/core';
import { testDomain } from '@taskspace/core/testing';
import { describe, expect, test } from 'vitest';
import { goldOf } from './gold.ts';
import mathDomain, { type MathOptions } from './index.ts';

function goldResponses(task: Task): readonly string[] {
  const gold = goldOf(task);
  if ('answer' in gold) return [`So \\boxed{${[gold.answer].flat()[0]}}.`];
  const { check } = gold;
  if (check.kind === 'two-unknowns') {
    for (let x = check.low; x <= check.high; x++) {
      const y = (check.target - check.a * x) / check.b;
      if (Number.isInteger(y) && y >= check.low && y <= check.high) return [`\\boxed{${x}, ${y}}`];
    }
  }
  if (check.kind === 'subset-sum') {
    const chosen = choose(check.numbers, check.count, check.target);
    return [`\\boxed{${chosen?.join(', ')}}`];
  }
  if (check.kind === 'countdown') return [`\\boxed{${reach(check.numbers, check.target)}}`];
  throw new Error(`no solution of ${task.instruction}`);
}

function choose(
  numbers: readonly number[],
  count: number,
  target: number,
): readonly number[] | undefined {
  if (count === 0) return target === 0 ? [] : undefined;
  for (const [index, number] of numbers.entries()) {
    const rest = choose(numbers.slice(index + 1), count - 1, target - number);
    if (rest) return [number, ...rest];
  }
  return undefined;
}

function reach(numbers: readonly number[], target: number): string | undefined {
  const search = (parts: readonly { text: string; value: number }[]): string | undefined => {
    if (parts.length === 1) return parts[0]!.value === target ? parts[0]!.text : undefined;
    for (const [i, left] of parts.entries()) {
      for (const [j, right] of parts.entries()) {
        if (i === j) continue;
        const others = parts.filter((_, index) => index !== i && index !== j);
        for (const [sign, value] of [
          ['+', left.value + right.value],
          ['-', left.value - right.value],
          ['*', left.value * right.value],
        ] as const) {
          const found = search([...others, { text: `(${left.text}${sign}${right.text})`, value }]);
          if (found) return found;
        }
      }
    }
    return undefined;
  };
  return search(numbers.map((value) => ({ text: `${value}`, value })));
}

const wrongResponses = () => ['I think it is \\boxed{-987654321}.'];

describe('all families', () => {
  testDomain(mathDomain, { goldResponses, wrongResponses });
});

describe('pocket subset', () => {
  const options: Partial<MathOptions> = { subset: 'pocket', levels: [1], limit: 150 };
  testDomain(mathDomain, { options, goldResponses, wrongResponses });
});

describe('files', () => {
  const path = join(import.meta.dirname, 'datasets', '__fixtures__', 'many.jsonl');
  const options: Partial<MathOptions> = { source: 'files', data: { path } };
  testDomain(mathDomain, { options, goldResponses, wrongResponses });
});

async function create(options: object = {}): Promise<DomainParts> {
  const resolved = validateConfig<MathOptions>(mathDomain.options, options, 'options');
  return mathDomain.create(resolved, new Scope());
}

const context: EpisodeContext = {
  seed: 1,
  signal: new AbortController().signal,
  limits: { maxTurns: 1, timeoutMs: 1000 },
  services: new Scope(),
};

async function opening(parts: DomainParts): Promise<string> {
  const task = await (await parts.tasks('train')).at(0);
  await using episode = await parts.environment.open(task, context);
  return episode.opening.map(({ content }) => content).join();
}

async function demonstrations(parts: DomainParts, count: number): Promise<Demonstration[]> {
  const taken: Demonstration[] = [];
  for await (const demonstration of parts.demonstrations?.('train', 1) ?? []) {
    taken.push(demonstration);
    if (taken.length === count) break;
  }
  return taken;
}

test('the paper source joins its sets, each from a local copy where one is given', async () => {
  const fixture = (name: string) => join(import.meta.dirname, 'datasets', '__fixtures__', name);
  const amc = fixture('amc.parquet');
  const paths: Record<string, string> = {
    deepscaler: fixture('many.jsonl'),
    'amc12-2022': amc,
    'amc12-2023': amc,
    olympiadbench: fixture('olympiad-snappy.parquet'),
  };
  for (const name of ['math500', 'aime24', 'aime25', 'minerva']) paths[name] = amc;
  const parts = await create({ source: 'paper', data: { paths } });
  const test = await parts.tasks('test');
  const tasks = await Promise.all(Array.from({ length: test.size }, (_, index) => test.at(index)));
  // The one AMC row is of 2022, so the 2023 set is empty here.
  expect(tasks.map(({ category }) => category)).toEqual([
    'math500',
    'amc12-2022',
    'aime24',
    'aime25',
    'minerva',
    ...Array(3).fill('olympiadbench'),
  ]);
  const [train, validation] = [await parts.tasks('train'), await parts.tasks('validation')];
  // One of the 60 training problems is also in the OlympiadBench copy, and left out.
  expect(train.size + validation.size).toBe(59);
});

test('asks for a box, except in the pocket subset, or as told', async () => {
  expect(await opening(await create())).toMatch(/\n\nReason step by step, .* in \\boxed\{\}\.$/);
  expect(await opening(await create({ subset: 'pocket' }))).not.toContain('boxed');
  expect(await opening(await create({ subset: 'pocket', suffix: 'Box it.' }))).toMatch(
    /\n\nBox it\.$/,
  );
  expect(await opening(await create({ suffix: '' }))).not.toContain('boxed');
});

test('demonstrates what the environment asks', async () => {
  const parts = await create();
  const [{ messages }] = (await demonstrations(parts, 1)) as [Demonstration];
  expect(messages).toHaveLength(1);
  expect(messages[0]!.content).toMatch(/\\boxed\{\}\.$/);
});

/** Right first answers and nothing else. */
const FIRST_ANSWERS = {
  wrongShare: 0,
  improveShare: 0,
  divergeShare: 0,
  unrelatedShare: 0,
  repeatShare: 0,
};

test('mixes honest failures into pocket demonstrations when asked to', async () => {
  const share = async (wrongShare: number) => {
    const mixture = { ...FIRST_ANSWERS, wrongShare };
    const parts = await create({ subset: 'pocket', demonstrations: mixture });
    return (await demonstrations(parts, 400)).filter(({ response }) => / no /.test(response))
      .length;
  };
  expect(await share(0)).toBe(0);
  expect(await share(0.25)).toBeGreaterThan(60);
  expect(await share(0.25)).toBeLessThan(140);
});

test('demonstrates rewrites in the words that ask for them', async () => {
  const mixture = { ...FIRST_ANSWERS, wrongShare: 0.25, improveShare: 0.4, divergeShare: 0.2 };
  const parts = await create({ subset: 'pocket', demonstrations: mixture });
  const counts = { improve: 0, diverge: 0, kept: 0 };
  for (const { messages, response } of await demonstrations(parts, 1000)) {
    const { content } = messages[0]!;
    const [, shown, asked] = /^Earlier answer: ([^\n]+)\n([^\n]+)\n[^\n]+$/.exec(content) ?? [];
    if (asked === 'Check and improve it.') counts.improve += 1;
    if (asked === 'Check and improve it.' && shown === response) counts.kept += 1;
    if (asked === 'Give a different answer.') {
      counts.diverge += 1;
      expect(response).not.toBe(shown);
    }
  }
  expect(Math.abs(counts.improve - 400)).toBeLessThan(80);
  expect(Math.abs(counts.diverge - 200)).toBeLessThan(65);
  expect(Math.abs(counts.kept / counts.improve - 0.38)).toBeLessThan(0.12);
});

test('shows an unrelated answer in front of so many first requests, and answers as without it', async () => {
  const mixture = { ...FIRST_ANSWERS, unrelatedShare: 0.4 };
  const parts = await create({ subset: 'pocket', demonstrations: mixture });
  const shown = (await demonstrations(parts, 500)).filter(({ messages }) =>
    messages[0]!.content.startsWith('Earlier answer: '),
  );
  expect(Math.abs(shown.length - 200)).toBeLessThan(50);
  for (const { messages, response } of shown) {
    const [, answer] = /^Earlier answer: ([^\n]+)\n[^\n]+$/.exec(messages[0]!.content)!;
    expect(answer).toMatch(/ (?:ok|no) \\boxed\{/);
    expect(response).toContain(' ok ');
  }
});

test('repeats so many answers word for word, right and wrong ones', async () => {
  const mixture = { ...FIRST_ANSWERS, repeatShare: 0.4 };
  const parts = await create({ subset: 'pocket', demonstrations: mixture });
  const shown = (await demonstrations(parts, 500)).flatMap(({ messages, response }) => {
    const [, answer] =
      /^Earlier answer: ([^\n]+)\nGive it again\.\n/.exec(messages[0]!.content) ?? [];
    return answer === undefined ? [] : [{ answer, response }];
  });
  expect(Math.abs(shown.length - 200)).toBeLessThan(50);
  for (const { answer, response } of shown) expect(response).toBe(answer);
  const wrong = shown.filter(({ answer }) => answer.includes(' no '));
  expect(Math.abs(wrong.length / shown.length - 0.5)).toBeLessThan(0.2);
});

test('takes the families and levels it is told', async () => {
  const parts = await create({ families: ['dice', 'rates'], levels: [2] });
  const source = await parts.tasks('test');
  const tasks = await Promise.all([0, 1, 2, 3].map((index) => source.at(index)));
  expect(new Set(tasks.map(({ category }) => category))).toEqual(new Set(['dice', 'rates']));
  expect(new Set(tasks.map(({ measures }) => measures?.level))).toEqual(new Set([2]));
});

test.each([
  [{ families: ['dices'] }, /families\[0\]: expected .*Did you mean "dice"\?/],
  [
    { subset: 'pocket', families: ['dice'] },
    /families\[0\]: expected a family of the subset "pocket"/,
  ],
  [{ levels: [6] }, /levels\[0\]: expected/],
  [{ source: 'math50' }, /source: expected .*math500/],
  [{ source: 'files' }, /data.path: expected a file or folder, got nothing/],
  [{ source: 'hub' }, /data.hub: expected a data set such as owner\/name, got nothing/],
  [{ data: { paths: { gsm9k: 'x' } } }, /data\.paths/],
  [{ demonstrations: { wrongShare: 2 } }, /demonstrations.wrongShare: expected/],
])('refuses the options %j', async (options, message) => {
  await expect(create(options)).rejects.toThrow(message);
});

test('says nothing during the episode that depends on the answer', async () => {
  const parts = await create();
  const task = await (await parts.tasks('train')).at(0);
  const reply = async (response: string) => {
    await using episode = await parts.environment.open(task, context);
    return episode.respond(response);
  };
  expect(await reply(goldResponses(task)[0]!)).toEqual(await reply('\\boxed{-987654321}'));
  expect((await reply('no idea')).feedback).toBe('The response has no \\boxed{} answer.');
});

test('never tells the expected answer in feedback', async () => {
  const parts = await create();
  const source = await parts.tasks('test');
  for (let index = 0; index < 200; index++) {
    const task = await source.at(index);
    const gold = goldOf(task);
    if (!('answer' in gold)) continue;
    const history = { task, seed: 0, ending: 'done', closing: [] } as const;
    const turns = [{ request: [], response: '\\boxed{-987654321}', iterate: 0 }];
    const { correct, feedback } = await parts.verifier.verify({ ...history, turns }, context);
    expect(correct).toBe(false);
    expect(feedback).not.toMatch(/\d/);
  }
});
