/** What the engine's thread and its replicas' threads say to each other: one task at a time, one answer to each. */
import type { DecoderConfig } from '../model/config.ts';
import type { LossVariant } from '../model/training-graph.ts';
import type { MicroBatchData } from './feeds.ts';
import type { MicroBatchOutcome } from './gradient-runner.ts';
import type { SerializedError } from './protocol.ts';
import type { NamedArrays } from './tensor-set.ts';

/** What a replica's thread is started with. */
export interface ReplicaData {
  readonly config: DecoderConfig;
  /** Threads of one operator. */
  readonly threads: number;
  /** See `TrainingGraphOptions`. */
  readonly recompute: boolean;
}

/** Parameters, all of the decoder's, lie in shared memory: only where they are goes along. */
export type ReplicaTask =
  | {
      readonly kind: 'add';
      readonly parameters: NamedArrays;
      readonly variant: LossVariant;
      readonly data: MicroBatchData;
      /** Begin the gradient anew. */
      readonly isFirst: boolean;
    }
  | { readonly kind: 'logprobs'; readonly parameters: NamedArrays; readonly data: MicroBatchData }
  | {
      readonly kind: 'embed';
      readonly parameters: NamedArrays;
      readonly batches: readonly MicroBatchData[];
    }
  | { readonly kind: 'dispose' };

/** A replica's answer; its gradient lies in shared memory and is the engine's to read until the next task. */
export type ReplicaAnswer =
  | {
      readonly status: 'added';
      readonly outcome: MicroBatchOutcome;
      readonly gradient: NamedArrays;
    }
  | { readonly status: 'logprobs'; readonly logprobs: Float32Array }
  | { readonly status: 'embedded'; readonly embeddings: readonly Float32Array[] }
  | { readonly status: 'disposed' }
  | { readonly status: 'failed'; readonly error: SerializedError };
