/** The shape of an encoder of the BERT family, read from a Hugging Face config.json. */
import { CheckpointError, showValue } from '@taskspace/core';
import type { JsonObject } from '../model/json-file.ts';

/** The families whose mathematics the encoder graph knows. */
export type EncoderFamily = 'bert' | 'roberta' | 'distilbert';

/** Everything the encoder graph depends on; sizes in elements. */
export interface EncoderConfig {
  readonly family: EncoderFamily;
  readonly vocabSize: number;
  /** Width **D**. */
  readonly hiddenSize: number;
  readonly innerSize: number;
  readonly layers: number;
  readonly heads: number;
  /** Rows of the position table. */
  readonly positions: number;
  /** Row of the first token: RoBERTa counts on from its padding id. */
  readonly firstPosition: number;
  /** Rows of the token-type table; 0 when there is none. */
  readonly tokenTypes: number;
  readonly normEpsilon: number;
  readonly activation: 'gelu' | 'gelu_new' | 'relu';
}

/** Where each part of a layer lies in a safetensors file, behind the model's own prefix. */
export interface LayerNames {
  readonly query: string;
  readonly key: string;
  readonly value: string;
  readonly attended: string;
  readonly attentionNorm: string;
  readonly inner: string;
  readonly outer: string;
  readonly outputNorm: string;
}

/**
 * Reads a config.json.
 *
 * @param path - The file's name, for messages.
 * @throws {@link CheckpointError} naming the first field that is missing or asks for mathematics the graph lacks.
 */
export function parseEncoderConfig(json: JsonObject, path: string): EncoderConfig {
  const family = choice('model_type', ['bert', 'roberta', 'distilbert'] as const);
  const isDistil = family === 'distilbert';
  const heads = size(isDistil ? 'n_heads' : 'num_attention_heads');
  const hiddenSize = size(isDistil ? 'dim' : 'hidden_size');
  if (hiddenSize % heads !== 0) throw refuse('a width divisible by the heads', hiddenSize);
  const { position_embedding_type: positions = 'absolute' } = json;
  if (positions !== 'absolute') throw refuse('position_embedding_type absolute', positions);
  const padding = json.pad_token_id ?? (family === 'roberta' ? 1 : 0);
  return {
    family,
    vocabSize: size('vocab_size'),
    hiddenSize,
    innerSize: size(isDistil ? 'hidden_dim' : 'intermediate_size'),
    layers: size(isDistil ? 'n_layers' : 'num_hidden_layers'),
    heads,
    positions: size('max_position_embeddings'),
    firstPosition: family === 'roberta' ? Number(padding) + 1 : 0,
    tokenTypes: isDistil ? 0 : size('type_vocab_size', 2),
    normEpsilon: Number(json.layer_norm_eps ?? 1e-12),
    activation: choice(
      isDistil ? 'activation' : 'hidden_act',
      ['gelu', 'gelu_new', 'relu'] as const,
      'gelu',
    ),
  };

  function size(field: string, otherwise?: number): number {
    const value = json[field] ?? otherwise;
    if (Number.isSafeInteger(value) && (value as number) > 0) return value as number;
    throw refuse(`${field} as a positive integer`, value);
  }

  function choice<const Word extends string>(
    field: string,
    words: readonly Word[],
    otherwise?: Word,
  ): Word {
    const value = json[field] ?? otherwise;
    const word = words.find((known) => known === value);
    if (word !== undefined) return word;
    throw refuse(`${field} as one of ${words.join(', ')}`, value);
  }

  function refuse(expected: string, got: unknown): CheckpointError {
    return new CheckpointError(
      path,
      `expected ${expected}, got ${showValue(got)}. Use an encoder of the BERT family, or export it to ONNX.`,
    );
  }
}

/** Names of one layer's parts, without `.weight` and `.bias`. */
export function layerNames({ family }: EncoderConfig, layer: number): LayerNames {
  if (family === 'distilbert') {
    const at = `transformer.layer.${layer}`;
    return {
      query: `${at}.attention.q_lin`,
      key: `${at}.attention.k_lin`,
      value: `${at}.attention.v_lin`,
      attended: `${at}.attention.out_lin`,
      attentionNorm: `${at}.sa_layer_norm`,
      inner: `${at}.ffn.lin1`,
      outer: `${at}.ffn.lin2`,
      outputNorm: `${at}.output_layer_norm`,
    };
  }
  const at = `encoder.layer.${layer}`;
  return {
    query: `${at}.attention.self.query`,
    key: `${at}.attention.self.key`,
    value: `${at}.attention.self.value`,
    attended: `${at}.attention.output.dense`,
    attentionNorm: `${at}.attention.output.LayerNorm`,
    inner: `${at}.intermediate.dense`,
    outer: `${at}.output.dense`,
    outputNorm: `${at}.output.LayerNorm`,
  };
}

/** Every tensor the graph reads, with its shape. */
export function encoderTensors(config: EncoderConfig): ReadonlyMap<string, readonly number[]> {
  const { hiddenSize: width, innerSize } = config;
  const shapes = new Map<string, readonly number[]>();
  const dense = (name: string, out: number, into: number) => {
    shapes.set(`${name}.weight`, [out, into]).set(`${name}.bias`, [out]);
  };
  const norm = (name: string) => {
    shapes.set(`${name}.weight`, [width]).set(`${name}.bias`, [width]);
  };
  shapes.set('embeddings.word_embeddings.weight', [config.vocabSize, width]);
  shapes.set('embeddings.position_embeddings.weight', [config.positions, width]);
  if (config.tokenTypes > 0) {
    shapes.set('embeddings.token_type_embeddings.weight', [config.tokenTypes, width]);
  }
  norm('embeddings.LayerNorm');
  for (let layer = 0; layer < config.layers; layer++) {
    const names = layerNames(config, layer);
    for (const name of [names.query, names.key, names.value, names.attended]) {
      dense(name, width, width);
    }
    norm(names.attentionNorm);
    dense(names.inner, innerSize, width);
    dense(names.outer, width, innerSize);
    norm(names.outputNorm);
  }
  return shapes;
}
