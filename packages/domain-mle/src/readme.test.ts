import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { METRIC_NAMES } from './metrics/metric.ts';
import { mleOptionsSchema } from './options.ts';
import { RECIPES } from './starter/recipes.ts';

const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
const guide = await readFile(new URL('../../../docs/domain-mle.md', import.meta.url), 'utf8');

test('the README names every option', () => {
  for (const option of Object.keys(mleOptionsSchema.properties)) expect(readme).toContain(option);
});

test('the guide names every metric and every starter competition', () => {
  for (const name of METRIC_NAMES) expect(guide).toContain(`\`${name}\``);
  for (const { id } of RECIPES) expect(guide).toContain(`| ${id} |`);
});
