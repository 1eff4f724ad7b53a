/** The decoder written as plain loops in double precision, one sequence at a time: what the graphs are held to. */
import type { DecoderConfig } from '../config.ts';
import { scaledFrequency } from '../rope-scaling.ts';

type Vector = number[];
type Parameters = ReadonlyMap<string, ArrayLike<number>>;

/** Log-probabilities of all tokens at every position, `[T][V]`. */
export function plainLogDistributions(
  config: DecoderConfig,
  parameters: Parameters,
  ids: readonly number[],
): Vector[] {
  const output = config.tieEmbeddings ? 'model.embed_tokens.weight' : 'lm_head.weight';
  return plainHidden(config, parameters, ids).map((x) => {
    const logits = linear(x, parameters.get(output)!);
    const most = Math.max(...logits);
    const total = Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit - most), 0)) + most;
    return logits.map((logit) => logit - total);
  });
}

/** Activations behind the final norm, `[T][D]`. */
export function plainHidden(
  config: DecoderConfig,
  parameters: Parameters,
  ids: ArrayLike<number>,
): Vector[] {
  const weight = (name: string) => parameters.get(name)!;
  const { hiddenSize: width, rmsNormEpsilon: epsilon } = config;
  const embedding = weight('model.embed_tokens.weight');
  let rows = Array.from(ids, (id) =>
    Array.from({ length: width }, (_, i) => embedding[id * width + i]!),
  );
  for (let layer = 0; layer < config.layers; layer++) {
    const prefix = `model.layers.${layer}`;
    const normed = rows.map((x) => norm(x, weight(`${prefix}.input_layernorm.weight`), epsilon));
    const mixed = attention(config, parameters, `${prefix}.self_attn`, normed);
    rows = rows.map((x, t) => add(x, mixed[t]!));
    rows = rows.map((x) => {
      const y = norm(x, weight(`${prefix}.post_attention_layernorm.weight`), epsilon);
      const gate = linear(y, weight(`${prefix}.mlp.gate_proj.weight`));
      const up = linear(y, weight(`${prefix}.mlp.up_proj.weight`));
      const gated = gate.map((g, i) => (g / (1 + Math.exp(-g))) * up[i]!);
      return add(x, linear(gated, weight(`${prefix}.mlp.down_proj.weight`)));
    });
  }
  return rows.map((x) => norm(x, weight('model.norm.weight'), epsilon));
}

function attention(
  {
    heads,
    keyValueHeads,
    headDim,
    qkNorm,
    attentionBias,
    ropeTheta,
    ropeScaling,
    rmsNormEpsilon,
  }: DecoderConfig,
  parameters: Parameters,
  prefix: string,
  rows: readonly Vector[],
): Vector[] {
  const project = (name: string, count: number): Vector[][] =>
    rows.map((x, t) => {
      let y = linear(x, parameters.get(`${prefix}.${name}_proj.weight`)!);
      if (attentionBias) y = add(y, Array.from(parameters.get(`${prefix}.${name}_proj.bias`)!));
      return Array.from({ length: count }, (_, head) => {
        let part = y.slice(head * headDim, (head + 1) * headDim);
        if (name === 'v') return part;
        if (qkNorm) {
          part = norm(part, parameters.get(`${prefix}.${name}_norm.weight`)!, rmsNormEpsilon);
        }
        return rotate(part, t, ropeTheta, ropeScaling);
      });
    });
  const queries = project('q', heads);
  const keys = project('k', keyValueHeads);
  const values = project('v', keyValueHeads);
  return rows.map((_, t) => {
    const context = queries[t]!.flatMap((query, head) => {
      const shared = Math.floor((head * keyValueHeads) / heads);
      const seen = rows.slice(0, t + 1).map((_, s) => s);
      const powers = seen.map((s) => Math.exp(dot(query, keys[s]![shared]!) / Math.sqrt(headDim)));
      const total = powers.reduce((sum, power) => sum + power, 0);
      return query.map((_, i) =>
        seen.reduce((sum, s) => sum + (powers[s]! / total) * values[s]![shared]![i]!, 0),
      );
    });
    return linear(context, parameters.get(`${prefix}.o_proj.weight`)!);
  });
}

function rotate(
  x: Vector,
  position: number,
  theta: number,
  scaling: DecoderConfig['ropeScaling'],
): Vector {
  const half = x.length / 2;
  return x.map((value, i) => {
    const pair = i % half;
    const angle = position * scaledFrequency(theta ** ((-2 * pair) / x.length), scaling);
    const other = i < half ? -x[pair + half]! : x[pair]!;
    return value * Math.cos(angle) + other * Math.sin(angle);
  });
}

function norm(x: Vector, weight: ArrayLike<number>, epsilon: number): Vector {
  const scale = 1 / Math.sqrt(dot(x, x) / x.length + epsilon);
  return x.map((value, i) => value * scale * weight[i]!);
}

function linear(x: Vector, weight: ArrayLike<number>): Vector {
  return Array.from({ length: weight.length / x.length }, (_, row) =>
    x.reduce((sum, value, i) => sum + value * weight[row * x.length + i]!, 0),
  );
}

function add(a: Vector, b: Vector): Vector {
  return a.map((value, i) => value + b[i]!);
}

function dot(a: Vector, b: Vector): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0);
}
