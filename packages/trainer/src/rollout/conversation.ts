import type { Message } from '@taskspace/core';

/** How conversations become token ids, and token ids text: a tokenizer and its chat template. */
export interface Conversation {
  /** Ids that end a response. */
  readonly stopTokens: readonly number[];
  /** The token ids a policy reads before its next response to `messages`. */
  encode(messages: readonly Message[]): Int32Array;
  /**
   * The prompt of the next turn as a continuation of what was already seen and sampled.
   *
   * @param seen - Prompt and completion of the turn before, as they were.
   * @param messages - The whole conversation; the last response in it is what `seen` ends with.
   * @returns null when the template writes the earlier turns differently now that more follow.
   */
  extend(seen: Int32Array, messages: readonly Message[]): Int32Array | null;
  /** Text of a completion, special tokens left out. */
  decode(tokens: Int32Array): string;
}
