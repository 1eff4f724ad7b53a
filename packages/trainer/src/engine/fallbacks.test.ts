import { expect, test } from 'vitest';
import { describeCpu } from './device.ts';
import { placeOperators } from './fallbacks.ts';

test('on the CPU every operator of sampling and training runs on the CPU', {
  timeout: 120_000,
}, async () => {
  const { onDevice, onCpu } = await placeOperators(describeCpu(1));
  expect(onDevice).toEqual([]);
  expect(onCpu).toEqual(expect.arrayContaining(['MatMul', 'RotaryEmbedding', 'Softmax', 'Where']));
});
