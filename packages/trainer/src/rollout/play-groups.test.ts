import {
  createRandom,
  type DomainParts,
  type Episode,
  type Group,
  type Instance,
  type PartialHistory,
} from '@taskspace/core';
import { describe, expect, test } from 'vitest';
import type { Completion } from '../backend/backend.ts';
import {
  says,
  scriptedBackend,
  spell,
  toyDomain,
  toyScope,
  toyTask,
} from './__fixtures__/toy-scope.ts';
import { playGroups, type RolloutScope } from './play-groups.ts';

const base: Instance = { task: toyTask, mode: 'base', start: null, depth: 0 };
const never = new AbortController().signal;

function play(
  scope: RolloutScope,
  instances: readonly Instance[] = [base],
  signal: AbortSignal = never,
): Promise<Group[]> {
  const place = { iteration: 7, policyVersion: 3, random: createRandom(0) };
  return playGroups(instances, place, scope, signal);
}

/** Counts down: each turn is asked `<n> left`, until none is. */
function countdown(turns: number, changes: Partial<DomainParts> = {}): DomainParts {
  return toyDomain({
    ...changes,
    environment: {
      open: async () => {
        let left = turns;
        const asks = () => [{ role: 'user' as const, content: `${left} left` }];
        return {
          opening: asks(),
          respond: async (response) => {
            left -= 1;
            return {
              messages: left > 0 ? asks() : [],
              done: left === 0,
              feedback: `got ${response}`,
              failed: response === 'crash',
            };
          },
          result: () => ({ left }),
          [Symbol.asyncDispose]: async () => undefined,
        };
      },
    },
  });
}

/** The toy domain with one thing changed in its episodes. */
function withEpisode(change: (open: number) => Partial<Episode>): DomainParts {
  let opened = 0;
  const plain = toyDomain();
  return toyDomain({
    environment: {
      open: async (task, context) => ({
        ...(await plain.environment.open(task, context)),
        ...change(opened++),
      }),
    },
  });
}

describe('a single turn', () => {
  test('the rollouts of a group share one request for their first turn', async () => {
    const backend = scriptedBackend((_, sample) => says(sample === 1 ? 'yes' : 'no'));
    const [group] = await play(toyScope(backend));
    expect(backend.requests).toHaveLength(1);
    expect(backend.requests[0]).toMatchObject({ samples: 3, sampling: { stopTokens: [0] } });
    expect(group!.rollouts.map(({ verdict }) => verdict.quality)).toEqual([0, 1, 0]);
    expect(group!.rollouts.map(({ id }) => id)).toEqual(['7/0/0', '7/0/1', '7/0/2']);
    expect(group!.rollouts.every(({ policyVersion }) => policyVersion === 3)).toBe(true);
  });

  test('tokens are recorded as sampled, the end token included and not in the text', async () => {
    const [group] = await play(toyScope(scriptedBackend(() => says('yes'))));
    const { sequences, history } = group!.rollouts[0]!;
    expect(history.turns[0]!.response).toBe('yes');
    expect(spell(sequences[0]!.tokens)).toBe('user: say yes\nassistant: yes$');
    expect(sequences[0]!.lossMask.filter((bit) => bit === 1)).toHaveLength(4);
  });

  test('what completed a stop string is in the text that is judged and in the tokens that are trained on', async () => {
    const stopped: Completion = { ...says('yes.', true), stop: 'string' };
    const [group] = await play(toyScope(scriptedBackend(() => stopped)));
    const { sequences, history, truncated } = group!.rollouts[0]!;
    expect(history).toMatchObject({ ending: 'done', turns: [{ response: 'yes.' }] });
    expect(truncated).toBe(false);
    expect(spell(sequences[0]!.tokens)).toBe('user: say yes\nassistant: yes.');
    expect(sequences[0]!.lossMask.filter((bit) => bit === 1)).toHaveLength(4);
  });

  test('prompts that differ within a group are asked for one by one', async () => {
    const domain = withEpisode((open) => ({ opening: [{ role: 'user', content: `${open}` }] }));
    const backend = scriptedBackend(() => says('yes'));
    await play(toyScope(backend, domain));
    expect(backend.requests.map(({ samples }) => samples)).toEqual([1, 1, 1]);
    expect(new Set(backend.requests.map(({ seed }) => seed)).size).toBe(3);
  });

  test('a response cut at its length marks the rollout truncated', async () => {
    const [group] = await play(toyScope(scriptedBackend(() => says('yes', true))));
    expect(group!.rollouts[0]).toMatchObject({ truncated: true, history: { ending: 'done' } });
  });

  test('the completion fits the context', async () => {
    const prompt = 'user: say yes\nassistant: '.length;
    const backend = scriptedBackend(() => says('yes'), prompt + 5);
    await play(toyScope(backend));
    expect(backend.requests[0]!.sampling.maxTokens).toBe(5);
  });
});

describe('several turns', () => {
  test('each response is answered and the conversation stays one sequence', async () => {
    const backend = scriptedBackend(({ prompt }) => says(`n${prompt.length % 10}`));
    const [group] = await play(toyScope(backend, countdown(3), { groupSize: 2 }));
    const { history, sequences, truncated } = group!.rollouts[0]!;
    expect(history.turns.map(({ request }) => request[0]!.content)).toEqual([
      '3 left',
      '2 left',
      '1 left',
    ]);
    expect(history).toMatchObject({ ending: 'done', closing: [], result: { left: 0 } });
    expect(history.turns[0]!.feedback).toBe(`got ${history.turns[0]!.response}`);
    expect(truncated).toBe(false);
    expect(sequences).toHaveLength(1);
    expect(spell(sequences[0]!.tokens)).toMatch(
      /^user: 3 left\nassistant: n\d\$user: 2 left\nassistant: n\d\$user: 1 left\nassistant: n\d\$$/,
    );
  });

  test('the turn limit ends the episode and marks it truncated', async () => {
    const backend = scriptedBackend(() => says('go'));
    const [group] = await play(toyScope(backend, countdown(9), { maxTurns: 2 }));
    expect(group!.rollouts[0]).toMatchObject({
      truncated: true,
      history: { ending: 'turn-limit', closing: [{ content: '7 left' }] },
    });
  });

  test('a response cut at its length ends an episode that would go on', async () => {
    const [group] = await play(
      toyScope(
        scriptedBackend(() => says('go', true)),
        countdown(9),
      ),
    );
    expect(group!.rollouts[0]!.history).toMatchObject({ ending: 'length-limit' });
    expect(group!.rollouts[0]!.history.turns).toHaveLength(1);
  });

  test('a conversation that outgrows the context ends at its length', async () => {
    const backend = scriptedBackend(() => says('go'), 45);
    const [group] = await play(toyScope(backend, countdown(9)));
    expect(group!.rollouts[0]).toMatchObject({
      truncated: true,
      history: { ending: 'length-limit' },
    });
  });

  test('a template that rewrites earlier turns begins another sequence', async () => {
    const scope = toyScope(
      scriptedBackend(() => says('go')),
      countdown(2),
    );
    const forgetful = { ...scope, format: { ...scope.format, extend: () => null } };
    const [group] = await play(forgetful);
    expect(group!.rollouts[0]!.sequences).toHaveLength(2);
  });

  test('later turns of different rollouts have different seeds', async () => {
    const backend = scriptedBackend(() => says('go'));
    await play(toyScope(backend, countdown(2)), [base, base]);
    expect(new Set(backend.requests.map(({ seed }) => seed)).size).toBe(2 + 2 * 3);
  });
});

describe('an instance that starts later', () => {
  const start: PartialHistory = {
    seed: 5,
    origin: '0/0/0',
    quality: 0,
    turns: [
      { request: [{ role: 'user', content: '3 left' }], response: 'a', iterate: 0 },
      { request: [{ role: 'user', content: '2 left' }], response: 'b', iterate: 0 },
    ],
  };

  test('is replayed to its last turn, which is then played anew', async () => {
    const backend = scriptedBackend(() => says('c'));
    const scope = toyScope(backend, countdown(3));
    const [group] = await play(scope, [{ ...base, mode: 'replay', start }]);
    const { history, sequences } = group!.rollouts[0]!;
    expect(history.seed).toBe(5);
    expect(history.turns.map(({ response }) => response)).toEqual(['a', 'c', 'c']);
    expect(spell(sequences[0]!.tokens)).toMatch(/^user: 3 left\nassistant: a\nuser: 2 left\n/);
  });

  test('is a replay failure when the environment says something else now', async () => {
    const scope = toyScope(
      scriptedBackend(() => says('c')),
      countdown(4),
    );
    const [group] = await play(scope, [{ ...base, mode: 'replay', start }]);
    expect(group!.failures.map(({ kind }) => kind)).toEqual(['replay', 'replay', 'replay']);
  });
});

describe('a rewrite', () => {
  const ask = (content: string) => [{ role: 'user' as const, content }];
  const said = (response: string, iterate: number, left: number) => ({
    request: ask(`${left} left`),
    response,
    iterate,
    feedback: `got ${response}`,
    failed: response === 'crash',
  });
  const start: PartialHistory = {
    seed: 5,
    origin: '0/0/0',
    quality: 0,
    turns: [said('a', 2, 3), said('b', 1, 2)],
  };
  const improve: Instance = { ...base, mode: 'improve', start, depth: 2 };
  const iteration: DomainParts['iteration'] = {
    improve: ({ request, response, feedback }) =>
      `better than ${response}: ${request}, ${feedback}`,
    diverge: ({ response }) => `unlike ${response}`,
    debug: ({ response }) => `repair ${response}`,
  };

  test('is asked for in place of the request, after the turns before it as they were', async () => {
    const backend = scriptedBackend(() => says('c'));
    await play(toyScope(backend, countdown(3, { iteration })), [improve]);
    expect(spell(backend.requests[0]!.prompt)).toBe(
      'user: 3 left\nassistant: a\nuser: better than b: 2 left, got b\nassistant: ',
    );
  });

  test("keeps the environment's own request and counts the rewrite; what follows is a first attempt", async () => {
    const backend = scriptedBackend(() => says('c'));
    const [group] = await play(toyScope(backend, countdown(3, { iteration })), [improve]);
    const { history } = group!.rollouts[0]!;
    expect(history).toMatchObject({ seed: 5, ending: 'done' });
    expect(history.turns).toEqual([said('a', 2, 3), said('c', 2, 2), said('c', 0, 1)]);
  });

  test('is not seen by later turns, which begin another token sequence', async () => {
    const backend = scriptedBackend(() => says('c'));
    const scope = toyScope(backend, countdown(3, { iteration }));
    const [group] = await play(scope, [improve]);
    const { sequences } = group!.rollouts[0]!;
    expect(sequences.map(({ tokens }) => spell(tokens))).toEqual([
      'user: 3 left\nassistant: a\nuser: better than b: 2 left, got b\nassistant: c$',
      'user: 3 left\nassistant: a\nuser: 2 left\nassistant: c\nuser: 1 left\nassistant: c$',
    ]);
    // Of the second only what the policy sampled in it: the rewrite is trained on once.
    expect(sequences.map(({ lossMask }) => lossMask.filter((bit) => bit === 1).length)).toEqual([
      2, 2,
    ]);
  });

  test('is judged as a plain history', async () => {
    const judged: string[] = [];
    const domain = countdown(3, {
      iteration,
      verifier: {
        verify: ({ turns }) => {
          judged.push(turns.map(({ request }) => request[0]!.content).join());
          return { quality: 1, correct: true };
        },
      },
    });
    await play(
      toyScope(
        scriptedBackend(() => says('c')),
        domain,
      ),
      [improve],
    );
    expect(new Set(judged)).toEqual(new Set(['3 left,2 left,1 left']));
  });

  test.each([
    { mode: 'diverge', response: 'b', prompt: 'unlike b' },
    { mode: 'improve', response: 'crash', prompt: 'repair crash' },
  ] as const)('of $response to $mode asks: $prompt', async ({ mode, response, prompt }) => {
    const backend = scriptedBackend(() => says('c'));
    const turns = [said('a', 0, 3), said(response, 0, 2)];
    const instance: Instance = { ...improve, mode, start: { ...start, turns } };
    await play(toyScope(backend, countdown(3, { iteration })), [instance]);
    expect(spell(backend.requests[0]!.prompt)).toContain(`user: ${prompt}\n`);
  });

  test('of a domain without prompts shows request and response in general words', async () => {
    const backend = scriptedBackend(() => says('c'));
    await play(toyScope(backend, countdown(3)), [improve]);
    expect(spell(backend.requests[0]!.prompt)).toMatch(/2 left.*Current response\n\nb\n/su);
  });

  test('of the first turn of a single-turn domain needs no replay', async () => {
    const backend = scriptedBackend(() => says('yes'));
    const turns = [{ request: ask('say yes'), response: 'no', iterate: 4 }];
    const [group] = await play(toyScope(backend), [{ ...improve, start: { ...start, turns } }]);
    expect(group!.rollouts[0]!.history.turns).toEqual([
      { request: ask('say yes'), response: 'yes', iterate: 5 },
    ]);
    expect(group!.rollouts[0]!.verdict.correct).toBe(true);
  });

  test('is a replay failure when the environment says something else now', async () => {
    const scope = toyScope(
      scriptedBackend(() => says('c')),
      countdown(4),
    );
    const [group] = await play(scope, [improve]);
    expect(group!.failures.map(({ kind }) => kind)).toEqual(['replay', 'replay', 'replay']);
    expect(group!.failures[0]!.message).toContain('3 left');
  });

  test.each([
    {
      name: 'throws',
      prompt: () => {
        throw new Error('no words');
      },
      shows: 'no words',
    },
    { name: 'is no text', prompt: () => 7 as never, shows: 'got 7' },
  ])('whose prompt $name is an environment failure, and the episode is closed', async (broken) => {
    let open = 0;
    const plain = countdown(3);
    const domain: DomainParts = {
      ...plain,
      iteration: { improve: broken.prompt },
      environment: {
        open: async (task, context) => {
          open += 1;
          const close = async () => {
            open -= 1;
          };
          return {
            ...(await plain.environment.open(task, context)),
            [Symbol.asyncDispose]: close,
          };
        },
      },
    };
    const [group] = await play(
      toyScope(
        scriptedBackend(() => says('c')),
        domain,
      ),
      [improve],
    );
    expect(group!.failures.map(({ kind }) => kind)).toEqual(Array(3).fill('environment'));
    expect(group!.failures[0]!.message).toContain(broken.shows);
    await expect.poll(() => open).toBe(0);
  });

  test('with nothing to rewrite is a mistake of the curriculum', async () => {
    const scope = toyScope(scriptedBackend(() => says('c')));
    await expect(play(scope, [{ ...improve, start: null }])).rejects.toThrow('starts at none');
  });
});

describe('failures', () => {
  const failing: Record<string, [kind: string, domain: () => DomainParts]> = {
    'a throw in open': [
      'environment',
      () => {
        let opened = 0;
        const plain = toyDomain();
        return toyDomain({
          environment: {
            open: (task, context) => {
              if (opened++ === 1) throw new Error('no sandbox');
              return plain.environment.open(task, context);
            },
          },
        });
      },
    ],
    'a rejection in respond': [
      'environment',
      () =>
        withEpisode((open) =>
          open === 1 ? { respond: () => Promise.reject(new Error('broken')) } : {},
        ),
    ],
    'an outcome that is none': [
      'environment',
      () => withEpisode((open) => (open === 1 ? { respond: async () => null as never } : {})),
    ],
    'a call that never settles': [
      'timeout',
      () =>
        withEpisode((open) => (open === 1 ? { respond: () => new Promise(() => undefined) } : {})),
    ],
  };
  test.each(Object.entries(failing))(
    '%s fails its rollout and no other',
    async (_, [kind, domain]) => {
      const scope = toyScope(
        scriptedBackend(() => says('yes')),
        domain(),
        { timeoutMs: 50 },
      );
      const [group] = await play(scope);
      expect(group!.rollouts).toHaveLength(2);
      expect(group!.failures).toHaveLength(1);
      expect(group!.failures[0]).toMatchObject({ kind });
      expect(group!.failures[0]!.message).toContain('domain toy, task toy/0');
    },
  );

  test.each([
    { name: 'above 1', verdict: { quality: 1.5, correct: true } },
    { name: 'NaN', verdict: { quality: Number.NaN, correct: true } },
    { name: 'missing', verdict: { correct: true } },
  ])('a quality that is $name is an invalid verdict', async ({ verdict }) => {
    const domain = toyDomain({ verifier: { verify: () => verdict as never } });
    const [group] = await play(
      toyScope(
        scriptedBackend(() => says('yes')),
        domain,
      ),
    );
    expect(group!.rollouts).toEqual([]);
    expect(group!.failures.map(({ kind }) => kind)).toEqual(Array(3).fill('invalid-verdict'));
  });

  test('a verifier that throws is a verifier failure', async () => {
    const domain = toyDomain({
      verifier: {
        verify: () => {
          throw new Error('no judge');
        },
      },
    });
    const [group] = await play(
      toyScope(
        scriptedBackend(() => says('yes')),
        domain,
      ),
    );
    expect(group!.failures[0]).toMatchObject({ kind: 'verifier' });
    expect(group!.failures[0]!.message).toContain('no judge');
  });

  test('a first prompt longer than the context says both lengths', async () => {
    const [group] = await play(toyScope(scriptedBackend(() => says('yes'), 10)));
    expect(group!.failures[0]).toMatchObject({ kind: 'prompt-too-long' });
    expect(group!.failures[0]!.message).toMatch(/context of 10 tokens, it has 25/);
  });

  test("a rollout's tokens do not depend on which siblings failed to open", async () => {
    const answer = () => scriptedBackend(({ seed }, sample) => says(`${seed}-${sample}`));
    const [, domain] = failing['a throw in open']!;
    const whole = await play(toyScope(answer()));
    const holed = await play(toyScope(answer(), domain()));
    const said = (groups: readonly Group[]) =>
      groups[0]!.rollouts.map(({ id, history }) => `${id} ${history.turns[0]!.response}`);
    expect(said(holed)).toEqual([said(whole)[0], said(whole)[2]]);
  });

  test('a domain that cannot tidy up costs nothing but a notice', async () => {
    const notices: string[] = [];
    const domain = withEpisode(() => ({
      [Symbol.asyncDispose]: () => Promise.reject(new Error('stuck')),
    }));
    const scope = toyScope(
      scriptedBackend(() => says('yes')),
      domain,
      {},
      (message) => notices.push(message),
    );
    const [group] = await play(scope);
    expect(group!.rollouts).toHaveLength(3);
    expect(notices[0]).toContain('stuck');
  });

  test('an error of the backend is no failure of a rollout: it is thrown', async () => {
    const backend = scriptedBackend(() => {
      throw new Error('device lost');
    });
    await expect(play(toyScope(backend))).rejects.toThrow('device lost');
  });
});

describe('another try', () => {
  /** A backend whose responses are told apart by seed and sample. */
  const answering = () => scriptedBackend(({ seed }, sample) => says(`${seed}-${sample}`));

  /** The countdown of two turns, of which some calls fail. */
  function failing(fails: (call: number) => boolean, error: unknown = new Error('by chance')) {
    const plain = countdown(2);
    let calls = 0;
    return toyDomain({
      environment: {
        open: async (task, context) => {
          const episode = await plain.environment.open(task, context);
          return {
            ...episode,
            respond: (response: string) => {
              if (fails(calls++)) throw error;
              return episode.respond(response);
            },
          };
        },
      },
    });
  }

  test('of a rollout that failed by chance gives what it would have given', async () => {
    const [whole] = await play(toyScope(answering(), countdown(2)));
    const fails = (call: number) => call === 1 || call === 4;
    const [mended] = await play(toyScope(answering(), failing(fails), { retries: 1 }));
    expect(mended!.rollouts).toEqual(whole!.rollouts);
    expect(mended!.failures).toEqual([]);
    expect(mended!.retried!.map(({ kind }) => kind)).toEqual(['environment', 'environment']);
  });

  test('is made as often as asked, and the last failure stays', async () => {
    let calls = 0;
    const fails = () => {
      calls += 1;
      return true;
    };
    const [group] = await play(toyScope(answering(), failing(fails), { retries: 2 }));
    expect(group!.failures).toHaveLength(3);
    expect(group!.retried).toBeUndefined();
    expect(calls).toBe(3 * 3);
  });

  test('is made of an episode that did not open', async () => {
    let opened = 0;
    const plain = toyDomain();
    const domain = toyDomain({
      environment: {
        open: (task, context) => {
          if (opened++ === 0) throw new Error('no sandbox yet');
          return plain.environment.open(task, context);
        },
      },
    });
    const [group] = await play(toyScope(answering(), domain, { retries: 1 }));
    expect(group!.rollouts.map(({ id }) => id)).toEqual(['7/0/0', '7/0/1', '7/0/2']);
  });

  test('is not made where it would end the same way', async () => {
    const backend = scriptedBackend(() => says('yes'), 10);
    let opened = 0;
    const domain = withEpisode(() => {
      opened += 1;
      return {};
    });
    await play(toyScope(backend, domain, { retries: 3 }));
    expect(opened).toBe(3);
  });

  test('that opens with other words is a replay failure', async () => {
    let first = true;
    const domain = withEpisode((open) => ({
      opening: [{ role: 'user', content: open < 3 ? 'one' : 'other' }],
      respond: async () => {
        if (first) {
          first = false;
          throw new Error('by chance');
        }
        return { messages: [], done: true };
      },
    }));
    const [group] = await play(toyScope(answering(), domain, { retries: 1 }));
    expect(group!.rollouts).toHaveLength(2);
    expect(group!.failures).toMatchObject([{ kind: 'replay' }]);
  });

  test.each(['sandbox', 'tool-server'] as const)(
    'is typed %s where the error says so',
    async (rolloutFailure) => {
      const error = Object.assign(new Error('gone'), { rolloutFailure });
      const [group] = await play(
        toyScope(
          answering(),
          failing(() => true, error),
        ),
      );
      expect(group!.failures.map(({ kind }) => kind)).toEqual(Array(3).fill(rolloutFailure));
      expect(group!.failures[0]!.message).toMatch(/domain toy, task toy\/0: .*gone/);
    },
  );
});

describe('several domains', () => {
  const slowBase: Instance = { ...base, task: { ...toyTask, domain: 'slow' } };
  const opening: Episode['opening'] = [{ role: 'user', content: 'go' }];

  test('do not wait for each other, however few episodes may be open', async () => {
    const fast = Promise.withResolvers<void>();
    let left = 6;
    const domains = new Map<string, DomainParts>([
      [
        'slow',
        withEpisode(() => ({
          opening,
          // Ends only once every episode of the other domain has.
          respond: async () => {
            await fast.promise;
            return { messages: [], done: true };
          },
        })),
      ],
      [
        'toy',
        withEpisode(() => ({
          opening,
          respond: async () => {
            left -= 1;
            if (left === 0) fast.resolve();
            return { messages: [], done: true };
          },
        })),
      ],
    ]);
    const scope = toyScope(
      scriptedBackend(() => says('yes')),
      toyDomain(),
      { concurrency: 3 },
    );
    const groups = await play({ ...scope, domains }, [slowBase, slowBase, base, base]);
    expect(groups.map(({ rollouts }) => rollouts.length)).toEqual([3, 3, 3, 3]);
    expect(groups.map(({ instance }) => instance.task.domain)).toEqual([
      'slow',
      'slow',
      'toy',
      'toy',
    ]);
  });

  test('are played by their own options', async () => {
    const backend = scriptedBackend(() => says('yes'));
    const scope = toyScope(backend);
    const { sampling } = scope.options;
    const own = { ...scope.options, groupSize: 2, sampling: { ...sampling, maxTokens: 5 } };
    const domains = new Map([...scope.domains, ['slow', toyDomain()] as const]);
    const mixed = { ...scope, domains, ownOptions: new Map([['slow', own]]) };
    const groups = await play(mixed, [slowBase, base]);
    expect(groups.map(({ rollouts }) => rollouts.length)).toEqual([2, 3]);
    expect(backend.requests.map((request) => request.sampling.maxTokens)).toEqual([5, 20]);
  });
});

test('groups that are known are not played again', async () => {
  const backend = scriptedBackend(({ seed }, sample) => says(`${seed}-${sample}`));
  const whole = await play(toyScope(backend), [base, base, base]);
  const known = new Map([[1, whole[1]!]]);
  const played: number[] = [];
  const place = { iteration: 7, policyVersion: 3, random: createRandom(0), known };
  const scope = toyScope(scriptedBackend(({ seed }, sample) => says(`${seed}-${sample}`)));
  const again = await playGroups([base, base, base], place, scope, never, (_, index) => {
    played.push(index);
  });
  expect(again).toEqual(whole);
  expect(played.sort()).toEqual([0, 2]);
});

describe('order and bounds', () => {
  test('the result does not depend on the order in which episodes finish', async () => {
    const answer = () => scriptedBackend(({ seed }, sample) => says(`${seed}-${sample}`));
    const slow = (delays: readonly number[]) => {
      let index = 0;
      return toyDomain({
        verifier: {
          verify: async ({ turns }) => {
            for (let wait = delays[index++ % delays.length]!; wait > 0; wait--) {
              await new Promise(setImmediate);
            }
            return { quality: turns[0]!.response.length % 2, correct: false };
          },
        },
      });
    };
    const once = await play(toyScope(answer(), slow([0])), [base, base, base]);
    const again = await play(toyScope(answer(), slow([5, 0, 3, 1])), [base, base, base]);
    expect(again).toEqual(once);
  });

  test('no more episodes are open at once than allowed, and all are closed', async () => {
    let open = 0;
    let most = 0;
    const domain = withEpisode(() => {
      open += 1;
      most = Math.max(most, open);
      return {
        [Symbol.asyncDispose]: async () => {
          open -= 1;
        },
      };
    });
    const scope = toyScope(
      scriptedBackend(() => says('yes')),
      domain,
      { concurrency: 7 },
    );
    await play(scope, Array(10).fill(base));
    expect(most).toBe(6);
    expect(open).toBe(0);
  });

  test('an abort is thrown, reaches the domain and closes every episode', async () => {
    const controller = new AbortController();
    const aborted: boolean[] = [];
    let open = 0;
    const domain = toyDomain({
      environment: {
        open: async (task, context) => {
          open += 1;
          return {
            ...(await toyDomain().environment.open(task, context)),
            respond: () => {
              context.signal.addEventListener('abort', () => aborted.push(true));
              controller.abort(new Error('stop'));
              return new Promise(() => undefined);
            },
            [Symbol.asyncDispose]: async () => {
              open -= 1;
            },
          };
        },
      },
    });
    const playing = play(
      toyScope(
        scriptedBackend(() => says('yes')),
        domain,
      ),
      [base, base],
      controller.signal,
    );
    await expect(playing).rejects.toThrow('stop');
    expect(aborted.length).toBeGreaterThan(0);
    expect(open).toBe(0);
  });
});
