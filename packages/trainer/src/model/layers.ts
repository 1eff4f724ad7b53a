/**
 * The parts of a Llama-family decoder as graph nodes. What training and cached decoding do differently, namely which keys a
 * query sees, is left to an `attend` callback; everything else is here once.
 *
 * Activations are `[B, T, D]`, heads `[B, H, T, headDim]`. Parameters are graph inputs under their safetensors names.
 */
import type { Graph, Value } from '../onnx/graph.ts';
import type { DecoderConfig } from './config.ts';
import { adapterName, adapterScale, allSpecs } from './lora.ts';

/** Parameters as graph inputs, by safetensors name. */
export type ParameterInputs = ReadonlyMap<string, Value>;

/** What every part of the decoder needs to know. */
export interface DecoderScope {
  readonly config: DecoderConfig;
  readonly parameters: ParameterInputs;
  /** Drops some of an adapter's inputs; left out, none. */
  readonly dropout?: (x: Value, module: string) => Value;
  /** The backward pass computes layers again instead of keeping what is inside them; default false. */
  readonly recompute?: boolean;
}

/** How far queries and keys turn. */
export type Rotation =
  | {
      /** Cosines and sines of each token's position, broadcast over `[B, H, T, headDim / 2]`. */
      readonly cos: Value;
      readonly sin: Value;
    }
  | {
      /** Position of every token, int64 `[B, T]`; or `[1]`, that of every row's first token. */
      readonly positions: Value;
      /** Cosines and sines by position, `[P, headDim / 2]`. */
      readonly cos: Value;
      readonly sin: Value;
    };

/** Queries `[B, H, T, headDim]`, keys and values `[B, keyValueHeads, T, headDim]`; queries and keys already rotated. */
export interface Projected {
  readonly query: Value;
  readonly key: Value;
  readonly value: Value;
}

/** Mixes values by attention: gives the context of every query, `[B, H, T, headDim]`. */
export type Attend = (projected: Projected, layer: number) => Value;

/** Declares every parameter as a float32 input, in the order of `allSpecs`. */
export function declareParameters(graph: Graph, config: DecoderConfig): Map<string, Value> {
  return new Map(
    allSpecs(config).map(({ name, shape }) => [name, graph.input(name, 'float32', shape)]),
  );
}

/** Token ids `[B, T]` → embeddings `[B, T, D]`. */
export function embed(graph: Graph, { parameters }: DecoderScope, ids: Value): Value {
  return graph.gather(take(parameters, 'model.embed_tokens.weight'), ids, 0);
}

/** x · weight / √(mean(x²) + ε) over the last axis. */
export function rmsNorm(graph: Graph, x: Value, weight: Value, epsilon: number): Value {
  const meanSquare = graph.reduceMean(graph.mul(x, x), [x.shape.length - 1], true);
  const scale = graph.reciprocal(graph.sqrt(graph.add(meanSquare, graph.scalar(epsilon))));
  return graph.mul(graph.mul(x, scale), weight);
}

/** x · weightᵀ + bias with the weight as safetensors stores it, `[out, in]`. */
export function linear(graph: Graph, x: Value, weight: Value, bias?: Value): Value {
  const product = graph.matMul(x, graph.transpose(weight, [1, 0]));
  return bias ? graph.add(product, bias) : product;
}

/**
 * A linear map of the decoder with its bias and its adapter, where it has them.
 *
 * @param module - The map's name, for example `model.layers.0.mlp.up_proj`.
 */
function project(graph: Graph, scope: DecoderScope, module: string, x: Value): Value {
  const { config, parameters, dropout } = scope;
  const weight = take(parameters, `${module}.weight`);
  const projected = linear(graph, x, weight, parameters.get(`${module}.bias`));
  const down = parameters.get(adapterName('A', module));
  if (!config.lora || !down) return projected;
  const inner = linear(graph, dropout ? dropout(x, module) : x, down); // [B, T, rank]
  const scaled = graph.mul(inner, graph.scalar(adapterScale(config.lora)));
  return graph.add(projected, linear(graph, scaled, take(parameters, adapterName('B', module))));
}

/** Turns each pair (i, i + headDim / 2) of the last axis by its position's angle; x is `[B, H, T, headDim]`. */
export function rotary(graph: Graph, x: Value, rotation: Rotation): Value {
  const { cos, sin } = rotation;
  if ('positions' in rotation) return graph.rotary(x, rotation.positions, cos, sin);
  const last = x.shape.length - 1;
  const half = (x.shape[last] as number) / 2;
  const [first, second] = graph.split(x, last, [half, half]) as [Value, Value];
  return graph.concat(
    [
      graph.sub(graph.mul(first, cos), graph.mul(second, sin)),
      graph.add(graph.mul(second, cos), graph.mul(first, sin)),
    ],
    last,
  );
}

/** Normalised activations `[B, T, D]` → rotated queries, rotated keys, and values of one layer. */
export function projectQkv(
  graph: Graph,
  scope: DecoderScope,
  layer: number,
  x: Value,
  rotation: Rotation,
): Projected {
  const { config, parameters } = scope;
  const prefix = `model.layers.${layer}.self_attn`;
  const byHead = (name: 'q' | 'k' | 'v', heads: number): Value =>
    graph.reshape(project(graph, scope, `${prefix}.${name}_proj`, x), [
      0,
      0,
      heads,
      config.headDim,
    ]);
  const rotated = (name: 'q' | 'k', heads: number): Value => {
    const projected = byHead(name, heads);
    const normed = config.qkNorm
      ? rmsNorm(
          graph,
          projected,
          take(parameters, `${prefix}.${name}_norm.weight`),
          config.rmsNormEpsilon,
        )
      : projected;
    return rotary(graph, graph.transpose(normed, [0, 2, 1, 3]), rotation);
  };
  return {
    query: rotated('q', config.heads),
    key: rotated('k', config.keyValueHeads),
    value: graph.transpose(byHead('v', config.keyValueHeads), [0, 2, 1, 3]),
  };
}

/** The gated feed-forward part: down(silu(gate(x)) · up(x)). */
export function mlp(graph: Graph, scope: DecoderScope, layer: number, x: Value): Value {
  const prefix = `model.layers.${layer}.mlp`;
  const gate = project(graph, scope, `${prefix}.gate_proj`, x);
  const up = project(graph, scope, `${prefix}.up_proj`, x);
  const gated = graph.mul(graph.mul(gate, graph.sigmoid(gate)), up);
  return project(graph, scope, `${prefix}.down_proj`, gated);
}

/** One layer: `[B, T, D]` → `[B, T, D]`, attention left to the callback. */
export function decoderLayer(
  graph: Graph,
  scope: DecoderScope,
  layer: number,
  x: Value,
  rotation: Rotation,
  attend: Attend,
): Value {
  const { config, parameters } = scope;
  const prefix = `model.layers.${layer}`;
  const norm = (input: Value, name: string): Value =>
    rmsNorm(graph, input, take(parameters, `${prefix}.${name}.weight`), config.rmsNormEpsilon);

  const projected = projectQkv(graph, scope, layer, norm(x, 'input_layernorm'), rotation);
  const context = graph.transpose(attend(projected, layer), [0, 2, 1, 3]); // [B, T, H, headDim]
  const flat = graph.reshape(context, [0, 0, config.heads * config.headDim]);
  const output = project(graph, scope, `${prefix}.self_attn.o_proj`, flat);
  const attended = graph.add(x, output);
  return graph.add(attended, mlp(graph, scope, layer, norm(attended, 'post_attention_layernorm')));
}

/** Activations of the last layer `[B, T, D]` → logits `[B, T, V]`. */
export function logits(graph: Graph, scope: DecoderScope, x: Value): Value {
  const { config, parameters } = scope;
  const normed = finalNorm(graph, scope, x);
  const weight = config.tieEmbeddings ? 'model.embed_tokens.weight' : 'lm_head.weight';
  return linear(graph, normed, take(parameters, weight));
}

/** The norm behind the last layer: `[B, T, D]` → `[B, T, D]`, what Hugging Face calls the last hidden state. */
export function finalNorm(graph: Graph, { config, parameters }: DecoderScope, x: Value): Value {
  return rmsNorm(graph, x, take(parameters, 'model.norm.weight'), config.rmsNormEpsilon);
}

/** The parameter under a name; a missing one is a mistake of ours. */
export function take(parameters: ParameterInputs, name: string): Value {
  const value = parameters.get(name);
  if (!value) throw new Error(`decoder: expected a parameter ${name}, got none. Declare it first.`);
  return value;
}
