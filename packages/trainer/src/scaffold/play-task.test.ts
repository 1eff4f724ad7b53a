import { createRandom, type DomainParts, type Task } from '@taskspace/core';
import { describe, expect, test } from 'vitest';
import { toyDomain, toyTask } from '../rollout/__fixtures__/toy-scope.ts';
import { climbingPolicy, playScope, wordsDomain } from './__fixtures__/words.ts';
import type { ChatPolicy } from './chat-policy.ts';
import { playTask, type SamplePlay, type TaskPlan } from './play-task.ts';

const never = new AbortController().signal;

function play(
  domain: DomainParts,
  policy: ChatPolicy,
  plan: Partial<TaskPlan> = {},
  task: Task = toyTask,
): Promise<readonly SamplePlay[]> {
  const whole = { rewrites: [0, 2], samples: 1, greedy: false, ...plan };
  return playTask(task, whole, playScope(domain, policy), createRandom(3), never);
}

/** The responses of each answer, by number of rewrites. */
function said({ answers }: SamplePlay): Record<number, string> {
  return Object.fromEntries(
    [...answers].map(([k, answer]) => [
      k,
      'kind' in answer
        ? answer.kind
        : answer.history.turns.map(({ response, iterate }) => `${response}^${iterate}`).join(' '),
    ]),
  );
}

describe('K rewrites at every turn', () => {
  test('a single turn is one chain, judged at each of its responses', async () => {
    const policy = climbingPolicy();
    const [sample] = await play(wordsDomain(1), policy, { rewrites: [0, 1, 3] });
    expect(said(sample!)).toEqual({ 0: '1^0', 1: '2^1', 3: '4^3' });
    expect(sample!.chain!.map(({ quality }) => quality)).toEqual([0.1, 0.2, 0.3, 0.4]);
    expect(policy.asked).toEqual(['turn 1', 'improve 1', 'improve 2', 'improve 3']);
  });

  test('several turns are rewritten one after the other, and each number has an episode of its own', async () => {
    const [sample] = await play(wordsDomain(3), climbingPolicy(), { rewrites: [0, 1, 2] });
    expect(said(sample!)).toEqual({
      0: '1^0 1^0 1^0',
      1: '2^1 2^1 2^1',
      2: '3^2 3^2 3^2',
    });
    expect(sample!.chain).toBeNull();
  });

  test('the numbers of rewrites share the first turn', async () => {
    const policy = climbingPolicy();
    await play(wordsDomain(2), policy, { rewrites: [0, 1, 2] });
    expect(policy.asked.slice(0, 3)).toEqual(['turn 1', 'improve 1', 'improve 2']);
    expect(policy.asked.filter((text) => text === 'turn 1')).toHaveLength(1);
    expect(policy.asked).toHaveLength(3 + (1 + 2 + 3));
  });

  test('a rewrite reads the latest responses of earlier turns, and the plain requests', async () => {
    const policy = climbingPolicy();
    await play(wordsDomain(2), policy, { rewrites: [1] });
    expect(policy.read.at(-1)).toEqual(['turn 1', '2', 'improve 1']);
  });

  test('a rewrite is played into a fresh episode that was brought to its turn', async () => {
    const opened: string[][] = [];
    await play(wordsDomain(2, opened), climbingPolicy(), { rewrites: [1] });
    expect(opened).toEqual([['1'], ['2', '1'], ['2', '2']]);
  });

  test('histories hold only what the environment asked', async () => {
    const [sample] = await play(wordsDomain(2), climbingPolicy(), { rewrites: [2] });
    const answer = sample!.answers.get(2)!;
    if ('kind' in answer) throw new Error(answer.message);
    expect(answer.history.turns.map(({ request }) => request[0]!.content)).toEqual([
      'turn 1',
      'turn 2',
    ]);
  });

  test('a response that failed is repaired', async () => {
    const policy = climbingPolicy();
    await play(
      wordsDomain(1, [], (response) => response === '1'),
      policy,
      { rewrites: [2] },
    );
    expect(policy.asked).toEqual(['turn 1', 'debug 1', 'improve 2']);
  });

  test('nodes tell what led to what', async () => {
    const [sample] = await play(wordsDomain(2), climbingPolicy(), { rewrites: [1] });
    const told = sample!.nodes.map(
      ({ id, parent, goal, turn, verdict }) =>
        `${parent}>${id} ${goal}@${turn} ${verdict?.quality}`,
    );
    expect(told).toEqual([
      'null>0 answer@1 undefined',
      '0>1 improve@1 undefined',
      '1>2 answer@2 0.3',
      '2>3 improve@2 0.4',
    ]);
  });

  test('when a rewrite no longer fits the context, the latest response stands', async () => {
    const policy = climbingPolicy((text) => (text === 'improve 2' ? 'prompt-too-long' : null));
    const [sample] = await play(wordsDomain(2), policy, { rewrites: [0, 1, 4] });
    expect(said(sample!)).toEqual({ 0: '1^0 1^0', 1: '2^1 2^1', 4: '2^1 2^1' });
  });

  test('a failure costs the answers behind it, and no other', async () => {
    const policy = climbingPolicy((text) => (text === 'improve 2' ? 'endpoint-timeout' : null));
    const [sample] = await play(wordsDomain(1), policy, { rewrites: [0, 1, 2, 4] });
    expect(said(sample!)).toEqual({
      0: '1^0',
      1: '2^1',
      2: 'endpoint-timeout',
      4: 'endpoint-timeout',
    });
  });

  test('an environment that says something else on replay is a replay failure', async () => {
    let opened = 0;
    const plain = wordsDomain(2);
    const fickle: DomainParts = {
      ...plain,
      environment: {
        open: async (task, context) => {
          opened += 1;
          const episode = await plain.environment.open(task, context);
          const opening = [{ role: 'user' as const, content: `turn ${opened}` }];
          return { ...episode, opening };
        },
      },
    };
    const [sample] = await play(fickle, climbingPolicy(), { rewrites: [0, 1] });
    expect(said(sample!)).toEqual({ 0: '1^0 1^0', 1: 'replay' });
  });
});

describe('best so far', () => {
  const greedy = (turns: number, select?: string): DomainParts => ({
    ...wordsDomain(turns),
    scaffold: { kind: 'greedy', ...(select !== undefined && { select }) },
  });
  const script = (...responses: readonly string[]): ReturnType<typeof climbingPolicy> => {
    let next = 0;
    return climbingPolicy(undefined, () => responses[next++]!);
  };

  test('each rewrite starts from the best answer', async () => {
    const policy = script('3', '1', '2', '5', '4');
    const [sample] = await play(greedy(1), policy, { rewrites: [0, 2, 4] });
    expect(policy.asked).toEqual(['turn 1', 'improve 3', 'improve 3', 'improve 3', 'improve 5']);
    expect(said(sample!)).toEqual({ 0: '3^0', 2: '3^0', 4: '5^1' });
    expect(sample!.chain!.map(({ quality }) => quality)).toEqual([0.3, 0.3, 0.3, 0.5, 0.5]);
  });

  test('of equally good answers the latest is rewritten', async () => {
    const policy = script('3', '3', '3');
    const [sample] = await play(greedy(1), policy, { rewrites: [2] });
    expect(said(sample!)).toEqual({ 2: '3^2' });
  });

  test('a verdict metric selects, and an answer without it is the worst', async () => {
    const policy = script('3', '7', '4', '2');
    const [sample] = await play(greedy(1, 'small'), policy, { rewrites: [3] });
    // 7 has no such metric.
    expect(policy.asked).toEqual(['turn 1', 'improve 3', 'improve 3', 'improve 3']);
    expect(said(sample!)).toEqual({ 3: '2^1' });
  });

  test('in several turns one is drawn, and the episode is played on', async () => {
    const [sample] = await play(greedy(3), climbingPolicy(), { rewrites: [6] });
    const answer = sample!.answers.get(6)!;
    if ('kind' in answer) throw new Error(answer.message);
    expect(answer.history.turns).toHaveLength(3);
    expect(answer.verdict.quality).toBeGreaterThan(0.3);
    const rewritten = sample!.nodes.filter(({ goal }) => goal === 'improve');
    expect(new Set(rewritten.map(({ turn }) => turn)).size).toBeGreaterThan(1);
    for (const { parent, turn } of rewritten) expect(sample!.nodes[parent!]!.turn).toBe(turn);
  });

  test('a failure costs the answers behind it', async () => {
    const policy = climbingPolicy((text) => (text === 'improve 2' ? 'endpoint-garbage' : null));
    const [sample] = await play(greedy(1), policy, { rewrites: [0, 1, 2] });
    expect(said(sample!)).toEqual({ 0: '1^0', 1: '2^1', 2: 'endpoint-garbage' });
  });
});

describe('samples', () => {
  test('share one request for their first responses', async () => {
    const policy = climbingPolicy();
    await play(wordsDomain(1), policy, { samples: 3, rewrites: [0] });
    expect(policy.requests.map(({ samples }) => samples)).toEqual([3]);
  });

  test('are answered with the same seeds whatever else is wanted', async () => {
    const few = climbingPolicy();
    const many = climbingPolicy();
    await play(wordsDomain(1), few, { samples: 2, rewrites: [0, 1] });
    await play(wordsDomain(1), many, { samples: 2, rewrites: [0, 1, 4] });
    const seeds = ({ requests }: typeof few) => requests.map(({ seed }) => seed);
    expect(seeds(many)).toEqual(expect.arrayContaining(seeds(few)));
  });

  test('every episode is closed, also when the policy throws', async () => {
    let open = 0;
    const plain = wordsDomain(2);
    const counted: DomainParts = {
      ...plain,
      environment: {
        open: async (task, context) => {
          open += 1;
          const close = async (): Promise<void> => {
            open -= 1;
          };
          const episode = await plain.environment.open(task, context);
          return { ...episode, [Symbol.asyncDispose]: close };
        },
      },
    };
    await play(counted, climbingPolicy(), { samples: 2, rewrites: [0, 1, 3] });
    expect(open).toBe(0);
    let asked = 0;
    const lost: ChatPolicy = {
      respond: async (request, signal) => {
        asked += 1;
        if (asked === 4) throw new Error('device lost');
        return climbingPolicy().respond(request, signal);
      },
    };
    await expect(play(counted, lost, { samples: 2, rewrites: [0, 3] })).rejects.toThrow(
      'device lost',
    );
    expect(open).toBe(0);
  });

  test('a task that does not open is a failure of every answer', async () => {
    const domain = toyDomain({
      environment: {
        open: () => {
          throw new Error('no sandbox');
        },
      },
    });
    const [sample] = await play(domain, climbingPolicy(), { rewrites: [0, 2] });
    expect(said(sample!)).toEqual({ 0: 'environment', 2: 'environment' });
  });
});
