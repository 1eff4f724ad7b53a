/** What the sampler and its replicas' threads say to each other. Requests may come at any time, turns one after another. */
import type { Completion, SampleRequest } from '../backend/backend.ts';
import type { SerializedError } from '../engine/protocol.ts';
import type { SiteOptions } from './site.ts';

/** What a replica's thread is started with. */
export type SamplerReplicaData = SiteOptions;

export type SamplerReplicaMessage =
  | { readonly kind: 'submit'; readonly id: number; readonly request: SampleRequest }
  | { readonly kind: 'abort'; readonly id: number }
  | {
      readonly kind: 'turn';
      readonly rounds: number;
      /** By safetensors name, in shared memory; null when they are those of the turn before. */
      readonly parameters: ReadonlyMap<string, Float32Array> | null;
    }
  | { readonly kind: 'dispose' };

/** How a request ended. */
export type SamplerOutcome =
  | { readonly id: number; readonly status: 'done'; readonly completions: readonly Completion[] }
  | { readonly id: number; readonly status: 'failed'; readonly error: SerializedError };

/** The answer to a turn: the requests that ended in it. */
export interface SamplerTurned {
  readonly outcomes: readonly SamplerOutcome[];
}
