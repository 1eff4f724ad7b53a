import { describe, expect, test } from 'vitest';
import { bfclFolder } from '../data/__fixtures__/bfcl-folder.ts';
import { BFCL_CLASSES, loadBfcl } from '../data/bfcl.ts';
import { toolsOf } from './tools.ts';

const folder = bfclFolder() ?? '';
if (folder === '') console.warn('SKIPPED: the comparison of tools. Set TASKSPACE_BFCL.');

type Properties = Readonly<Record<string, { readonly type?: string }>>;

function signatures(tools: ReturnType<typeof toolsOf>): readonly string[] {
  return tools
    .map(({ name, parameters }) => {
      const types = Object.entries(parameters.properties as Properties).map(
        ([key, { type }]) => `${key}: ${type}`,
      );
      return `${name}(${types.join(', ')}) needs ${(parameters.required as string[]).toSorted().join(' ')}`;
    })
    .sort();
}

test('describes 129 tools, and none of a class that does not exist', () => {
  expect(toolsOf(BFCL_CLASSES, 'v3').length).toBe(129);
  expect(toolsOf(['constructor', '__proto__'], 'v4')).toEqual([]);
});

describe.skipIf(folder === '')('beside the benchmark', () => {
  test('has the same names, parameters, types and needs in v3', async () => {
    const { tools } = await loadBfcl({ folder, profile: 'v3', variant: 'base' });
    expect(signatures(toolsOf(BFCL_CLASSES, 'v3'))).toEqual(signatures(tools));
  });

  test('has the same names in v4', async () => {
    const { tools } = await loadBfcl({ folder, profile: 'v4', variant: 'base' });
    const names = (list: ReturnType<typeof toolsOf>) => list.map(({ name }) => name).sort();
    expect(names(toolsOf(BFCL_CLASSES, 'v4'))).toEqual(names(tools));
  });
});
