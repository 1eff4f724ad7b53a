/** A replica's thread (see replica-protocol.ts): micro-batches forward and backward. */
import { parentPort, workerData } from 'node:worker_threads';
import { trainedSpecs } from '../model/lora.ts';
import { describeCpu } from './device.ts';
import { EngineError, serializeError } from './engine-error.ts';
import { GradientRunner } from './gradient-runner.ts';
import type { ReplicaAnswer, ReplicaData, ReplicaTask } from './replica-protocol.ts';
import { createTensorSets, wrapArrays } from './tensor-set.ts';

const port = parentPort;
if (!port) throw new EngineError('engine: replica-worker.ts runs as a worker thread.');
const { config, threads, recompute } = workerData as ReplicaData;
const device = describeCpu(threads);
const sets = await createTensorSets(trainedSpecs(config), device, { shared: true });
const runner = new GradientRunner(config, device, sets, { recompute });

port.on('message', async (task: ReplicaTask) => {
  const answer = await perform(task).catch(
    (error: unknown): ReplicaAnswer => ({ status: 'failed', error: serializeError(error) }),
  );
  port.postMessage(answer);
  if (task.kind === 'dispose') port.close();
});

async function perform(task: ReplicaTask): Promise<ReplicaAnswer> {
  if (task.kind === 'dispose') {
    await runner.dispose();
    return { status: 'disposed' };
  }
  const parameters = wrapArrays(config, task.parameters);
  if (task.kind === 'logprobs') {
    return { status: 'logprobs', logprobs: await runner.logprobs(parameters, task.data) };
  }
  if (task.kind === 'embed') {
    return { status: 'embedded', embeddings: await runner.embed(parameters, task.batches) };
  }
  if (task.isFirst) runner.clear();
  const outcome = await runner.add(parameters, task.variant, task.data);
  return { status: 'added', outcome, gradient: runner.gradient!.arrays() };
}
