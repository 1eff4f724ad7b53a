import type { NamedTensors } from '../engine/program.ts';
import type { CacheShape } from './cache-layout.ts';

/** A prompt's way into the caches: which of the prefill's, into which slot. */
export interface Joining {
  readonly source: number;
  readonly slot: number;
}

/** Keys and values of the prompts and completions of a batch of slots, in our memory or on a device. */
export interface Caches {
  readonly shape: CacheShape;
  /** By graph name. */
  readonly tensors: NamedTensors;
  /** Puts prompts into slots; `fresh` is what a prefill gave, `width` columns each. */
  join(fresh: NamedTensors, width: number, prompts: readonly Joining[]): Promise<void>;
  /** Puts what a step gave for slot p into column `targets[p]`. */
  append(fresh: NamedTensors, targets: readonly number[]): Promise<void>;
  /** Moves the slots named, in ascending order, to the front; makes their number `slots` and the completions' width at least as before. */
  resize(kept: readonly number[], slots: number, generatedColumns: number): Promise<void>;
  dispose(): void;
}
