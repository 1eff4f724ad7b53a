import { expect, test } from 'vitest';
import { createTurnstile } from './turnstile.ts';

test('pieces of work never overlap and keep their order', async () => {
  const exclusive = createTurnstile();
  const events: string[] = [];
  const piece = (name: string) =>
    exclusive(async () => {
      events.push(`${name} begins`);
      await new Promise((resolve) => setImmediate(resolve));
      events.push(`${name} ends`);
      return name;
    });
  expect(await Promise.all([piece('a'), piece('b')])).toEqual(['a', 'b']);
  expect(events).toEqual(['a begins', 'a ends', 'b begins', 'b ends']);
});

test('a failed piece of work does not hold up the next', async () => {
  const exclusive = createTurnstile();
  const failed = exclusive(async () => {
    throw new Error('broken');
  });
  const next = exclusive(async () => 'done');
  await expect(failed).rejects.toThrow('broken');
  expect(await next).toBe('done');
});
