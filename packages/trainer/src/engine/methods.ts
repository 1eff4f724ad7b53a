import { Sampler } from '../sampler/sampler.ts';
import { resolveDevice } from './device.ts';
import { EngineError } from './engine-error.ts';
import type { EngineMethod, EngineParams, EngineResult, EngineSampler } from './protocol.ts';
import { TrainingState } from './training-state.ts';
import { createTurnstile } from './turnstile.ts';

/** What the worker does for each call. */
export type EngineHandlers = {
  readonly [M in EngineMethod]: (
    params: EngineParams<M>,
    signal: AbortSignal,
  ) => Promise<EngineResult<M>>;
};

interface Opened {
  readonly training: TrainingState;
  readonly sampler: EngineSampler;
}

/** The engine without its thread. */
export function createMethods(): EngineHandlers {
  let opened: Opened | null = null;
  // Training calls keep the order in which they came; each of their runs takes its turn on the device besides.
  const inOrder = createTurnstile();
  const get = (): Opened => {
    if (opened) return opened;
    throw new EngineError('engine: expected it to be open, got a call before. Call open first.');
  };
  const training = () => get().training;

  return {
    async open({ device: requested, threads, tokenBytes, ...options }) {
      if (opened) throw new EngineError('engine: it is open already. Start another.');
      const device = await resolveDevice(requested, threads);
      const exclusive = createTurnstile();
      const training = await TrainingState.create({ ...options, device, exclusive });
      const sampler = new Sampler({
        config: options.config,
        parameters: () => training.parameters(),
        tokenBytes,
        device: device.name,
        sessionOptions: device.sessionOptions,
        exclusive,
      });
      opened = { training, sampler };
      return { device: device.label };
    },
    sample: (request, signal) => get().sampler.submit(request, signal),
    logprobs: ({ sequences, which, temperature }) =>
      inOrder(() => training().logprobs(sequences, which, temperature)),
    forwardBackward: ({ batch, kernel }) =>
      inOrder(() => training().forwardBackward(batch, kernel)),
    optimStep: (params) => inOrder(() => training().optimStep(params)),
    updateReference: ({ mix }) => inOrder(() => nothing(training().updateReference(mix))),
    exportState: ({ optimizer }) => inOrder(() => training().exportState(optimizer)),
    importState: (state) => inOrder(() => nothing(training().importState(state))),
    dispose: () =>
      inOrder(async () => {
        await opened?.sampler.dispose();
        await opened?.training.dispose();
        opened = null;
        return null;
      }),
  };
}

async function nothing(work: Promise<void>): Promise<null> {
  await work;
  return null;
}
