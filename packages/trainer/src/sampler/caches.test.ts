import { createRandom } from '@taskspace/core';
import { Tensor } from 'onnxruntime-node';
import { expect, test } from 'vitest';
import { createPolicy } from './__fixtures__/policy.ts';
import { CACHE_KINDS, cacheName, cacheShape, freshName } from './cache-layout.ts';
import type { Caches } from './caches.ts';
import { DeviceCaches } from './device-caches.ts';
import { MemoryCaches } from './memory-caches.ts';

test('edits in memory and as graphs leave the same in every slot that is in use', async () => {
  const { config, scope } = await createPolicy({ keyValueHeads: 2 });
  const { keyValueHeads, headDim, layers } = config;
  const random = createRandom('caches');
  const noise = (dims: readonly number[]) =>
    new Tensor(
      'float32',
      Float32Array.from({ length: dims.reduce((a, b) => a * b) }, () => random.next()),
      dims,
    );
  const prompts = (rows: number, width: number) =>
    Object.fromEntries(
      Array.from({ length: layers }, (_, layer) => [
        [freshName('promptKey', layer), noise([rows, keyValueHeads, headDim, width])],
        [freshName('promptValue', layer), noise([rows, keyValueHeads, width, headDim])],
      ]).flat(),
    );
  const tokens = (slots: number, lanes: number) =>
    Object.fromEntries(
      Array.from({ length: layers }, (_, layer) =>
        (['key', 'value'] as const).map((kind) => [
          freshName(kind, layer),
          noise([slots, keyValueHeads, lanes, headDim]),
        ]),
      ).flat(),
    );
  const shape = { slots: 3, lanes: 2, promptColumns: 32, generatedColumns: 32 };
  const both: readonly Caches[] = [
    new MemoryCaches(config, shape),
    new DeviceCaches(config, scope.programs, shape),
  ];
  const edit = async (change: (caches: Caches) => Promise<void>, inUse: readonly number[]) => {
    for (const caches of both) await change(caches);
    const [memory, device] = both as [Caches, Caches];
    expect(memory.shape).toEqual(device.shape);
    for (let layer = 0; layer < layers; layer++) {
      for (const kind of CACHE_KINDS) {
        const name = cacheName(kind, layer);
        expect(memory.tensors[name]!.dims).toEqual(cacheShape(config, kind, memory.shape));
        for (const slot of inUse) {
          expect(slotOf(memory, name, slot)).toEqual(slotOf(device, name, slot));
        }
      }
    }
  };

  const two = prompts(2, 32);
  await edit(
    (caches) =>
      caches.join(two, 32, [
        { source: 1, slot: 0 },
        { source: 0, slot: 2 },
      ]),
    [0, 1, 2],
  );
  const first = tokens(3, 2);
  await edit((caches) => caches.append(first, [0, 5, 31]), [0, 1, 2]);
  await edit((caches) => caches.resize([0, 2], 2, 32), [0, 1]);
  await edit((caches) => caches.resize([0, 1], 4, 64), [0, 1]);
  const narrow = prompts(1, 16);
  await edit((caches) => caches.join(narrow, 16, [{ source: 0, slot: 3 }]), [0, 1]);
  const second = tokens(4, 2);
  await edit((caches) => caches.append(second, [1, 40, 0, 63]), [0, 1]);
  await edit((caches) => caches.resize([1, 3], 2, 64), [0]);
  await edit((caches) => caches.resize([0, 1], 3, 64), [0]);
});

function slotOf({ tensors, shape }: Caches, name: string, slot: number): Float32Array {
  const data = tensors[name]!.data as Float32Array;
  const size = data.length / shape.slots;
  return data.slice(slot * size, (slot + 1) * size);
}
