import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { expect, test } from 'vitest';
import { describeCpu } from './device.ts';
import { placeOperators } from './fallbacks.ts';

test('on the CPU everything runs on the CPU, and no profile is left behind', {
  timeout: 120_000,
}, async () => {
  const { onDevice, onCpu } = await placeOperators(describeCpu(1));
  expect(onDevice).toEqual([]);
  expect(onCpu).toEqual(expect.arrayContaining(['MatMul', 'RotaryEmbedding', 'Softmax', 'Where']));
  expect(
    (await readdir(tmpdir())).filter((name) => name.startsWith('taskspace-placement-')),
  ).toEqual([]);
});
