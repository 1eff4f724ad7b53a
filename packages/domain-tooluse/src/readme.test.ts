import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { toolUseOptionsSchema } from './options.ts';

const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');

test('the example in the README runs', async () => {
  const example = /```ts\n([\s\S]*?)```/u.exec(readme)?.[1] ?? '';
  expect(example.trim().split('\n').length).toBeLessThanOrEqual(10);
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--conditions=@taskspace/source', '--input-type=module-typescript', '--eval', example],
    { cwd: new URL('..', import.meta.url) },
  );
  expect(stdout).toBe(
    '{ result: \'{"fuelLevel": 42}\', outcome: \'ok\' }\nerror_value\n{"fuelLevel": 12}\n',
  );
});

test('the README names every option', () => {
  for (const option of Object.keys(toolUseOptionsSchema.properties))
    expect(readme).toContain(option);
});
