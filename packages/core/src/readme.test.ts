import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

test('the example in the README runs', async () => {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
  const example = /```ts\n([\s\S]*?)```/u.exec(readme)?.[1] ?? '';
  expect(example.trim().split('\n').length).toBeLessThanOrEqual(10);
  const run = promisify(execFile)(
    process.execPath,
    ['--conditions=@taskspace/source', '--input-type=module-typescript', '--eval', example],
    { cwd: new URL('__fixtures__', import.meta.url) },
  );
  await expect(run).resolves.toMatchObject({ stdout: '' });
});
