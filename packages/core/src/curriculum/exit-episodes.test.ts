/** The curriculum on real multi-turn episodes of the guessing game: draw, restore, rewrite, play on, judge, learn. */
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from 'vitest';
import { guessDomain } from '../__fixtures__/guess-domain.ts';
import { PlainBuffer } from '../__fixtures__/plain-buffer.ts';
import { type Answer, playGroup } from '../__fixtures__/play-instance.ts';
import { Scope } from '../container.ts';
import type { DomainParts } from '../domain.ts';
import type { EpisodeContext } from '../environment.ts';
import { ReplayError } from '../errors.ts';
import type { Group, SettledGroup } from '../group.ts';
import type { History } from '../history.ts';
import type { Instance } from '../instance.ts';
import type { Message } from '../message.ts';
import { createRandom } from '../random.ts';
import { restoreEpisode } from '../restore.ts';
import { groupAdvantages } from '../settle/group-advantages.ts';
import { iterationReward } from '../settle/iteration-reward.ts';
import { runSettle } from '../settle/run-settle.ts';
import { createExitCurriculum } from './exit.ts';
import { type ExitOptions, resolveExit } from './exit-options.ts';
import type { BufferEntry } from './task-buffer.ts';

const ITERATIONS = 30;
const PROMPTS = 6;
const TURNS = 4;
const CAPACITY = 40;
const KAPPA = 10;

const context: EpisodeContext = {
  seed: 0,
  signal: new AbortController().signal,
  limits: { maxTurns: TURNS, timeoutMs: 1000 },
  services: new Scope(),
};

interface Iteration {
  readonly groups: readonly SettledGroup[];
  /** The buffer after it. */
  readonly entries: readonly BufferEntry[];
}

interface Run {
  readonly parts: DomainParts;
  readonly iterations: readonly Iteration[];
  /** By rollout id. */
  readonly histories: ReadonlyMap<string, History>;
  /** The first prompt of each group. */
  readonly prompts: ReadonlyMap<Instance, readonly Message[]>;
}

/** A policy that guesses at random and now and then talks nonsense. */
const guess: Answer = (_, random) => {
  const value = random.integer(9);
  return value === 0 ? 'no idea' : String(value);
};

async function train(given: Partial<ExitOptions>): Promise<Run> {
  const parts = await guessDomain.create({ highest: 8, turns: TURNS }, new Scope());
  const all = await parts.tasks('train');
  const options = resolveExit({ capacity: CAPACITY, minSize: 8, kappa: KAPPA, ...given });
  const source = { ...all, size: 20 };
  const curriculum = createExitCurriculum({ domain: 'guess', source, options });
  const run = createRandom('episodes');
  const iterations: Iteration[] = [];
  const histories = new Map<string, History>();
  const prompts = new Map<Instance, readonly Message[]>();
  for (let iteration = 0; iteration < ITERATIONS; iteration++) {
    const random = run.fork(iteration);
    const drawn = await curriculum.draw(PROMPTS, { random, iteration, signal: context.signal });
    const groups: Group[] = [];
    for (const [index, instance] of drawn.entries()) {
      const answer: Answer = (messages, stream) => {
        if (!prompts.has(instance)) prompts.set(instance, messages);
        return guess(messages, stream);
      };
      const scope = { parts, context, maxTurns: TURNS, groupSize: 4, answer, random };
      groups.push(await playGroup(`${iteration}/${index}`, instance, scope));
    }
    for (const { id, history } of groups.flatMap(({ rollouts }) => rollouts)) {
      histories.set(id, history);
    }
    const steps = [iterationReward(new Map()), groupAdvantages()];
    const settled = runSettle(groups, steps, { iteration });
    curriculum.learn(settled);
    const { buffer } = curriculum.snapshot() as unknown as { buffer: { entries: BufferEntry[] } };
    iterations.push({ groups: settled, entries: buffer.entries });
  }
  return { parts, iterations, histories, prompts };
}

function grown({ iterations }: Run): Instance[] {
  return iterations
    .flatMap(({ groups }) => groups.map(({ instance }) => instance))
    .filter(({ start }) => start !== null);
}

function variance(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
}

describe.each(['curriculum', 'exit'] as const)('%s', (variant) => {
  const training = train({ variant, expand: 'all' });

  test('keeps the buffer that Algorithm 1 keeps', async () => {
    const { iterations } = await training;
    const plain = new PlainBuffer(CAPACITY, KAPPA);
    for (const [born, { groups, entries }] of iterations.entries()) {
      for (const { instance, rollouts } of groups) {
        const score = variance(rollouts.map(({ verdict }) => verdict.quality));
        const { start } = instance;
        const drawn = plain.entries.find(
          (entry) =>
            entry.start.origin === start?.origin && entry.start.turns.length === start.turns.length,
        );
        if (drawn) plain.update(drawn.start, score);
        for (const { id, history, verdict } of rollouts) {
          const { task, seed } = history;
          for (let turn = 1; turn <= history.turns.length; turn++) {
            const turns = history.turns.slice(0, turn);
            const { iterate } = turns.at(-1)!;
            const next = { seed, turns, quality: verdict.quality, origin: id };
            plain.insert({ task, start: next, iterate, score, born });
          }
        }
      }
      const scores = (list: readonly BufferEntry[]) => list.map(({ score }) => score);
      const rest = (list: readonly BufferEntry[]) =>
        list.map(({ task, start, iterate, born: at }) => ({ task, start, iterate, born: at }));
      // `toEqual` shows the difference, but is slow on what is equal.
      if (!isDeepStrictEqual(rest(entries), rest(plain.entries))) {
        expect(rest(entries)).toEqual(rest(plain.entries));
      }
      const wanted = scores(plain.entries);
      const errors = scores(entries).map((score, index) => Math.abs(score - wanted[index]!));
      expect(Math.max(...errors)).toBeLessThan(1e-12);
    }
  }, 60_000);

  test('starts at every turn, from prefixes of what was played', async () => {
    const run = await training;
    const starts = grown(run).map(({ start }) => start!);
    expect(starts.length).toBeGreaterThan(30);
    expect([...new Set(starts.map(({ turns }) => turns.length))].sort()).toEqual([1, 2, 3, 4]);
    for (const { origin, seed, turns } of starts) {
      const history = run.histories.get(origin)!;
      expect(seed).toBe(history.seed);
      expect(turns).toEqual(history.turns.slice(0, turns.length));
    }
  });

  test('plays on from the turns before the start, which stay as they were', async () => {
    const { iterations } = await training;
    for (const { instance, rollouts } of iterations.flatMap(({ groups }) => groups)) {
      const { start, depth } = instance;
      const before = start?.turns.slice(0, -1) ?? [];
      for (const { history } of rollouts) {
        expect(history.turns.slice(0, before.length)).toEqual(before);
        const [first, ...later] = history.turns.slice(before.length);
        expect(first!.iterate).toBe(depth);
        expect(first!.request).toEqual(start?.turns.at(-1)?.request ?? first!.request);
        expect(later.every(({ iterate }) => iterate === 0)).toBe(true);
      }
    }
  });

  test('grown histories replay', async () => {
    const { parts, histories } = await training;
    for (const { task, seed, turns } of [...histories.values()].slice(-40)) {
      const restored = await restoreEpisode(parts.environment, task, { seed, turns }, context);
      expect(restored.request).toEqual(turns.at(-1)!.request);
      await restored.episode[Symbol.asyncDispose]();
    }
  });
});

test('a replay does not show the earlier response, nor ask for a rewrite', async () => {
  const run = await train({ variant: 'curriculum' });
  const replays = grown(run);
  expect(new Set(replays.map(({ mode }) => mode))).toEqual(new Set(['replay']));
  for (const instance of replays) {
    const { turns } = instance.start!;
    const prompt = run.prompts.get(instance)!;
    expect(prompt.filter(({ role }) => role === 'assistant')).toHaveLength(turns.length - 1);
    expect(prompt.at(-1)).toEqual(turns.at(-1)!.request.at(-1));
    expect(instance.depth).toBe(0);
  }
});

test('a rewrite shows the response in place of the request', async () => {
  const run = await train({ variant: 'exit' });
  const rewrites = grown(run);
  expect(new Set(rewrites.map(({ mode }) => mode))).toEqual(new Set(['improve', 'diverge']));
  for (const instance of rewrites) {
    const { turns } = instance.start!;
    const prompt = run.prompts.get(instance)!;
    expect(prompt.filter(({ role }) => role === 'assistant')).toHaveLength(turns.length - 1);
    const asked = prompt.at(-1)!.content;
    expect(asked).toContain(`## Current response\n\n${turns.at(-1)!.response}`);
    expect(asked).toContain(turns.at(-1)!.request.at(-1)!.content);
  }
  expect(Math.max(...rewrites.map(({ depth }) => depth))).toBeGreaterThan(2);
});

test('a start is refused by name when the domain has changed', async () => {
  const run = await train({ variant: 'exit' });
  const { task, start } = grown(run).find((one) => one.start!.turns.length > 1)!;
  const changed = { ...task, instruction: 'Guess another number.' };
  const restored = restoreEpisode(run.parts.environment, changed, start!, context);
  await expect(restored).rejects.toThrow(ReplayError);
});
