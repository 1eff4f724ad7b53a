import type { Domain } from '@taskspace/core';
import { expectTypeOf, test } from 'vitest';
import toolUse, { createWorld, type ToolUseOptions } from './index.ts';

test('the default export is a domain of its options', () => {
  expectTypeOf(toolUse).toEqualTypeOf<Domain<ToolUseOptions>>();
});

test('a call gives a text and one of three outcomes', () => {
  const world = createWorld({ profile: 'v3', classes: [], config: {} });
  expectTypeOf(world.call('ls')).toEqualTypeOf<{
    readonly result: string;
    readonly outcome: 'ok' | 'error_value' | 'exception';
  }>();
});
