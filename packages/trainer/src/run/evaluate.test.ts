import { createRandom, type Task } from '@taskspace/core';
import { describe, expect, test } from 'vitest';
import {
  says,
  scriptedBackend,
  toyDomain,
  toyScope,
  toyTask,
} from '../rollout/__fixtures__/toy-scope.ts';
import { createBackendPolicy } from '../scaffold/backend-policy.ts';
import type { ChatPolicy, ChatRequest } from '../scaffold/chat-policy.ts';
import { type EvaluationOptions, evaluate } from './evaluate.ts';

const signal = new AbortController().signal;

function optionsFor(
  size: number,
  changes: Partial<EvaluationOptions> = {},
): {
  options: EvaluationOptions;
  backend: ReturnType<typeof scriptedBackend>;
  asked: () => string[];
} {
  const seen: string[] = [];
  const at = (index: number): Task => ({
    ...toyTask,
    id: `${index}`,
    instruction: `task ${index}`,
  });
  const domain = toyDomain({ tasks: (split) => ({ split, size, at }) });
  const backend = scriptedBackend(({ prompt, sampling }) => {
    seen.push(String.fromCharCode(...prompt).match(/task (\d+)/)![1]!);
    return says(sampling.temperature === 0 ? 'yes' : 'no');
  });
  const config = { split: 'test', tasks: 10, samples: 2, every: 0, rewrites: [0] } as const;
  const scope = toyScope(backend, domain);
  const random = createRandom(0);
  const policy = createBackendPolicy(scope);
  const options = { iteration: 3, config, scope, policy, random, signal, ...changes };
  return { options, backend, asked: () => [...new Set(seen)] };
}

test('greedy answers are the most likely ones, sampled ones are drawn', async () => {
  const { options, backend } = optionsFor(Number.POSITIVE_INFINITY);
  const report = await evaluate(options);
  expect(report).toMatchObject({ iteration: 3, split: 'test' });
  const { curve, ...scores } = report.domains.toy!;
  expect(scores).toEqual({ tasks: 10, greedy: 1, sampled: 0, categories: {}, failures: 0 });
  expect(curve).toMatchObject({ samples: 2, tasks: 10, points: [{ rewrites: 0 }] });
  const kinds = backend.requests.map(
    ({ samples, sampling }) => `${samples} at ${sampling.temperature}`,
  );
  expect(new Set(kinds)).toEqual(new Set(['1 at 0', '2 at 1']));
});

test('an endless source gives its first tasks', async () => {
  const { options, asked } = optionsFor(Number.POSITIVE_INFINITY);
  await evaluate(options);
  expect(asked()).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
});

test('a finite source gives all its tasks, or a fixed choice of distinct ones', async () => {
  const few = optionsFor(4);
  expect((await evaluate(few.options)).domains.toy!.tasks).toBe(4);
  const many = optionsFor(1000);
  await evaluate(many.options);
  const again = optionsFor(1000, { random: createRandom(1) });
  await evaluate(again.options);
  expect(many.asked()).toHaveLength(10);
  expect(many.asked()).not.toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
  expect(again.asked()).toEqual(many.asked());
});

test('without samples only greedy answers are given', async () => {
  const { options } = optionsFor(5);
  const report = await evaluate({ ...options, config: { ...options.config, samples: 0 } });
  expect(report.domains.toy).toMatchObject({ tasks: 5, greedy: 1 });
  expect(report.domains.toy!.sampled).toBeUndefined();
});

test('progress counts every task of every mode', async () => {
  const seen: string[] = [];
  const { options } = optionsFor(3, { onProgress: (done, total) => seen.push(`${done}/${total}`) });
  await evaluate(options);
  expect(seen).toEqual(['1/6', '2/6', '3/6', '4/6', '5/6', '6/6']);
});

describe('with rewrites', () => {
  /** Wrong at first; a rewrite of a wrong answer is right, one of a right answer is wrong. */
  const flipping = (size: number, changes: Partial<EvaluationOptions> = {}) => {
    const { options } = optionsFor(size, changes);
    const asked: ChatRequest[] = [];
    const policy: ChatPolicy = {
      respond: async (request) => {
        asked.push(request);
        const right = request.messages.at(-1)!.content.includes('\n\nno\n\n');
        const text = right ? 'yes' : 'no';
        return Array.from({ length: request.samples }, () => ({
          status: 'answered',
          text,
          cut: false,
        }));
      },
    };
    const config = { ...options.config, rewrites: [1, 4, 2, 1] };
    return { options: { ...options, policy, config }, asked };
  };

  test('the curve starts at no rewrites and ascends', async () => {
    const { options } = flipping(3);
    const { curve, ...scores } = (await evaluate(options)).domains.toy!;
    expect(scores).toEqual({ tasks: 3, greedy: 0, sampled: 0, categories: {}, failures: 0 });
    const shown = curve!.points.map(({ rewrites, average, gain }) => [
      rewrites,
      average!.value,
      gain!.value,
    ]);
    expect(shown).toEqual([
      [0, 0, 0],
      [1, 1, 1],
      [2, 0, 0],
      [4, 0, 0],
    ]);
    expect(curve).toMatchObject({ samples: 2, tasks: 3, scaffold: 'k-step' });
    expect(curve!.points[3]).toMatchObject({ keepEach: { value: 0 }, fixEach: { value: 1 } });
  });

  test('only sampled answers are rewritten, and greedy ones when there are no samples', async () => {
    const sampled = flipping(1);
    await evaluate(sampled.options);
    expect(sampled.asked.filter(({ greedy }) => greedy)).toHaveLength(1);
    expect(sampled.asked).toHaveLength(1 + 1 + 2 * 4);
    const { options, asked } = flipping(1);
    const config = { ...options.config, samples: 0 };
    const report = await evaluate({ ...options, config });
    expect(asked.every(({ greedy }) => greedy)).toBe(true);
    expect(asked).toHaveLength(5);
    expect(report.domains.toy!.curve!.points[1]!.average!.value).toBe(1);
  });

  test("a task's answers do not depend on which others are asked", async () => {
    const few = flipping(2);
    const many = flipping(5);
    await evaluate(few.options);
    await evaluate(many.options);
    const seedsOf = ({ asked }: typeof few) =>
      asked.flatMap(({ messages, seed }) =>
        /task [01]\b/u.test(messages[0]!.content) ? [seed] : [],
      );
    expect(seedsOf(many).sort()).toEqual(seedsOf(few).sort());
  });

  test('a policy that fails is counted by kind and is in no share', async () => {
    const { options } = flipping(3);
    const policy: ChatPolicy = {
      respond: async (request, signal) => {
        if (request.messages[0]!.content.includes('task 1')) {
          const failed = { status: 'failed', kind: 'endpoint-limit', message: 'later' } as const;
          return Array.from({ length: request.samples }, () => failed);
        }
        return options.policy.respond(request, signal);
      },
    };
    const report = (await evaluate({ ...options, policy })).domains.toy!;
    expect(report).toMatchObject({
      tasks: 3,
      failures: 3,
      failureKinds: { 'endpoint-limit': 3 },
      curve: { tasks: 2 },
    });
    expect(report.curve!.points[1]!.average!.value).toBe(1);
  });
});
