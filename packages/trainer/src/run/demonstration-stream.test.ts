import { createRandom, type Demonstration, type DomainParts } from '@taskspace/core';
import { expect, test } from 'vitest';
import { toyDomain } from '../rollout/__fixtures__/toy-scope.ts';
import { DemonstrationStream } from './demonstration-stream.ts';

function domainOf(length: number): DomainParts {
  return toyDomain({
    *demonstrations(split, seed): Generator<Demonstration> {
      for (let index = 0; index < length; index++) {
        yield { messages: [], response: `${split} ${seed} ${index}` };
      }
    },
  });
}

const stream = (length: number): DemonstrationStream =>
  new DemonstrationStream('toy', domainOf(length), 'train', createRandom(0));

async function take(from: DemonstrationStream, count: number): Promise<string[]> {
  const taken: string[] = [];
  for (let index = 0; index < count; index++) taken.push((await from.next()).response);
  return taken;
}

test('a finite stream begins anew with another seed', async () => {
  const taken = await take(stream(3), 7);
  const seeds = taken.map((response) => response.split(' ')[1]);
  expect(new Set(seeds).size).toBe(3);
  expect(taken.map((response) => response.split(' ')[2])).toEqual([
    '0',
    '1',
    '2',
    '0',
    '1',
    '2',
    '0',
  ]);
});

test.each([0, 2, 3, 5])('a stream restored after %i goes on as it would have', async (count) => {
  const whole = await take(stream(3), 9);
  const first = stream(3);
  await take(first, count);
  const second = stream(3);
  await second.restore(first.position);
  expect(await take(second, 9 - count)).toEqual(whole.slice(count));
});

test('an empty stream says so instead of turning for ever', async () => {
  await expect(stream(0).next()).rejects.toThrow('at least one demonstration');
});

test('a domain without demonstrations says so', () => {
  expect(() => new DemonstrationStream('toy', toyDomain(), 'train', createRandom(0))).toThrow(
    'the domain gives none',
  );
});
