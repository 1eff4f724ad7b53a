import { expect, test } from 'vitest';
import { describePlacement } from './doctor.ts';

test.each([
  [['Add', 'MatMul'], [], 'it takes every operator of sampling and training'],
  [
    ['Add', 'Cast'],
    ['Cast'],
    'it takes every operator of sampling and training; on shapes the CPU does Cast',
  ],
  [['Add', 'Cast'], ['Cast', 'Softmax'], 'the CPU has to do Softmax; on shapes the CPU does Cast'],
])('an accelerator that does %j, with %j on the CPU, is described', (onDevice, onCpu, text) => {
  expect(describePlacement({ onDevice, onCpu })).toBe(text);
});
