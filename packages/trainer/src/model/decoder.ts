import type { Graph, Value } from '../onnx/graph.ts';
import {
  type Attend,
  type DecoderScope,
  decoderLayer,
  embed,
  logits,
  type Rotation,
} from './layers.ts';

/** Added to the score of a key that a query must not see; finite, so that a row without any key stays finite. */
export const MASKED_SCORE = -1e9;

/** What a whole-sequence pass reads. */
export interface SequenceInputs {
  /** Token ids padded at the right, `[B, T]`, int64. */
  readonly ids: Value;
  /** 0, 1, 2 … as float32, `[T]`. */
  readonly positions: Value;
  /** Rotations of those positions. */
  readonly rotation: Rotation;
}

/** Declares the inputs of {@link SequenceInputs} under the names `ids`, `positions`, `cos` and `sin`. */
export function declareSequence(graph: Graph, { config }: DecoderScope): SequenceInputs {
  const half = config.headDim / 2;
  return {
    ids: graph.input('ids', 'int64', ['B', 'T']),
    positions: graph.input('positions', 'float32', ['T']),
    rotation: {
      positions: graph.constant([0], 'int64', [1]),
      cos: graph.input('cos', 'float32', ['T', half]),
      sin: graph.input('sin', 'float32', ['T', half]),
    },
  };
}

/**
 * Logits `[B, T, V]` of whole sequences: every position sees itself and what came before. Padding at the right end needs no
 * mask, as no real position sees it.
 */
export function decodeSequence(graph: Graph, scope: DecoderScope, inputs: SequenceInputs): Value {
  return logits(graph, scope, decodeHidden(graph, scope, inputs));
}

/** Activations of the last layer `[B, T, D]`, before the final norm, of whole sequences; see {@link decodeSequence}. */
export function decodeHidden(
  graph: Graph,
  scope: DecoderScope,
  { ids, positions, rotation }: SequenceInputs,
): Value {
  const attend = causalAttention(graph, scope, positions);
  let x = embed(graph, scope, ids);
  for (let layer = 0; layer < scope.config.layers; layer++) {
    const build = (input: Value) => decoderLayer(graph, scope, layer, input, rotation, attend);
    x = scope.recompute ? graph.recomputed(x, build) : build(x);
  }
  return x;
}

/** Attention of every query to the keys at its own and earlier positions. */
function causalAttention(graph: Graph, { config }: DecoderScope, positions: Value): Attend {
  const { heads, keyValueHeads, headDim } = config;
  const isVisible = graph.lessOrEqual(
    graph.unsqueeze(positions, [0]),
    graph.unsqueeze(positions, [1]),
  );
  const mask = graph.where(isVisible, graph.scalar(0), graph.scalar(MASKED_SCORE)); // [T, T]
  const scale = graph.scalar(headDim ** -0.5);
  const perKey = heads / keyValueHeads;
  return ({ query, key, value }) => {
    // Heads that share a key lie side by side, so they become more queries of one head without a copy.
    const shared = perKey === 1 ? query : graph.reshape(query, [0, keyValueHeads, -1, headDim]);
    const products = graph.matMul(graph.mul(shared, scale), graph.transpose(key, [0, 1, 3, 2]));
    const scores = perKey === 1 ? products : graph.reshape(products, [0, heads, -1, 0]);
    const weights = graph.softmax(graph.add(scores, mask)); // [B, H, T, T]
    const grouped = perKey === 1 ? weights : graph.reshape(weights, [0, keyValueHeads, -1, 0]);
    const context = graph.matMul(grouped, value);
    return perKey === 1 ? context : graph.reshape(context, [0, heads, -1, headDim]);
  };
}
