import { MASKED_SCORE } from '../model/decoder.ts';
import { linear, take } from '../model/layers.ts';
import { Graph, type Value } from '../onnx/graph.ts';
import { type EncoderConfig, encoderTensors, layerNames } from './encoder-config.ts';

/**
 * An encoder of the BERT family with the mean over its tokens: `ids` `[B, T]` int64, `share` `[B, T]` (one over the number of
 * tokens at each real token, 0 at padding), `positions` `[T]` int64 and every tensor of {@link encoderTensors} → `embedding`
 * `[B, D]`, not normalised. All tokens are of type 0.
 */
export function buildEncoderGraph(config: EncoderConfig): Graph {
  const graph = new Graph('encoder');
  const parameters = new Map(
    [...encoderTensors(config)].map(([name, shape]) => [name, graph.input(name, 'float32', shape)]),
  );
  const weight = (name: string) => take(parameters, name);
  const dense = (x: Value, name: string) =>
    linear(graph, x, weight(`${name}.weight`), weight(`${name}.bias`));
  const norm = (x: Value, name: string) =>
    layerNorm(graph, x, weight(`${name}.weight`), weight(`${name}.bias`), config.normEpsilon);

  const ids = graph.input('ids', 'int64', ['B', 'T']);
  const share = graph.input('share', 'float32', ['B', 'T']);
  const positions = graph.input('positions', 'int64', ['T']);
  const words = graph.gather(weight('embeddings.word_embeddings.weight'), ids, 0);
  const places = graph.gather(weight('embeddings.position_embeddings.weight'), positions, 0);
  let x = graph.add(words, places); // [B, T, D]
  if (config.tokenTypes > 0) {
    const types = weight('embeddings.token_type_embeddings.weight');
    x = graph.add(x, graph.slice(types, 0, 0, 1));
  }
  x = norm(x, 'embeddings.LayerNorm');

  const isToken = graph.greater(share, graph.scalar(0));
  const mask = graph.unsqueeze(
    graph.where(isToken, graph.scalar(0), graph.scalar(MASKED_SCORE)),
    [1, 2],
  ); // [B, 1, 1, T]
  for (let layer = 0; layer < config.layers; layer++) {
    const names = layerNames(config, layer);
    const heads = (name: string) => {
      const split = [0, 0, config.heads, config.hiddenSize / config.heads];
      return graph.reshape(dense(x, name), split); // [B, T, H, D / H]
    };
    const query = graph.transpose(heads(names.query), [0, 2, 1, 3]);
    const key = graph.transpose(heads(names.key), [0, 2, 3, 1]);
    const value = graph.transpose(heads(names.value), [0, 2, 1, 3]);
    const scale = graph.scalar((config.hiddenSize / config.heads) ** -0.5);
    const scores = graph.add(graph.matMul(graph.mul(query, scale), key), mask);
    const context = graph.matMul(graph.softmax(scores), value); // [B, H, T, D / H]
    const flat = graph.reshape(graph.transpose(context, [0, 2, 1, 3]), [0, 0, config.hiddenSize]);
    x = norm(graph.add(x, dense(flat, names.attended)), names.attentionNorm);
    const inner = activate(graph, dense(x, names.inner), config.activation);
    x = norm(graph.add(x, dense(inner, names.outer)), names.outputNorm);
  }
  const mean = graph.matMul(graph.unsqueeze(share, [1]), x); // [B, 1, D]
  graph.output('embedding', graph.squeeze(mean, [1]));
  return graph;
}

/** (x - mean) / √(variance + ε) · weight + bias over the last axis. */
function layerNorm(graph: Graph, x: Value, weight: Value, bias: Value, epsilon: number): Value {
  const axis = x.shape.length - 1;
  const centred = graph.sub(x, graph.reduceMean(x, [axis], true));
  const variance = graph.reduceMean(graph.mul(centred, centred), [axis], true);
  const deviation = graph.sqrt(graph.add(variance, graph.scalar(epsilon)));
  return graph.add(graph.mul(graph.div(centred, deviation), weight), bias);
}

function activate(graph: Graph, x: Value, activation: EncoderConfig['activation']): Value {
  if (activation === 'relu') return graph.relu(x);
  const half = graph.mul(x, graph.scalar(0.5));
  const bent =
    activation === 'gelu'
      ? graph.erf(graph.mul(x, graph.scalar(Math.SQRT1_2)))
      : graph.tanh(
          // √(2/π) (x + 0.044715 x³)
          graph.mul(
            graph.add(x, graph.mul(graph.mul(graph.mul(x, x), x), graph.scalar(0.044715))),
            graph.scalar(Math.sqrt(2 / Math.PI)),
          ),
        );
  return graph.mul(half, graph.add(bent, graph.scalar(1)));
}
