/** A sampler replica's thread (see replica-protocol.ts): decodes the requests it is given, a turn at a time. */
import { parentPort, workerData } from 'node:worker_threads';
import { EngineError, serializeError } from '../engine/engine-error.ts';
import type { NamedTensors } from '../engine/program.ts';
import { wrapArrays } from '../engine/tensor-set.ts';
import type {
  SamplerOutcome,
  SamplerReplicaData,
  SamplerReplicaMessage,
  SamplerTurned,
} from './replica-protocol.ts';
import { LocalSite } from './site.ts';

const port = parentPort;
if (!port) throw new EngineError('sampler: replica-worker.ts runs as a worker thread.');
const options = workerData as SamplerReplicaData;
const site = new LocalSite(options);
const controllers = new Map<number, AbortController>();
let parameters: NamedTensors = {};
let outcomes: SamplerOutcome[] = [];

port.on('message', async (message: SamplerReplicaMessage) => {
  if (message.kind === 'submit') {
    const { id, request } = message;
    const controller = new AbortController();
    controllers.set(id, controller);
    const outcome = await site.submit(request, controller.signal).then(
      (completions): SamplerOutcome => ({ id, status: 'done', completions }),
      (error): SamplerOutcome => ({ id, status: 'failed', error: serializeError(error) }),
    );
    outcomes.push(outcome);
    controllers.delete(id);
  } else if (message.kind === 'abort') {
    controllers.get(message.id)?.abort();
  } else if (message.kind === 'turn') {
    if (message.parameters) parameters = wrapArrays(options.config, message.parameters);
    await site.turn(parameters, message.rounds);
    const turned: SamplerTurned = { outcomes };
    outcomes = [];
    port.postMessage(turned);
  } else {
    await site.dispose();
    port.close();
  }
});
