import { Graph } from '../onnx/graph.ts';
import type { DecoderConfig } from './config.ts';
import { declareSequence, decodeHidden } from './decoder.ts';
import { type DecoderScope, declareParameters, finalNorm } from './layers.ts';

/**
 * Mean of the last hidden state over a text's tokens: `ids` `[B, T]` int64, `share` `[B, T]` (one over the number of tokens at
 * each real token, 0 at padding), `positions`, `cos`, `sin` and every parameter → `embedding` `[B, D]`, not normalised.
 */
export function buildEmbeddingGraph(config: DecoderConfig): Graph {
  const graph = new Graph('embedding');
  const scope: DecoderScope = { config, parameters: declareParameters(graph, config) };
  const sequence = declareSequence(graph, scope);
  const hidden = finalNorm(graph, scope, decodeHidden(graph, scope, sequence)); // [B, T, D]
  const share = graph.unsqueeze(graph.input('share', 'float32', ['B', 'T']), [1]); // [B, 1, T]
  graph.output('embedding', graph.squeeze(graph.matMul(share, hidden), [1]));
  return graph;
}
