import { addDims } from '../onnx/dims.ts';
import { Graph, type Value } from '../onnx/graph.ts';
import type { DecoderConfig } from './config.ts';
import { MASKED_SCORE } from './decoder.ts';
import {
  type Attend,
  type DecoderScope,
  declareParameters,
  decoderLayer,
  embed,
  logits,
  type Rotation,
} from './layers.ts';
import { rotaryFrequencies } from './rotary.ts';

/**
 * The decoder as `@huggingface/transformers` runs it, in operators of the ONNX standard alone: `input_ids`, `position_ids`
 * `[B, T]`, `attention_mask` `[B, P+T]` (0 at padding) and `past_key_values.l.key`, `past_key_values.l.value`
 * `[B, KV, P, headDim]` of every layer → `logits` `[B, T, V]`, and `present.l.key`, `present.l.value` `[B, KV, P+T, headDim]`.
 * Parameters are inputs under their safetensors names.
 */
export function buildExportGraph(config: DecoderConfig): Graph {
  const graph = new Graph(config.architecture);
  const scope: DecoderScope = { config, parameters: declareParameters(graph, config) };
  const { heads, keyValueHeads, headDim } = config;
  const total = addDims(['P', 'T']);
  const ids = graph.input('input_ids', 'int64', ['B', 'T']);
  const attentionMask = graph.input('attention_mask', 'int64', ['B', total]);
  const positions = graph.input('position_ids', 'int64', ['B', 'T']);
  const rotation = rotationOf(graph, config, positions);
  const mask = visibility(graph, ids, attentionMask);
  const scale = graph.scalar(headDim ** -0.5);

  const attend: Attend = ({ query, key, value }, layer) => {
    const extended = (kind: 'key' | 'value', fresh: Value): Value => {
      const past = graph.input(`past_key_values.${layer}.${kind}`, 'float32', [
        'B',
        keyValueHeads,
        'P',
        headDim,
      ]);
      const present = graph.concat([past, fresh], 2); // [B, KV, P+T, headDim]
      graph.output(`present.${layer}.${kind}`, present);
      return present;
    };
    const keys = graph.transpose(extended('key', key), [0, 1, 3, 2]);
    const values = extended('value', value);
    // Heads that share a key lie side by side, so they become more queries of one head without a copy.
    const queries = graph.reshape(graph.mul(query, scale), [0, keyValueHeads, -1, headDim]);
    const scores = graph.reshape(graph.matMul(queries, keys), [0, heads, -1, 0]);
    const weights = graph.softmax(graph.add(scores, mask)); // [B, H, T, P+T]
    const context = graph.matMul(graph.reshape(weights, [0, keyValueHeads, -1, 0]), values);
    return graph.reshape(context, [0, heads, -1, headDim]);
  };

  let x = embed(graph, scope, ids);
  for (let layer = 0; layer < config.layers; layer++) {
    x = decoderLayer(graph, scope, layer, x, rotation, attend);
  }
  graph.output('logits', logits(graph, scope, x));
  return graph;
}

/** Cosines and sines of every token's position, `[B, 1, T, headDim / 2]`, so that the model holds no table. */
function rotationOf(graph: Graph, config: DecoderConfig, positions: Value): Rotation {
  const frequencies = graph.constant(Float32Array.from(rotaryFrequencies(config)), 'float32', [
    config.headDim / 2,
  ]);
  const angles = graph.mul(graph.unsqueeze(graph.cast(positions, 'float32'), [1, 3]), frequencies);
  return { cos: graph.cos(angles), sin: graph.sin(angles) };
}

/** What is added to scores, `[B, 1, T, P+T]`: a query sees itself and what came before, but no padding. */
function visibility(graph: Graph, ids: Value, attentionMask: Value): Value {
  const size = (x: Value): Value => graph.squeeze(graph.shapeOf(x, 1, 2), [0]);
  const total = size(attentionMask);
  const [zero, one] = [graph.scalar(0, 'int64'), graph.scalar(1, 'int64')];
  const columns = graph.range(zero, total, one, attentionMask.shape[1]!);
  const rows = graph.range(graph.sub(total, size(ids)), total, one, 'T');
  const isBefore = graph.lessOrEqual(graph.unsqueeze(columns, [0]), graph.unsqueeze(rows, [1]));
  const isToken = graph.unsqueeze(graph.greater(attentionMask, zero), [1, 2]);
  return graph.where(graph.and(isBefore, isToken), graph.scalar(0), graph.scalar(MASKED_SCORE));
}
