import type { FailureKind, Message } from '@taskspace/core';

/** Why a policy gave no response. */
export type PolicyFailureKind =
  | 'prompt-too-long'
  | 'endpoint-timeout'
  | 'endpoint-limit'
  | 'endpoint-unavailable'
  | 'endpoint-garbage'
  | 'endpoint-refusal';

/** Why an answer is missing: never a wrong answer. */
export interface AnswerFailure {
  readonly kind: FailureKind | PolicyFailureKind;
  readonly message: string;
}

/** Responses wanted to one conversation. */
export interface ChatRequest {
  /** Whose task it is: how responses are drawn may differ by domain. */
  readonly domain: string;
  readonly messages: readonly Message[];
  /** How many, `>= 1`. */
  readonly samples: number;
  /** Unsigned 32-bit; the same request with the same seed gives the same responses where the policy can. */
  readonly seed: number;
  /** The most likely response in place of a sampled one. */
  readonly greedy: boolean;
}

/** A response, or why there is none. */
export type ChatOutcome =
  | {
      readonly status: 'answered';
      readonly text: string;
      /** True when it was cut at its greatest length. */
      readonly cut: boolean;
    }
  | {
      readonly status: 'failed';
      readonly kind: PolicyFailureKind;
      readonly message: string;
    };

/** A policy as an evaluation sees it: conversations in, texts out. Calls may overlap. */
export interface ChatPolicy {
  /**
   * @returns One outcome for each sample, in order.
   * @throws When going on makes no sense: the device is lost, the key is refused, the signal fired.
   */
  respond(request: ChatRequest, signal: AbortSignal): Promise<readonly ChatOutcome[]>;
}
