import { addLossKernel } from '../objective/kernels.ts';
import { Graph } from '../onnx/graph.ts';
import type { DecoderConfig } from './config.ts';
import { declareSequence, decodeSequence } from './decoder.ts';
import { type DecoderScope, declareParameters } from './layers.ts';

/**
 * Forward pass of one micro-batch: `ids`, `targets` `[B, T]` int64, `temperature`, `positions`, `cos`,
 * `sin` and every parameter (the policy's or the reference's) → `logprobs` `[B, T]`, through the same nodes as in training.
 */
export function buildLogprobsGraph(config: DecoderConfig): Graph {
  const graph = new Graph('logprobs');
  const scope: DecoderScope = { config, parameters: declareParameters(graph, config) };
  const sequence = declareSequence(graph, scope);
  const { logprobs } = addLossKernel(graph, 'cross-entropy', {
    logits: decodeSequence(graph, scope, sequence),
    targets: graph.input('targets', 'int64', ['B', 'T']),
    weights: graph.scalar(1),
    temperature: graph.input('temperature', 'float32', []),
  });
  graph.output('logprobs', logprobs);
  return graph;
}
