import type { MemoryEstimate } from '../engine/memory-plan.ts';

/** How one completion is drawn. */
export interface SamplingParams {
  /** Most tokens of one completion, `>= 1`. */
  readonly maxTokens: number;
  /** Logits are divided by it; 0 takes the most likely token. */
  readonly temperature: number;
  /** Nucleus: smallest set of tokens whose probability reaches it; 1 is off. */
  readonly topP: number;
  /** Only the k most likely tokens; 0 is off. */
  readonly topK: number;
  /** A completion ends with any of these tokens; the token is kept. */
  readonly stopTokens: readonly number[];
  /** A completion ends when its text holds one of these; the tokens that completed it are kept. */
  readonly stopStrings: readonly string[];
}

/** Completions wanted for one prompt; they share one prefill. */
export interface SampleRequest {
  /** Token ids, at least one. */
  readonly prompt: Int32Array;
  /** How many completions, `>= 1`. */
  readonly samples: number;
  /** Unsigned 32-bit; completion i draws from a stream of its own made from (seed, i). */
  readonly seed: number;
  readonly sampling: SamplingParams;
}

/** One completion as sampled. */
export interface Completion {
  readonly tokens: Int32Array;
  /**
   * Natural-log probability of each token under the full softmax at the sampling temperature (temperature 1 when it is 0),
   * before top-p and top-k cut the distribution.
   */
  readonly logprobs: Float32Array;
  readonly stop: 'token' | 'string' | 'length';
}

/** One training sequence; position t of the per-token arrays describes the prediction of `tokens[t + 1]`. */
export interface TrainingDatum {
  /** `[T + 1]` */
  readonly tokens: Int32Array;
  /** Coefficient of each target's loss, `>= 0`, carrying mask and aggregation denominators; `[T]`. */
  readonly weights: Float32Array;
  /** `[T]`; needed by the clipped-ratio kernel. */
  readonly advantages?: Float32Array;
  /** Log-probabilities under the policy the ratio is taken against, `[T]`; needed by the clipped-ratio kernel. */
  readonly oldLogprobs?: Float32Array;
  /** Log-probabilities under the reference policy, `[T]`; needed when `klCoefficient > 0`. */
  readonly referenceLogprobs?: Float32Array;
}

/** The loss a backend evaluates: the weighted sum over all targets of a per-token loss. */
export type LossKernel =
  | { readonly name: 'cross-entropy' }
  | {
      readonly name: 'clipped-ratio';
      /** Ratio is clipped to [1 - clipLow, 1 + clipHigh]. */
      readonly clipLow: number;
      readonly clipHigh: number;
      /** Weight of the k3 estimate of KL(policy || reference); 0 needs no reference. */
      readonly klCoefficient: number;
      /** Logits are divided by it, as when sampling. */
      readonly temperature: number;
    };

export interface ForwardBackwardResult {
  /** The weighted sum of per-token losses. */
  readonly loss: number;
  /** Current log-probability of every target, one array `[T]` per datum. */
  readonly logprobs: readonly Float32Array[];
  /** Entropy of the policy's distribution at every target, one array `[T]` per datum. */
  readonly entropies: readonly Float32Array[];
}

export interface OptimParams {
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** Decoupled; applied to matrices, not to norms and biases. */
  readonly weightDecay: number;
  /** Global norm the gradient is scaled down to; 0 is off. */
  readonly maxGradNorm: number;
}

export interface OptimResult {
  /** Global L2 norm before clipping. */
  readonly gradNorm: number;
  /** False when the gradient was not finite and the step was skipped; parameters and moments are then unchanged. */
  readonly applied: boolean;
}

/** The four verbs of training (sample, forwardBackward, optimStep, save/load): all that the run loop knows of a device. */
export interface TrainingBackend extends AsyncDisposable {
  /** Where it runs, in words, for example `cpu, 2 threads`. */
  readonly device: string;
  /** Of the whole policy. */
  readonly parameterCount: number;
  /** Of those, how many training changes. */
  readonly trainedCount: number;
  /** What it takes of memory; null where that is not known. */
  readonly memory: MemoryEstimate | null;
  readonly contextLength: number;
  /** Length of what `embed` gives. */
  readonly embeddingWidth: number;
  /** Calls may overlap: they are batched together as room comes free. Results come in the order of the completions asked for. */
  sample(request: SampleRequest, signal?: AbortSignal): Promise<readonly Completion[]>;
  /** Log-probability of every target of every sequence `tokens [T + 1]` → `[T]`, logits divided by `temperature`. */
  logprobs(
    sequences: readonly Int32Array[],
    which: 'policy' | 'reference',
    temperature: number,
  ): Promise<readonly Float32Array[]>;
  /**
   * What texts mean to the reference policy, or to the policy as it was first when none is kept moving: the mean of its last
   * hidden state over each sequence's tokens `[T]`, at Euclidean length 1. The same bits whatever else is in the batch.
   */
  embed(sequences: readonly Int32Array[]): Promise<readonly Float32Array[]>;
  /** Adds the gradient of the kernel's loss over the batch to what has gathered since the last `optimStep`. */
  forwardBackward(
    batch: readonly TrainingDatum[],
    kernel: LossKernel,
  ): Promise<ForwardBackwardResult>;
  /** One AdamW step on the gathered gradient, which is then cleared. */
  optimStep(params: OptimParams): Promise<OptimResult>;
  /** Moves the reference policy: reference ← mix·policy + (1 − mix)·reference, `0 <= mix <= 1`. */
  updateReference(mix: number): Promise<void>;
  /** Writes model or adapters, tokenizer and, when asked, optimizer moments and reference into an existing empty folder. */
  save(folder: string, options: { readonly optimizer: boolean }): Promise<void>;
  /** Restores what `save` with `optimizer: true` wrote: the continuation is exact. */
  load(folder: string): Promise<void>;
}
