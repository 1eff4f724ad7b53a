import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as ort from 'onnxruntime-node';
import { expect, test } from 'vitest';
import { Graph } from './graph.ts';
import { serializeModel } from './serialize.ts';

test('inputs stored beside the model are read from their places in the file', async () => {
  const graph = new Graph('stored');
  const x = graph.input('x', 'float32', [2]);
  const scale = graph.input('scale', 'float32', [2]);
  const shift = graph.input('shift', 'float32', [2]);
  graph.output('y', graph.add(graph.mul(x, scale), shift));
  const folder = await mkdtemp(join(tmpdir(), 'taskspace-external-'));
  try {
    const numbers = new Float32Array([7, 7, 3, 4, 7, 0.5, 0.25]);
    await writeFile(join(folder, 'w.data'), new Uint8Array(numbers.buffer));
    const places = new Map([
      ['scale', { offset: 8, sizeBytes: 8 }],
      ['shift', { offset: 20, sizeBytes: 8 }],
    ]);
    const path = join(folder, 'model.onnx');
    await writeFile(path, serializeModel(graph, { file: 'w.data', places }));
    const session = await ort.InferenceSession.create(path, { intraOpNumThreads: 1 });
    expect(session.inputNames).toEqual(['x']);
    const { y } = await session.run({ x: new ort.Tensor('float32', [10, 100], [2]) });
    expect([...(y!.data as Float32Array)]).toEqual([30.5, 400.25]);
    await session.release();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
