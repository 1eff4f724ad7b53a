import { CheckpointError, createRandom } from '@taskspace/core';
import { describe, expect, test } from 'vitest';
import { TINY_MODELS } from './__fixtures__/tiny-models.ts';
import {
  initialParameters,
  parameterSpecs,
  parseDecoderConfig,
  toHuggingFaceConfig,
} from './config.ts';

/** As published for Qwen2.5 0.5B. */
const QWEN = {
  architectures: ['Qwen2ForCausalLM'],
  attention_dropout: 0.0,
  bos_token_id: 151643,
  eos_token_id: 151645,
  hidden_act: 'silu',
  hidden_size: 896,
  initializer_range: 0.02,
  intermediate_size: 4864,
  max_position_embeddings: 32768,
  max_window_layers: 21,
  model_type: 'qwen2',
  num_attention_heads: 14,
  num_hidden_layers: 24,
  num_key_value_heads: 2,
  rms_norm_eps: 1e-6,
  rope_theta: 1000000.0,
  sliding_window: 32768,
  tie_word_embeddings: true,
  torch_dtype: 'bfloat16',
  transformers_version: '4.43.1',
  use_cache: true,
  use_sliding_window: false,
  vocab_size: 151936,
};

/** What published configs of the other families say, shortened by what the parser must not care about. */
const PUBLISHED: readonly [string, Readonly<Record<string, unknown>>, object][] = [
  [
    'Llama 3.2 1B',
    {
      architectures: ['LlamaForCausalLM'],
      attention_bias: false,
      attention_dropout: 0,
      bos_token_id: 128000,
      eos_token_id: [128001, 128008, 128009],
      head_dim: 64,
      hidden_act: 'silu',
      hidden_size: 2048,
      initializer_range: 0.02,
      intermediate_size: 8192,
      max_position_embeddings: 131072,
      mlp_bias: false,
      model_type: 'llama',
      num_attention_heads: 32,
      num_hidden_layers: 16,
      num_key_value_heads: 8,
      pretraining_tp: 1,
      rms_norm_eps: 1e-5,
      rope_scaling: {
        factor: 32,
        high_freq_factor: 4,
        low_freq_factor: 1,
        original_max_position_embeddings: 8192,
        rope_type: 'llama3',
      },
      rope_theta: 500000,
      tie_word_embeddings: true,
      torch_dtype: 'bfloat16',
      transformers_version: '4.45.0.dev0',
      use_cache: true,
      vocab_size: 128256,
    },
    { headDim: 64, ropeScaling: { type: 'llama3', factor: 32 }, tieEmbeddings: true },
  ],
  [
    'Qwen3 0.6B',
    {
      architectures: ['Qwen3ForCausalLM'],
      attention_bias: false,
      attention_dropout: 0,
      bos_token_id: 151643,
      eos_token_id: 151645,
      head_dim: 128,
      hidden_act: 'silu',
      hidden_size: 1024,
      initializer_range: 0.02,
      intermediate_size: 3072,
      max_position_embeddings: 40960,
      max_window_layers: 28,
      model_type: 'qwen3',
      num_attention_heads: 16,
      num_hidden_layers: 28,
      num_key_value_heads: 8,
      rms_norm_eps: 1e-6,
      rope_scaling: null,
      rope_theta: 1000000,
      sliding_window: null,
      tie_word_embeddings: true,
      torch_dtype: 'bfloat16',
      transformers_version: '4.51.0',
      use_cache: true,
      use_sliding_window: false,
      vocab_size: 151936,
    },
    { headDim: 128, qkNorm: true, attentionBias: false },
  ],
  [
    'Mistral 7B',
    {
      architectures: ['MistralForCausalLM'],
      attention_dropout: 0,
      bos_token_id: 1,
      eos_token_id: 2,
      hidden_act: 'silu',
      hidden_size: 4096,
      initializer_range: 0.02,
      intermediate_size: 14336,
      max_position_embeddings: 32768,
      model_type: 'mistral',
      num_attention_heads: 32,
      num_hidden_layers: 32,
      num_key_value_heads: 8,
      rms_norm_eps: 1e-5,
      rope_theta: 1000000,
      sliding_window: null,
      tie_word_embeddings: false,
      torch_dtype: 'bfloat16',
      transformers_version: '4.42.0.dev0',
      use_cache: true,
      vocab_size: 32768,
    },
    { architecture: 'mistral', headDim: 128, tieEmbeddings: false },
  ],
  [
    'DeepSeek-R1-Distill-Qwen 1.5B',
    {
      architectures: ['Qwen2ForCausalLM'],
      attention_dropout: 0,
      bos_token_id: 151643,
      eos_token_id: 151643,
      hidden_act: 'silu',
      hidden_size: 1536,
      initializer_range: 0.02,
      intermediate_size: 8960,
      max_position_embeddings: 131072,
      max_window_layers: 21,
      model_type: 'qwen2',
      num_attention_heads: 12,
      num_hidden_layers: 28,
      num_key_value_heads: 2,
      rms_norm_eps: 1e-6,
      rope_theta: 10000,
      sliding_window: 4096,
      tie_word_embeddings: false,
      torch_dtype: 'bfloat16',
      transformers_version: '4.44.0',
      use_cache: true,
      use_mrope: false,
      use_sliding_window: false,
      vocab_size: 151936,
    },
    { architecture: 'qwen2', headDim: 128, attentionBias: true },
  ],
  [
    'SmolLM2 135M',
    {
      architectures: ['LlamaForCausalLM'],
      attention_bias: false,
      attention_dropout: 0,
      bos_token_id: 1,
      eos_token_id: 2,
      hidden_act: 'silu',
      hidden_size: 576,
      initializer_range: 0.041666666666666664,
      intermediate_size: 1536,
      is_llama_config: true,
      max_position_embeddings: 8192,
      mlp_bias: false,
      model_type: 'llama',
      num_attention_heads: 9,
      num_hidden_layers: 30,
      num_key_value_heads: 3,
      pad_token_id: 2,
      pretraining_tp: 1,
      rms_norm_eps: 1e-5,
      rope_interleaved: false,
      rope_scaling: null,
      rope_theta: 100000,
      tie_word_embeddings: true,
      torch_dtype: 'bfloat16',
      'transformers.js_config': { kv_cache_dtype: { q4f16: 'float16', fp16: 'float16' } },
      transformers_version: '4.42.3',
      use_cache: true,
      vocab_size: 49152,
    },
    { headDim: 64, keyValueHeads: 3, ropeTheta: 100000 },
  ],
];

describe('parseDecoderConfig', () => {
  test.each(PUBLISHED)('reads what is published for %s', (_, json, expected) => {
    const config = parseDecoderConfig(json);
    expect(config).toMatchObject(expected);
    expect(parseDecoderConfig(toHuggingFaceConfig(config))).toEqual(config);
  });

  test('reads a published config', () => {
    expect(parseDecoderConfig(QWEN)).toMatchObject({
      architecture: 'qwen2',
      headDim: 64,
      keyValueHeads: 2,
      ropeTheta: 1e6,
      tieEmbeddings: true,
      attentionBias: true,
      qkNorm: false,
    });
  });

  test.each(Object.entries(TINY_MODELS))('reads back what was written: %s', (_, config) => {
    expect(parseDecoderConfig(toHuggingFaceConfig(config))).toEqual(config);
  });

  test('reads the base of the rotation where newer files keep it', () => {
    const { rope_theta, ...rest } = QWEN;
    const json = { ...rest, rope_parameters: { rope_type: 'default', rope_theta } };
    expect(parseDecoderConfig(json).ropeTheta).toBe(1e6);
  });

  const LLAMA3 = {
    rope_type: 'llama3',
    factor: 32,
    low_freq_factor: 1,
    high_freq_factor: 4,
    original_max_position_embeddings: 8192,
  };

  test.each([
    ['older files', { rope_scaling: LLAMA3 }],
    ['newer files', { rope_parameters: { ...LLAMA3, rope_theta: 1e6 } }],
  ])('reads the scaling of the rotation from %s, and writes it back', (_, change) => {
    const config = parseDecoderConfig({ ...QWEN, ...change });
    expect(config.ropeScaling).toEqual({
      type: 'llama3',
      factor: 32,
      lowFrequencyFactor: 1,
      highFrequencyFactor: 4,
      originalPositions: 8192,
    });
    expect(parseDecoderConfig(toHuggingFaceConfig(config))).toEqual(config);
  });

  test('reads linear scaling under its older name', () => {
    const json = { ...QWEN, rope_scaling: { type: 'linear', factor: 2.5 } };
    expect(parseDecoderConfig(json).ropeScaling).toEqual({ type: 'linear', factor: 2.5 });
  });

  test.each([
    ['model_type', { model_type: 'gpt2' }],
    ['architectures', { architectures: ['Qwen2ForSequenceClassification'] }],
    ['architectures', { architectures: 'Qwen2ForCausalLM' }],
    ['auto_map', { auto_map: { AutoModelForCausalLM: 'modeling_mine.MyModel' } }],
    ['rope_scaling.low_freq_factor', { rope_scaling: { rope_type: 'llama3', factor: 8 } }],
    ['rope_scaling.type', { rope_scaling: { type: 'dynamic', factor: 2 } }],
    ['rope_scaling.rope_type', { rope_scaling: { rope_type: 'longrope' } }],
    ['rope_scaling.factor', { rope_scaling: { rope_type: 'linear', factor: 0 } }],
    ['rope_scaling.beta_fast', { rope_scaling: { rope_type: 'linear', factor: 2, beta_fast: 1 } }],
    ['rope_scaling', { rope_scaling: 2 }],
    [
      'rope_scaling',
      { rope_scaling: { rope_type: 'linear', factor: 2 }, rope_parameters: { rope_theta: 1e6 } },
    ],
    ['quantization_config', { quantization_config: { bits: 4 } }],
    ['rope_parameters.rope_type', { rope_parameters: { rope_type: 'yarn', rope_theta: 1e4 } }],
    ['sliding_window', { use_sliding_window: true, sliding_window: 4096 }],
    ['layer_types', { layer_types: ['full_attention', 'sliding_attention'] }],
    ['hidden_act', { hidden_act: 'gelu' }],
    ['mlp_bias', { mlp_bias: true }],
    ['num_experts', { num_experts: 8 }],
    ['num_key_value_heads', { num_key_value_heads: 3 }],
    ['vocab_size', { vocab_size: -1 }],
    ['hidden_size', { hidden_size: '896' }],
    ['num_hidden_layers', { num_hidden_layers: 1e9 }],
    ['head_dim', { head_dim: 63 }],
    ['tie_word_embeddings', { tie_word_embeddings: 'yes' }],
  ])('refuses by name a wrong %s', (field, change) => {
    expect(() => parseDecoderConfig({ ...QWEN, ...change }, 'here/config.json')).toThrow(
      new RegExp(`here/config.json: .*${field}: expected`),
    );
  });

  test('reports every problem at once', () => {
    const json = { ...QWEN, hidden_act: 'gelu', vocab_size: 0, surprise: 1 };
    expect(() => parseDecoderConfig(json)).toThrow(/vocab_size.*hidden_act.*surprise/);
  });

  test.each([null, [], 'text', 3])('refuses %j for a config', (json) => {
    expect(() => parseDecoderConfig(json)).toThrow(CheckpointError);
  });
});

test('a config with any of 1,000 mutations is read or refused with a clear error', () => {
  const random = createRandom('mutated config');
  const values = [
    null,
    -1,
    0,
    1.5,
    1e300,
    2 ** 53,
    '',
    'x',
    '__proto__',
    [],
    {},
    [[]],
    true,
    false,
  ];
  const base = { ...QWEN, rope_scaling: { rope_type: 'linear', factor: 2 }, sliding_window: null };
  let refused = 0;
  for (let round = 0; round < 1000; round++) {
    const text = JSON.stringify(base);
    const names = Object.keys(base);
    const name = names[random.integer(names.length)]!;
    const value = values[random.integer(values.length)];
    const json =
      random.integer(4) === 0
        ? JSON.parse(`${text.slice(0, -1)},${JSON.stringify(`${name}s`)}:${JSON.stringify(value)}}`)
        : { ...base, [name]: value };
    try {
      const config = parseDecoderConfig(json);
      expect(toHuggingFaceConfig(config).model_type).toBe('qwen2');
    } catch (error) {
      expect(error).toBeInstanceOf(CheckpointError);
      expect((error as CheckpointError).message).toMatch(/: expected .+, got .+\. Use a model/su);
      refused++;
    }
  }
  expect(refused).toBeGreaterThan(500);
});

describe('initialParameters', () => {
  test('norms are one, biases zero, matrices of the wanted deviation', () => {
    const config = { ...TINY_MODELS['qwen2, biases']!, vocabSize: 2000 };
    const parameters = initialParameters(config, createRandom(1));
    expect([...parameters.keys()]).toEqual(parameterSpecs(config).map(({ name }) => name));
    expect(new Set(parameters.get('model.norm.weight'))).toEqual(new Set([1]));
    expect(new Set(parameters.get('model.layers.0.self_attn.q_proj.bias'))).toEqual(new Set([0]));
    const embedding = parameters.get('model.embed_tokens.weight')!;
    const squares = embedding.reduce((sum, x) => sum + x * x, 0);
    expect(Math.sqrt(squares / embedding.length)).toBeCloseTo(config.initializerRange, 2);
  });
});
