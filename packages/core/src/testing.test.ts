import { describe, expect, test } from 'vitest';
import { type GuessOptions, guessDomain } from './__fixtures__/guess-domain.ts';
import { conformanceChecks } from './conformance/checks.ts';
import type { ConformanceOptions } from './conformance/subject.ts';
import type { Demonstration, Domain, DomainParts } from './domain.ts';
import type { Episode } from './environment.ts';
import type { Task } from './task.ts';
import { testDomain } from './testing.ts';

const given: ConformanceOptions<GuessOptions> = {
  options: { highest: 8 },
  goldResponses: (task) => ['0', String(secretOf(task))],
  wrongResponses: (task) => [String(secretOf(task) + 1)],
  demonstratedTask: ({ messages }) => {
    const [, split, index] = /Round (\w+) (\d+)/u.exec(messages[0]?.content ?? '') ?? [];
    return taskAt(split as 'train', Number(index));
  },
  samples: 4,
  timeoutMs: 200,
};

testDomain(guessDomain, given);

test('a generator may give the same task at two indices', async () => {
  const domain: Domain<GuessOptions> = {
    ...guessDomain,
    create: async (options, services) => {
      const parts = await guessDomain.create(options, services);
      const tasks: DomainParts['tasks'] = async (split) => {
        const source = await parts.tasks(split);
        return { ...source, at: (index) => source.at(index % 5) };
      };
      return { ...parts, tasks };
    },
  };
  const checks = conformanceChecks(domain, given);
  await checks.find(({ title }) => title === 'gives valid tasks with unique ids')?.run();
});

describe('a domain that breaks the contract is told so', () => {
  let random = 0;
  const breaks: readonly [string, string, (parts: DomainParts) => Partial<DomainParts>][] = [
    [
      'gives valid tasks with unique ids',
      'expected unique ids in train, got a second "same"',
      (parts) => withTasks(parts, (task) => ({ ...task, id: 'same' })),
    ],
    [
      'gives valid tasks with unique ids',
      'payload: expected a JSON value, got an instance of Map',
      (parts) => withTasks(parts, (task) => ({ ...task, payload: new Map() as never })),
    ],
    [
      'gives the same task at the same index',
      'train task',
      (parts) => withTasks(parts, (task) => ({ ...task, category: String(random++) })),
    ],
    [
      'keeps its splits disjoint by id and by content',
      'expected splits without common tasks, got the id of train task 0 in validation',
      (parts) => withTasks(parts, (task) => ({ ...task, id: task.id.replace(/\D+/u, '') })),
    ],
    [
      'keeps its splits disjoint by id and by content',
      'got instruction and payload of train task',
      (parts) => withTasks(parts, (task) => ({ ...task, instruction: 'Guess.' })),
    ],
    [
      'says the same for the same task, seed and responses',
      'the same episode again',
      (parts) =>
        withEpisode(parts, (episode) => ({
          ...episode,
          result: () => ({ distance: 1, noise: random++ }),
        })),
    ],
    [
      'says the same for the same task, seed and responses',
      'the same verdict again',
      () => ({ verifier: { verify: () => ({ quality: (random++ % 97) / 97, correct: false }) } }),
    ],
    [
      'plays episodes at the same time as if alone',
      'as when played alone',
      (parts) => {
        let open = 0;
        return withEpisode(parts, (episode) => {
          open += 1;
          return {
            ...episode,
            result: () => ({ distance: open }),
            [Symbol.asyncDispose]: async () => void (await Promise.resolve(open--)),
          };
        });
      },
    ],
    [
      'restores every prefix by replay',
      'expected the reply of turn 1 again after a restore',
      (parts) => {
        const seen = new Set<string>();
        return withEpisode(parts, (episode, task) => ({
          ...episode,
          async respond(response) {
            const outcome = await episode.respond(response);
            const again = seen.has(task.id);
            seen.add(task.id);
            return again
              ? { ...outcome, messages: outcome.messages.map((m) => ({ ...m, content: 'warm' })) }
              : outcome;
          },
        }));
      },
    ],
    [
      'accepts gold responses',
      'expected correct, with a quality above 0, for ["0",',
      () => ({ verifier: { verify: () => ({ quality: 0, correct: false }) } }),
    ],
    [
      'refuses wrong responses',
      'expected not correct, with a quality below 1',
      () => ({ verifier: { verify: () => ({ quality: 1, correct: true }) } }),
    ],
    [
      'survives a response of nothing',
      'verify: expected no exception whatever the response, got RangeError: empty',
      () => ({
        verifier: {
          verify: () => {
            throw new RangeError('empty');
          },
        },
      }),
    ],
    [
      'survives a response of NUL characters',
      'expected a quality from 0 (worst) to 1 (best), got NaN',
      () => ({ verifier: { verify: () => ({ quality: Number.NaN, correct: false }) } }),
    ],
    [
      'survives a response of nothing',
      'respond: expected an end within 200 ms, none came',
      (parts) =>
        withEpisode(parts, (episode) => ({ ...episode, respond: () => new Promise(() => {}) })),
    ],
    [
      'ends its calls when aborted',
      'respond after an abort: expected an end within 200 ms',
      (parts) =>
        withEpisode(parts, (episode) => ({ ...episode, respond: () => new Promise(() => {}) })),
    ],
    [
      'demonstrates repeatably',
      'the same demonstrations for the same seed',
      () => ({
        demonstrations: () => [
          { messages: [{ role: 'user', content: 'x' }], response: String(random++) },
        ],
      }),
    ],
    [
      'demonstrates repeatably',
      'expected a correct demonstration, got "99"',
      (parts) => ({
        *demonstrations(split, seed) {
          const known = parts.demonstrations?.(split, seed) as Iterable<Demonstration>;
          for (const { messages } of known) yield { messages, response: '99' };
        },
      }),
    ],
  ];

  test.each(breaks)('%s: %s', async (title, message, change) => {
    const domain: Domain<GuessOptions> = {
      ...guessDomain,
      create: async (options, services) => {
        const parts = await guessDomain.create(options, services);
        return { ...parts, ...change(parts) };
      },
    };
    const check = conformanceChecks(domain, given).find((one) => one.title === title);
    await expect(check?.run()).rejects.toThrow(message);
  });

  test('wrong options are told before anything else', async () => {
    const [check] = conformanceChecks(guessDomain, { options: { highest: 1 } });
    await expect(check?.run()).rejects.toThrow(
      'options of domain guess: highest: expected an integer of at least 2, got 1.',
    );
  });

  test('what was not given is skipped by name', () => {
    const skipped = conformanceChecks(guessDomain).filter(({ skip }) => skip !== undefined);
    expect(skipped.map(({ skip }) => skip)).toEqual([
      'give goldResponses to check this',
      'give wrongResponses to check this',
    ]);
  });
});

function secretOf(task: Task): number {
  return (task.payload as { readonly secret: number }).secret;
}

async function taskAt(split: 'train', index: number): Promise<Task> {
  const parts = await guessDomain.create({ highest: 8, turns: 3 }, {} as never);
  return (await parts.tasks(split)).at(index);
}

function withTasks(parts: DomainParts, change: (task: Task) => Task): Partial<DomainParts> {
  return {
    tasks: async (split) => {
      const source = await parts.tasks(split);
      return { ...source, at: async (index) => change(await source.at(index)) };
    },
  };
}

function withEpisode(
  parts: DomainParts,
  change: (episode: Episode, task: Task) => Episode,
): Partial<DomainParts> {
  return {
    environment: {
      open: async (task, context) => change(await parts.environment.open(task, context), task),
    },
  };
}
