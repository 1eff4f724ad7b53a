/**
 * The loss kernels as graph nodes. Per-token losses follow PPO (arXiv 1707.06347) and GRPO (arXiv 2402.03300) with these
 * choices: the log-ratio is clamped to ±20 before it is exponentiated; the KL term is k3 (Schulman's estimator) of the
 * policy to the reference, its argument clamped to ±20 and its value to 10; weights carry mask and denominators, so the
 * loss is a plain weighted sum and does not depend on how a batch is cut into micro-batches.
 */
import type { Graph, Value } from '../onnx/graph.ts';

/** Bound on log-probability differences before they are exponentiated. */
export const LOG_RATIO_BOUND = 20;
/** Bound on one token's k3 value. */
export const KL_BOUND = 10;

/** What a loss kernel reads. Positions with weight 0 may hold anything, NaN included, but for `logits` and `targets`. */
export interface LossInputs {
  /** `[B, T, V]`, float32. */
  readonly logits: Value;
  /** Ids of the tokens predicted, `[B, T]`, int64, each in `[0, V)`. */
  readonly targets: Value;
  /** Coefficient of every token's loss, `>= 0`, `[B, T]`. */
  readonly weights: Value;
  /** Scalar, `> 0`; logits are divided by it. Left out: 1. */
  readonly temperature?: Value;
  /** `[B, T]`; with `oldLogprobs`, `clipLow` and `clipHigh` needed by clipped-ratio. */
  readonly advantages?: Value;
  /** Log-probabilities the ratio is taken against, `[B, T]`. */
  readonly oldLogprobs?: Value;
  /** Scalar; the ratio is clipped to `[1 - clipLow, 1 + clipHigh]`. */
  readonly clipLow?: Value;
  readonly clipHigh?: Value;
  /** Log-probabilities under the reference policy, `[B, T]`; left out, with `klCoefficient`, for no KL term. */
  readonly referenceLogprobs?: Value;
  /** Scalar weight of the KL term. */
  readonly klCoefficient?: Value;
}

/** What a loss kernel computes. */
export interface LossOutputs {
  /** Scalar: the sum over all tokens of weight × loss. */
  readonly loss: Value;
  /** Log-probability of every target, `[B, T]`. */
  readonly logprobs: Value;
  /** Entropy of the distribution every target is drawn from, in nats, `[B, T]`; meant to be read, not differentiated. */
  readonly entropies: Value;
}

/**
 * Adds the loss of one kernel to a graph; the gradient follows from autodiff.
 *
 * @throws {Error} when an input the kernel needs is left out.
 */
export function addLossKernel(
  graph: Graph,
  name: 'cross-entropy' | 'clipped-ratio',
  inputs: LossInputs,
): LossOutputs {
  const { logits, targets, weights, temperature } = inputs;
  const scaled = temperature ? graph.div(logits, temperature) : logits;
  const logDistribution = graph.logSoftmax(scaled); // [B, T, V]
  const logprobs = graph.pick(logDistribution, targets);
  const entropies = graph.neg(
    graph.reduceSum(graph.mul(graph.exp(logDistribution), logDistribution), [2], false),
  );
  const losses =
    name === 'cross-entropy' ? graph.neg(logprobs) : clippedRatioLosses(graph, logprobs, inputs);
  const loss = graph.reduceSum(graph.mul(weights, losses), [0, 1], false);
  return { loss, logprobs, entropies };
}

/** −min(r·A, clip(r)·A) + β·k3, token by token. */
function clippedRatioLosses(graph: Graph, logprobs: Value, inputs: LossInputs): Value {
  const { advantages, oldLogprobs, clipLow, clipHigh, referenceLogprobs, klCoefficient, weights } =
    inputs;
  if (!advantages || !oldLogprobs || !clipLow || !clipHigh) {
    throw new Error(
      'addLossKernel: clipped-ratio needs advantages, oldLogprobs, clipLow and clipHigh. Pass them all.',
    );
  }
  const zero = graph.scalar(0);
  const one = graph.scalar(1);
  const live = graph.greater(weights, zero);
  const at = (values: Value): Value => graph.where(live, values, zero);

  const ratio = graph.exp(bounded(graph, graph.sub(logprobs, at(oldLogprobs)), LOG_RATIO_BOUND));
  const clipped = graph.clip(ratio, graph.sub(one, clipLow), graph.add(one, clipHigh));
  const advantage = at(advantages);
  const surrogate = graph.min(graph.mul(ratio, advantage), graph.mul(clipped, advantage));
  if (!referenceLogprobs || !klCoefficient) return graph.neg(surrogate);

  const drift = bounded(graph, graph.sub(at(referenceLogprobs), logprobs), LOG_RATIO_BOUND);
  const k3 = graph.sub(graph.sub(graph.exp(drift), drift), one);
  return graph.sub(graph.mul(klCoefficient, graph.min(k3, graph.scalar(KL_BOUND))), surrogate);
}

function bounded(graph: Graph, x: Value, bound: number): Value {
  return graph.clip(x, -bound, bound);
}
