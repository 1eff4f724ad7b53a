import { describe, expect, test } from 'vitest';
import { guessDomain, guessTask } from './__fixtures__/guess-domain.ts';
import { Scope } from './container.ts';
import type { Environment, EpisodeContext } from './environment.ts';
import { DomainError, ReplayError, ShapeError } from './errors.ts';
import { conversation, type History, prefix } from './history.ts';
import { restoreEpisode } from './restore.ts';

const task = guessTask('train', 1, 8); // secret 4
const context: EpisodeContext = {
  seed: 999,
  signal: new AbortController().signal,
  limits: { maxTurns: 3, timeoutMs: 1000 },
  services: new Scope(),
};
const history: History = {
  task,
  seed: 5,
  turns: [
    {
      request: [{ role: 'user', content: 'Guess my number, 1 to 8. Round train 1. (hint 5)' }],
      response: '1',
      iterate: 0,
    },
    { request: [{ role: 'user', content: 'higher' }], response: '7', iterate: 2 },
    { request: [{ role: 'user', content: 'lower' }], response: '4', iterate: 0 },
  ],
  ending: 'done',
  closing: [],
};
const source = { quality: 1, origin: '0/1/2' };

async function guessEnvironment(): Promise<Environment> {
  const { environment } = await guessDomain.create({ highest: 8, turns: 3 }, new Scope());
  return environment;
}

describe('prefix', () => {
  test('keeps the turns up to one, with quality and origin', () => {
    expect(prefix(history, 2, source)).toEqual({
      seed: 5,
      turns: history.turns.slice(0, 2),
      quality: 1,
      origin: '0/1/2',
    });
  });

  test.each([0, 4, 1.5, Number.NaN])('refuses turn %s', (turn) => {
    expect(() => prefix(history, turn, source)).toThrow(ShapeError);
  });
});

describe('conversation', () => {
  test('puts each response after its request', () => {
    const closing = [{ role: 'user' as const, content: 'bye' }];
    expect(conversation(history.turns.slice(0, 2), closing).map(({ content }) => content)).toEqual([
      'Guess my number, 1 to 8. Round train 1. (hint 5)',
      '1',
      'higher',
      '7',
      'bye',
    ]);
  });

  test('of nothing is what comes next', () => {
    expect(conversation([], [])).toEqual([]);
  });
});

describe('restoreEpisode', () => {
  test.each([1, 2, 3])('waits for the response of turn %i', async (turn) => {
    const environment = await guessEnvironment();
    const restored = await restoreEpisode(
      environment,
      task,
      prefix(history, turn, source),
      context,
    );
    expect(restored.turns).toEqual(history.turns.slice(0, turn - 1));
    expect(restored.request).toEqual(history.turns[turn - 1]?.request);
    const outcome = await restored.episode.respond(history.turns[turn - 1]?.response ?? '');
    expect(outcome.done).toBe(turn === 3);
    expect(outcome.messages).toEqual(history.turns[turn]?.request ?? []);
    await restored.episode[Symbol.asyncDispose]();
  });

  test('names the turn and both texts when a message differs', async () => {
    const turns = history.turns.with(1, {
      ...history.turns[1]!,
      request: [{ role: 'user', content: 'colder' }],
    });
    const error = await restoreEpisode(
      await guessEnvironment(),
      task,
      { seed: 5, turns },
      context,
    ).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ReplayError);
    expect(error).toMatchObject({ turn: 2, recorded: 'user: colder', replayed: 'user: higher' });
    expect((error as Error).message).toContain('turn 2: expected the recorded "user: colder"');
  });

  test('refuses another seed', async () => {
    const restoring = restoreEpisode(
      await guessEnvironment(),
      task,
      { seed: 6, turns: history.turns },
      context,
    );
    await expect(restoring).rejects.toThrow('turn 1');
  });

  test('refuses an episode that ends before the prefix does', async () => {
    const turns = history.turns.with(0, { ...history.turns[0]!, response: '4' });
    const restoring = restoreEpisode(await guessEnvironment(), task, { seed: 5, turns }, context);
    await expect(restoring).rejects.toMatchObject({
      turn: 2,
      replayed: 'the end of the episode after turn 1',
    });
  });

  test.each([
    ['differs', 'other', 'user: higher', ReplayError],
    ['is malformed', undefined, undefined, DomainError],
  ])('disposes the episode when its message %s', async (_, content, __, error) => {
    let disposed = 0;
    const environment: Environment = {
      open: async () => ({
        opening: history.turns[0]?.request ?? [],
        respond: async () => ({ messages: [{ role: 'user', content: content! }], done: false }),
        [Symbol.asyncDispose]: async () => {
          disposed += 1;
        },
      }),
    };
    await expect(restoreEpisode(environment, task, history, context)).rejects.toThrow(error);
    expect(disposed).toBe(1);
  });

  test('listens to the abort signal', async () => {
    const controller = new AbortController();
    const environment: Environment = {
      open: async () => {
        controller.abort(new Error('stopped'));
        return {
          opening: history.turns[0]?.request ?? [],
          respond: () => Promise.reject(new Error('played on')),
          [Symbol.asyncDispose]: async () => {},
        };
      },
    };
    await expect(
      restoreEpisode(environment, task, history, { ...context, signal: controller.signal }),
    ).rejects.toThrow('stopped');
  });
});
