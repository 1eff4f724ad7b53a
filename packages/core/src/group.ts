import type { History } from './history.ts';
import type { Instance } from './instance.ts';
import type { Verdict } from './verifier.ts';

/**
 * Tokens of one stretch of conversation as the policy saw and sampled them. A rollout has one sequence, or several when a
 * later prompt did not extend the earlier tokens.
 */
export interface TokenSequence {
  /** Token ids, prompt and completions in order, `[T]`. */
  readonly tokens: Int32Array;
  /** 1 where the policy sampled the token, `[T]`. */
  readonly lossMask: Uint8Array;
  /** Natural-log probability each sampled token had when drawn; 0 where `lossMask` is 0, `[T]`. */
  readonly sampledLogprobs: Float32Array;
}

/** One finished episode, ready to train on. */
export interface Rollout {
  /** `<iteration>/<group>/<rollout>`. */
  readonly id: string;
  readonly history: History;
  readonly verdict: Verdict;
  readonly sequences: readonly TokenSequence[];
  /** True when a completion or the episode hit a length or turn limit instead of ending by itself. */
  readonly truncated: boolean;
  /** Unit-length embedding of the response that was rewritten or first given, when the run asks for one. */
  readonly embedding?: Float32Array;
  /** Updates the policy had taken when the first token was sampled. */
  readonly policyVersion: number;
}

/** What an error that a domain throws may say of itself with a property `rolloutFailure`: not the policy, this failed. */
export type ClaimedFailure = 'sandbox' | 'tool-server';

/** Why a rollout gave nothing to judge. */
export type FailureKind =
  | ClaimedFailure
  | 'environment'
  | 'verifier'
  | 'timeout'
  | 'invalid-verdict'
  | 'prompt-too-long'
  | 'replay';

/** A rollout that failed: counted, never scored. */
export interface RolloutFailure {
  readonly kind: FailureKind;
  readonly message: string;
}

/** What an error claims to be; null when it claims nothing. */
export function claimedFailure(error: unknown): ClaimedFailure | null {
  const claim = (error as { readonly rolloutFailure?: unknown } | null | undefined)?.rolloutFailure;
  return claim === 'sandbox' || claim === 'tool-server' ? claim : null;
}

/** The G rollouts of one instance; failed ones stand apart. */
export interface Group {
  readonly instance: Instance;
  readonly rollouts: readonly Rollout[];
  readonly failures: readonly RolloutFailure[];
  /** Failures that another try mended: their rollouts are among `rollouts`. */
  readonly retried?: readonly RolloutFailure[];
}

/** A rollout with what the settle pipeline decided about it. */
export interface SettledRollout extends Rollout {
  /** What the group's advantages are computed from. */
  readonly reward: number;
  /** Group-relative, shared by all trained tokens of the rollout. */
  readonly advantage: number;
  /** False when its tokens must get no gradient (over-long filtering, a degenerate group). */
  readonly trained: boolean;
}

/** A group after the settle pipeline: rewards, advantages and masks are final. */
export interface SettledGroup {
  readonly instance: Instance;
  readonly rollouts: readonly SettledRollout[];
  readonly failures: readonly RolloutFailure[];
  readonly retried?: readonly RolloutFailure[];
}
