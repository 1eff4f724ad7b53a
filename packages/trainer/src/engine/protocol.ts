/**
 * What the main thread and the engine's worker thread say to each other.
 *
 * One message per call: `{ id, method, params }` in, `{ id, status, … }` out, and `{ id, abort: true }` when the caller's
 * signal fires. Typed arrays in results are transferred, never shared. The worker answers `dispose` last and then ends.
 *
 * For the sampler: the worker hands every `sample` call to `Sampler.submit(request, signal)`, whatever else is under way, and
 * sends back what its promise gives. The sampler is built once, with {@link SamplerContext}, and must take every
 * `session.run` of its own inside `exclusive`, one decode step at a time: while it holds the turn no optimizer step replaces
 * the tensors that `parameters()` returned, and training calls that wait get theirs between two decode steps.
 */
import type { InferenceSession, Tensor } from 'onnxruntime-node';
import type {
  Completion,
  ForwardBackwardResult,
  LossKernel,
  OptimParams,
  OptimResult,
  SampleRequest,
  TrainingDatum,
} from '../backend/backend.ts';
import type { DecoderConfig } from '../model/config.ts';
import type { MemoryPlan, Recompute } from './memory-plan.ts';

/** Execution providers a user can ask for. */
export type DeviceName = 'cpu' | 'webgpu' | 'cuda' | 'coreml' | 'dml';

/** What tokens spell, so that stop strings can be found: token i is `bytes[offsets[i] … offsets[i + 1]]`, UTF-8. */
export interface TokenBytes {
  readonly bytes: Uint8Array;
  /** `[vocabSize + 1]` */
  readonly offsets: Uint32Array;
}

/** Everything a worker needs to begin. */
export interface OpenParams {
  readonly config: DecoderConfig;
  /** The decoder's and its adapters', by safetensors name; the buffers are transferred. */
  readonly parameters: ReadonlyMap<string, Float32Array>;
  readonly tokenBytes: TokenBytes | null;
  readonly device: 'auto' | DeviceName;
  /** Threads of one operator on the CPU; 0 is one per core. */
  readonly threads: number;
  /** Keep a copy of what is trained as reference policy, which costs its memory once more. */
  readonly keepReference: boolean;
  /** Most positions, padding included, of one forward and backward pass. */
  readonly microBatchTokens: number;
  /** Decides dropout; default 0. */
  readonly seed?: number;
  /** Most bytes of the sampler's caches; default 2 GiB. */
  readonly cacheBytes?: number | undefined;
  /** Compute layers again in the backward pass instead of keeping what is inside them; default false. */
  readonly recompute?: boolean;
}

/** What a plan is made from, before any weight is read. */
export interface PlanParams
  extends Pick<OpenParams, 'config' | 'device' | 'threads' | 'keepReference' | 'microBatchTokens'> {
  /** Whether the policy is trained, or only sampled from. */
  readonly trains: boolean;
  readonly recompute: Recompute;
}

/** The device that was found, and how the policy fits its memory. */
export interface PlanResult extends MemoryPlan {
  readonly device: DeviceName;
}

/** What was opened. */
export interface OpenResult {
  /** In words, for example `cpu, 2 threads`. */
  readonly device: string;
}

/** All that an exact continuation needs; arrays by safetensors name, of what is trained: the adapters where there are any. */
export interface EngineState {
  readonly parameters: ReadonlyMap<string, Float32Array>;
  /** Null when not asked for. */
  readonly optimizer: OptimizerState | null;
  /** Null when the reference is the policy, or not asked for. */
  readonly reference: ReadonlyMap<string, Float32Array> | null;
}

/** AdamW's memory. */
export interface OptimizerState {
  /** Steps applied so far. */
  readonly step: number;
  readonly firstMoments: ReadonlyMap<string, Float32Array>;
  readonly secondMoments: ReadonlyMap<string, Float32Array>;
}

/** The worker's methods: what each takes and gives. */
export interface EngineMethods {
  readonly plan: { readonly params: PlanParams; readonly result: PlanResult };
  readonly open: { readonly params: OpenParams; readonly result: OpenResult };
  readonly sample: { readonly params: SampleRequest; readonly result: readonly Completion[] };
  readonly logprobs: {
    readonly params: {
      readonly sequences: readonly Int32Array[];
      readonly which: 'policy' | 'reference';
      readonly temperature: number;
    };
    readonly result: readonly Float32Array[];
  };
  readonly embed: {
    readonly params: { readonly sequences: readonly Int32Array[] };
    readonly result: readonly Float32Array[];
  };
  readonly forwardBackward: {
    readonly params: { readonly batch: readonly TrainingDatum[]; readonly kernel: LossKernel };
    readonly result: ForwardBackwardResult;
  };
  readonly optimStep: { readonly params: OptimParams; readonly result: OptimResult };
  readonly updateReference: { readonly params: { readonly mix: number }; readonly result: null };
  readonly exportState: {
    readonly params: { readonly optimizer: boolean };
    readonly result: EngineState;
  };
  readonly importState: { readonly params: EngineState; readonly result: null };
  readonly dispose: { readonly params: null; readonly result: null };
}

export type EngineMethod = keyof EngineMethods;
export type EngineParams<M extends EngineMethod> = EngineMethods[M]['params'];
export type EngineResult<M extends EngineMethod> = EngineMethods[M]['result'];

/** Main thread → worker. */
export type EngineRequest =
  | {
      readonly [M in EngineMethod]: {
        readonly id: number;
        readonly method: M;
        readonly params: EngineParams<M>;
      };
    }[EngineMethod]
  | { readonly id: number; readonly abort: true };

/** Worker → main thread. */
export type EngineResponse =
  | { readonly id: number; readonly status: 'done'; readonly result: unknown }
  | { readonly id: number; readonly status: 'aborted' }
  | { readonly id: number; readonly status: 'failed'; readonly error: SerializedError };

/** What of an error survives the way between threads. */
export interface SerializedError {
  /** `TASKSPACE_ERR_…` when the worker threw one of ours. */
  readonly code: string | null;
  readonly message: string;
  readonly stack: string;
}

/** What the worker gives the sampler when it builds it. */
export interface SamplerContext {
  readonly config: DecoderConfig;
  /** The policy's tensors at this moment, by safetensors name; ask again inside every turn. */
  readonly parameters: () => Readonly<Record<string, Tensor>>;
  readonly tokenBytes: TokenBytes | null;
  /** The provider sessions run on. */
  readonly device: DeviceName;
  /** Base options of every session; spread them and add `preferredOutputLocation` where outputs should stay on the device. */
  readonly sessionOptions: InferenceSession.SessionOptions;
  /** Runs the work when its turn comes; turns are first come, first served, and never overlap. */
  readonly exclusive: <T>(work: () => Promise<T>) => Promise<T>;
}

/** What the sampler is to the worker: `sampler/sampler.ts` exports `class Sampler implements EngineSampler`, its constructor taking {@link SamplerContext}. */
export interface EngineSampler {
  /** Rejects with the signal's reason once it fires. */
  submit(request: SampleRequest, signal: AbortSignal): Promise<readonly Completion[]>;
  /** Releases sessions and device memory. */
  dispose(): Promise<void>;
}
