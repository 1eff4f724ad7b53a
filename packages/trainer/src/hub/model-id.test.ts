import { expect, test } from 'vitest';
import { parseModelId } from './model-id.ts';

test.each([
  ['Qwen/Qwen2.5-0.5B-Instruct', { name: 'Qwen/Qwen2.5-0.5B-Instruct', revision: 'main' }],
  ['owner/name@v1.0', { name: 'owner/name', revision: 'v1.0' }],
  ['owner/name@refs/pr/3', { name: 'owner/name', revision: 'refs/pr/3' }],
])('%s is a model', (text, id) => {
  expect(parseModelId(text)).toEqual(id);
});

test.each([
  'pocket',
  './owner/name',
  '../owner',
  '/owner/name',
  'a/b/c',
  'owner/..',
  '../name',
  'owner/name@../x',
  'owner/name@a/../b',
  'C:\\models\\x',
  'owner/name@',
])('%s is none', (text) => {
  expect(parseModelId(text)).toBeNull();
});
