import { createRandom, type RandomStream } from '@taskspace/core';
import type { Completion, SampleRequest } from '../backend/backend.ts';
import type { TokenBytes } from '../engine/protocol.ts';
import type { DrawToken } from './draw.ts';
import { compileStopString, StopMatcher, type StopPattern } from './stop-strings.ts';

/** What all completions of one request share. */
export interface SequenceRules {
  readonly request: SampleRequest;
  readonly random: RandomStream;
  readonly stopTokens: ReadonlySet<number>;
  readonly stopPatterns: readonly StopPattern[];
  readonly tokenBytes: TokenBytes | null;
}

/** Makes a request ready to be drawn from. */
export function prepareRules(request: SampleRequest, tokenBytes: TokenBytes | null): SequenceRules {
  return {
    request,
    random: createRandom(request.seed),
    stopTokens: new Set(request.sampling.stopTokens),
    stopPatterns: request.sampling.stopStrings.map(compileStopString),
    tokenBytes,
  };
}

/** One completion on its way: draws its tokens from its own stream and knows when it ends. */
export class Sequence {
  readonly #rules: SequenceRules;
  readonly #random: RandomStream;
  readonly #matcher: StopMatcher | null;
  readonly #tokens: number[] = [];
  readonly #logprobs: number[] = [];
  #stop: Completion['stop'] | null = null;

  /** @param index - Which of the request's completions; it names the stream. */
  constructor(rules: SequenceRules, index: number) {
    this.#rules = rules;
    this.#random = rules.random.fork(index);
    this.#matcher = rules.stopPatterns.length > 0 ? new StopMatcher(rules.stopPatterns) : null;
  }

  get isDone(): boolean {
    return this.#stop !== null;
  }

  /** The token drawn last. */
  get lastToken(): number {
    return this.#tokens.at(-1)!;
  }

  /** All tokens so far. */
  get tokens(): readonly number[] {
    return this.#tokens;
  }

  /** Draws the next token from the row of logits at the offset. */
  extend(draw: DrawToken, logits: Float32Array, offset: number): void {
    const { sampling } = this.#rules.request;
    const { token, logprob } = draw(logits, offset, sampling, this.#random.next());
    this.#tokens.push(token);
    this.#logprobs.push(logprob);
    if (this.#rules.stopTokens.has(token)) this.#stop = 'token';
    else if (this.#completesStopString(token)) this.#stop = 'string';
    else if (this.#tokens.length >= sampling.maxTokens) this.#stop = 'length';
  }

  /** The completion, once it is done. */
  finish(): Completion {
    return {
      tokens: Int32Array.from(this.#tokens),
      logprobs: Float32Array.from(this.#logprobs),
      stop: this.#stop ?? 'length',
    };
  }

  #completesStopString(token: number): boolean {
    const { tokenBytes } = this.#rules;
    if (this.#matcher === null || tokenBytes === null) return false;
    const { bytes, offsets } = tokenBytes;
    return this.#matcher.push(bytes.subarray(offsets[token]!, offsets[token + 1]!));
  }
}
