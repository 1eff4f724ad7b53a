import { availableParallelism } from 'node:os';
import { type DecoderConfig, parameterSpecs } from '../model/config.ts';
import { boundsOfCache, Sampler } from '../sampler/sampler.ts';
import { resolveDevice } from './device.ts';
import { EngineError } from './engine-error.ts';
import { machineMemory, planMemory } from './memory-plan.ts';
import type { EngineMethod, EngineParams, EngineResult, EngineSampler } from './protocol.ts';
import { canShareMemory } from './shared-memory.ts';
import { TrainingState, type TrainingStateOptions } from './training-state.ts';
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
    async plan({ device: requested, threads, ...needs }) {
      const device = await resolveDevice(requested, threads);
      const { config } = needs;
      const { width } = device.name === 'cpu' ? await layoutFor(config, threads) : ONE_BY_ONE;
      const cacheBytes = boundsOfCache(config, device.name);
      const available = device.name === 'cpu' ? machineMemory() : null;
      const plan = planMemory({ ...needs, width, cacheBytes }, available);
      return { ...plan, device: device.name };
    },
    async open({ device: requested, threads, tokenBytes, cacheBytes, ...options }) {
      if (opened) throw new EngineError('engine: it is open already. Start another.');
      const device = await resolveDevice(requested, threads);
      const exclusive = createTurnstile();
      const layout = device.name === 'cpu' ? await layoutFor(options.config, threads) : ONE_BY_ONE;
      const training = await TrainingState.create({ ...options, ...layout, device, exclusive });
      const context = {
        config: options.config,
        parameters: () => training.parameters(),
        tokenBytes,
        device: device.name,
        sessionOptions: device.sessionOptions,
        exclusive,
      };
      const sampler = new Sampler(context, { cacheBytes });
      opened = { training, sampler };
      return { device: device.label };
    },
    sample: (request, signal) => get().sampler.submit(request, signal),
    logprobs: ({ sequences, which, temperature }) =>
      inOrder(() => training().logprobs(sequences, which, temperature)),
    embed: ({ sequences }) => inOrder(() => training().embed(sequences)),
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

/** How micro-batches use the threads there are. */
type Layout = Pick<TrainingStateOptions, 'width' | 'threadsEach'>;

const ONE_BY_ONE: Layout = { width: 1, threadsEach: 1 };
/** Most micro-batches side by side: each thread costs some hundred megabytes. */
const MOST_SIDE_BY_SIDE = 8;
/** Their gradients together may take this many numbers, half a gigabyte. */
const SIDE_BY_SIDE_NUMBERS = 2 ** 27;

/**
 * Micro-batches go side by side, one to a thread, while the model is small. A large one has operators that keep all cores busy,
 * and no memory for a gradient per core.
 */
async function layoutFor(config: DecoderConfig, threads: number): Promise<Layout> {
  const available = threads === 0 ? availableParallelism() : threads;
  const width = Math.min(available, MOST_SIDE_BY_SIDE);
  const numbers = parameterSpecs(config).reduce(
    (sum, { shape }) => sum + shape.reduce((product, size) => product * size, 1),
    0,
  );
  // Each keeps two buffers of its gradient.
  const fits = 2 * width * numbers <= SIDE_BY_SIDE_NUMBERS;
  if (width === 1 || !fits || !(await canShareMemory())) return ONE_BY_ONE;
  return { width, threadsEach: Math.floor(available / width) };
}

async function nothing(work: Promise<void>): Promise<null> {
  await work;
  return null;
}
