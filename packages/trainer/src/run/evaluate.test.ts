import { createRandom, type Task } from '@taskspace/core';
import { expect, test } from 'vitest';
import {
  says,
  scriptedBackend,
  toyDomain,
  toyScope,
  toyTask,
} from '../rollout/__fixtures__/toy-scope.ts';
import { createBackendPolicy } from '../scaffold/backend-policy.ts';
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
