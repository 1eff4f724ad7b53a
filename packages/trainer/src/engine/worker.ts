/** The engine's thread: takes one call per message and answers each (see protocol.ts). */
import { parentPort } from 'node:worker_threads';
import { EngineError, serializeError } from './engine-error.ts';
import { createMethods } from './methods.ts';
import type { EngineRequest, EngineResponse } from './protocol.ts';
import { transferablesOf } from './transferables.ts';

const port = parentPort;
if (!port)
  throw new EngineError('engine: worker.ts runs as a worker thread. Start it with Engine.');

const methods = createMethods();
const controllers = new Map<number, AbortController>();

function respond(response: EngineResponse): void {
  port!.postMessage(response, transferablesOf(response));
}

port.on('message', async (request: EngineRequest) => {
  if ('abort' in request) {
    controllers.get(request.id)?.abort();
    return;
  }
  const { id, method, params } = request;
  const controller = new AbortController();
  controllers.set(id, controller);
  try {
    // The union of methods does not narrow together with the union of params.
    const handle = methods[method] as (params: unknown, signal: AbortSignal) => Promise<unknown>;
    respond({ id, status: 'done', result: await handle(params, controller.signal) });
  } catch (error) {
    if (controller.signal.aborted) respond({ id, status: 'aborted' });
    else respond({ id, status: 'failed', error: serializeError(error) });
  } finally {
    controllers.delete(id);
  }
  // With its port closed nothing keeps the thread, and it ends.
  if (method === 'dispose') port.close();
});
