import type { TokenSequence } from '@taskspace/core';
import type { Completion } from '../backend/backend.ts';

/**
 * What the policy saw and sampled in one episode, token by token, as it was: nothing is ever tokenised again. A prompt that
 * continues the tokens so far stays in the same sequence; any other begins a new one.
 */
export class TokenRecord {
  readonly #finished: TokenSequence[] = [];
  readonly #tokens: number[] = [];
  readonly #mask: number[] = [];
  readonly #logprobs: number[] = [];

  /** Prompt and completions of the current sequence. */
  get seen(): Int32Array {
    return Int32Array.from(this.#tokens);
  }

  /** @param prompt - Tokens of a prompt that does not continue the current sequence. */
  begin(prompt: Int32Array): void {
    this.#finish();
    this.#add(prompt, null);
  }

  /** @param prompt - Begins with {@link seen}. */
  extend(prompt: Int32Array): void {
    this.#add(prompt.subarray(this.#tokens.length), null);
  }

  sampled({ tokens, logprobs }: Completion): void {
    this.#add(tokens, logprobs);
  }

  /** All sequences, the current one included; call it once, last. */
  sequences(): readonly TokenSequence[] {
    this.#finish();
    return this.#finished;
  }

  #add(tokens: Int32Array, logprobs: Float32Array | null): void {
    for (let index = 0; index < tokens.length; index++) {
      this.#tokens.push(tokens[index]!);
      this.#mask.push(logprobs ? 1 : 0);
      this.#logprobs.push(logprobs?.[index] ?? 0);
    }
  }

  #finish(): void {
    if (this.#tokens.length === 0) return;
    this.#finished.push({
      tokens: Int32Array.from(this.#tokens),
      lossMask: Uint8Array.from(this.#mask),
      sampledLogprobs: Float32Array.from(this.#logprobs),
    });
    this.#tokens.length = 0;
    this.#mask.length = 0;
    this.#logprobs.length = 0;
  }
}
