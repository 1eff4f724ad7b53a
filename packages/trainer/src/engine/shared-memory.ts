import { InferenceSession, Tensor } from 'onnxruntime-node';
import { Graph } from '../onnx/graph.ts';
import { serializeModel } from '../onnx/serialize.ts';

/**
 * Whether the runtime takes tensors that lie in memory shared between threads. It does from some Node 22 release on; Node 20
 * and 22.18 refuse them.
 */
export async function canShareMemory(): Promise<boolean> {
  const graph = new Graph('shared-memory');
  graph.output('y', graph.neg(graph.input('x', 'float32', [1])));
  const session = await InferenceSession.create(serializeModel(graph), { intraOpNumThreads: 1 });
  try {
    const x = new Tensor('float32', new Float32Array(new SharedArrayBuffer(4)).fill(1), [1]);
    const y = new Tensor('float32', new Float32Array(new SharedArrayBuffer(4)), [1]);
    await session.run({ x }, { y });
    return y.data[0] === -1;
  } catch {
    // A refusal is the answer.
    return false;
  } finally {
    await session.release();
  }
}
