/**
 * The shape of a decoder of the Llama family, read from and written to Hugging Face `config.json`.
 *
 * What is not understood is refused by name: a field that is silently ignored could change the mathematics.
 */
import { isDeepStrictEqual } from 'node:util';
import { CheckpointError, type Json, showValue } from '@taskspace/core';
import type { LoraConfig } from './lora-config.ts';
import { type RopeScaling, readRopeScaling, toHuggingFaceRopeScaling } from './rope-scaling.ts';

/** The families whose mathematics the decoder graph knows. */
export type Architecture = 'llama' | 'qwen2' | 'qwen3' | 'mistral';

/** Everything the decoder graph depends on; sizes in elements. */
export interface DecoderConfig {
  readonly architecture: Architecture;
  readonly vocabSize: number;
  /** Width **D** of the residual stream. */
  readonly hiddenSize: number;
  /** Width of the gated feed-forward layer. */
  readonly intermediateSize: number;
  readonly layers: number;
  /** Query heads **H**. */
  readonly heads: number;
  /** Key and value heads; divides `heads`. */
  readonly keyValueHeads: number;
  /** Even, as rotary embedding turns pairs. */
  readonly headDim: number;
  readonly rmsNormEpsilon: number;
  readonly ropeTheta: number;
  /** How the rotation is stretched to longer contexts; left out, not at all. */
  readonly ropeScaling?: RopeScaling;
  /** Longest sequence, the context length. */
  readonly maxPositions: number;
  /** The output projection is the embedding matrix. */
  readonly tieEmbeddings: boolean;
  /** Query, key and value projections have biases. */
  readonly attentionBias: boolean;
  /** Queries and keys are RMS-normalised per head before rotation. */
  readonly qkNorm: boolean;
  /** Standard deviation of freshly drawn matrices. */
  readonly initializerRange: number;
  /** Adapters beside the matrices, which are then all that is trained; left out, none. */
  readonly lora?: LoraConfig;
}

/** One parameter: its safetensors name, its shape, and whether weight decay applies to it. */
export interface ParameterSpec {
  readonly name: string;
  readonly shape: readonly number[];
  /** True for matrices, false for norms and biases. */
  readonly decay: boolean;
}

/**
 * Reads a Hugging Face `config.json`.
 *
 * @param json - The parsed file.
 * @param source - The file's name, for messages.
 * @throws {@link CheckpointError} naming every field that is missing, malformed, unknown, or asks for mathematics the decoder lacks.
 */
export function parseDecoderConfig(json: unknown, source = 'config.json'): DecoderConfig {
  const read = createReader(json, source);
  const architecture = read.architecture();
  const hiddenSize = read.size('hidden_size');
  const heads = read.size('num_attention_heads');
  const ropeScaling = read.ropeScaling();
  const config: DecoderConfig = {
    architecture,
    vocabSize: read.size('vocab_size'),
    hiddenSize,
    intermediateSize: read.size('intermediate_size'),
    layers: read.size('num_hidden_layers', undefined, MAX_LAYERS),
    heads,
    keyValueHeads: read.size('num_key_value_heads', architecture === 'llama' ? heads : undefined),
    headDim: read.size('head_dim', architecture === 'qwen3' ? 128 : hiddenSize / heads),
    rmsNormEpsilon: read.positive('rms_norm_eps', 1e-6),
    ropeTheta: read.ropeTheta(),
    ...(ropeScaling && { ropeScaling }),
    maxPositions: read.size('max_position_embeddings'),
    tieEmbeddings: read.flag('tie_word_embeddings', false),
    attentionBias: architecture === 'qwen2',
    qkNorm: architecture === 'qwen3',
    initializerRange: read.positive('initializer_range', 0.02),
  };
  read.refuseOtherClasses(architecture);
  read.refuseDeviations();
  read.refuseUnknown();
  if (heads % config.keyValueHeads !== 0) {
    read.problem(
      'num_key_value_heads',
      `a divisor of num_attention_heads (${heads})`,
      config.keyValueHeads,
    );
  }
  if (config.headDim % 2 !== 0) read.problem('head_dim', 'an even number', config.headDim);
  read.finish();
  return config;
}

/** The `config.json` that Hugging Face tools read for this decoder; {@link parseDecoderConfig} undoes it. */
export function toHuggingFaceConfig(config: DecoderConfig): { [key: string]: Json } {
  return {
    architectures: [CLASS_NAMES[config.architecture]],
    model_type: config.architecture,
    vocab_size: config.vocabSize,
    hidden_size: config.hiddenSize,
    intermediate_size: config.intermediateSize,
    num_hidden_layers: config.layers,
    num_attention_heads: config.heads,
    num_key_value_heads: config.keyValueHeads,
    head_dim: config.headDim,
    hidden_act: 'silu',
    rms_norm_eps: config.rmsNormEpsilon,
    rope_theta: config.ropeTheta,
    rope_scaling: toHuggingFaceRopeScaling(config.ropeScaling),
    max_position_embeddings: config.maxPositions,
    tie_word_embeddings: config.tieEmbeddings,
    initializer_range: config.initializerRange,
    attention_dropout: 0,
    torch_dtype: 'float32',
    use_cache: true,
    ...(config.architecture === 'llama' ? { attention_bias: false, mlp_bias: false } : {}),
    ...(config.architecture === 'qwen2' ? { use_sliding_window: false } : {}),
    ...(config.architecture === 'qwen3'
      ? { attention_bias: false, use_sliding_window: false }
      : {}),
    ...(config.architecture === 'mistral' ? { sliding_window: null } : {}),
  };
}

/** Every parameter of the decoder but its adapters, in the order graphs declare them, under its safetensors name. */
export function parameterSpecs(config: DecoderConfig): readonly ParameterSpec[] {
  const { vocabSize, hiddenSize: width, intermediateSize, headDim } = config;
  const queryWidth = config.heads * headDim;
  const keyValueWidth = config.keyValueHeads * headDim;
  const specs: ParameterSpec[] = [matrix('model.embed_tokens.weight', vocabSize, width)];
  for (let layer = 0; layer < config.layers; layer++) {
    const prefix = `model.layers.${layer}`;
    specs.push(
      vector(`${prefix}.input_layernorm.weight`, width),
      matrix(`${prefix}.self_attn.q_proj.weight`, queryWidth, width),
      matrix(`${prefix}.self_attn.k_proj.weight`, keyValueWidth, width),
      matrix(`${prefix}.self_attn.v_proj.weight`, keyValueWidth, width),
    );
    if (config.attentionBias) {
      specs.push(
        vector(`${prefix}.self_attn.q_proj.bias`, queryWidth),
        vector(`${prefix}.self_attn.k_proj.bias`, keyValueWidth),
        vector(`${prefix}.self_attn.v_proj.bias`, keyValueWidth),
      );
    }
    if (config.qkNorm) {
      specs.push(
        vector(`${prefix}.self_attn.q_norm.weight`, headDim),
        vector(`${prefix}.self_attn.k_norm.weight`, headDim),
      );
    }
    specs.push(
      matrix(`${prefix}.self_attn.o_proj.weight`, width, queryWidth),
      vector(`${prefix}.post_attention_layernorm.weight`, width),
      matrix(`${prefix}.mlp.gate_proj.weight`, intermediateSize, width),
      matrix(`${prefix}.mlp.up_proj.weight`, intermediateSize, width),
      matrix(`${prefix}.mlp.down_proj.weight`, width, intermediateSize),
    );
  }
  specs.push(vector('model.norm.weight', width));
  if (!config.tieEmbeddings) specs.push(matrix('lm_head.weight', vocabSize, width));
  return specs;
}

/**
 * Freshly drawn parameters: matrices normal with deviation `initializerRange` (smaller by √(2·layers) where a layer writes
 * to the residual stream, so that its variance does not grow with depth), norms one, biases zero.
 *
 * @param random - Its `next` gives uniform numbers in [0, 1).
 */
export function initialParameters(
  config: DecoderConfig,
  random: { next(): number },
): Map<string, Float32Array> {
  const parameters = new Map<string, Float32Array>();
  for (const { name, shape, decay } of parameterSpecs(config)) {
    const data = new Float32Array(shape.reduce((product, size) => product * size, 1));
    if (decay) {
      const writesResidual = /\.(o_proj|down_proj)\.weight$/.test(name);
      const deviation =
        config.initializerRange / (writesResidual ? Math.sqrt(2 * config.layers) : 1);
      for (let index = 0; index < data.length; index++) data[index] = deviation * normal(random);
    } else if (name.endsWith('.weight')) {
      data.fill(1);
    }
    parameters.set(name, data);
  }
  return parameters;
}

const CLASS_NAMES: Readonly<Record<Architecture, string>> = {
  llama: 'LlamaForCausalLM',
  qwen2: 'Qwen2ForCausalLM',
  qwen3: 'Qwen3ForCausalLM',
  mistral: 'MistralForCausalLM',
};

/** Fields with a meaning here, each read by {@link parseDecoderConfig}. */
const READ_FIELDS: readonly string[] = [
  'model_type',
  'vocab_size',
  'hidden_size',
  'intermediate_size',
  'num_hidden_layers',
  'num_attention_heads',
  'num_key_value_heads',
  'head_dim',
  'rms_norm_eps',
  'rope_theta',
  'rope_parameters',
  'rope_scaling',
  'max_position_embeddings',
  'tie_word_embeddings',
  'initializer_range',
  'architectures',
];

/** Fields that cannot change what the decoder computes. Names that begin with an underscore join them. */
const HARMLESS_FIELDS: readonly string[] = [
  'bos_token_id',
  'eos_token_id',
  'pad_token_id',
  'dtype',
  'torch_dtype',
  'transformers_version',
  'use_cache',
  'max_window_layers',
  'unsloth_fixed',
  'transformers.js_config',
];

/** Fields whose deviation from these values would change the mathematics; `use_sliding_window` and kin are looked at apart. */
const REQUIRED_VALUES: Readonly<Record<string, readonly unknown[]>> = {
  hidden_act: ['silu', 'swish'],
  attention_bias: [false, null],
  mlp_bias: [false, null],
  attention_dropout: [0, null],
  pretraining_tp: [1],
  partial_rotary_factor: [1, null],
  use_mrope: [false],
  rope_interleaved: [false],
  is_llama_config: [true],
};

const SLIDING_WINDOW_FIELDS: readonly string[] = [
  'sliding_window',
  'use_sliding_window',
  'layer_types',
];

/** Collects the problems of one config so that all are reported at once. */
function createReader(json: unknown, source: string) {
  if (!isObject(json)) {
    throw new CheckpointError(
      source,
      `expected an object, got ${showValue(json)}. Give the config.json of a Hugging Face model folder.`,
    );
  }
  const fields = json;
  const problems: string[] = [];
  const problem = (path: string, expected: string, got: unknown) => {
    problems.push(`${path}: expected ${expected}, got ${showValue(got)}`);
  };
  const number = (
    path: string,
    value: unknown,
    fallback: number | undefined,
    expected: string,
    accepts: (candidate: number) => boolean,
  ): number => {
    const candidate = value ?? fallback;
    if (typeof candidate === 'number' && accepts(candidate)) return candidate;
    problem(path, expected, candidate);
    return 1;
  };
  const isPositive = (candidate: number) => candidate > 0 && Number.isFinite(candidate);
  const positive = (path: string, fallback: number) =>
    number(path, fields[path], fallback, 'a positive number', isPositive);
  return {
    problem,
    positive,
    architecture(): Architecture {
      const name = fields.model_type;
      if (typeof name === 'string' && Object.hasOwn(CLASS_NAMES, name)) return name as Architecture;
      problem('model_type', `one of ${Object.keys(CLASS_NAMES).join(', ')}`, name);
      return 'llama';
    },
    size: (path: string, fallback?: number, most = MAX_SIZE) =>
      number(
        path,
        fields[path],
        fallback,
        `an integer from 1 to ${most}`,
        (candidate) => Number.isInteger(candidate) && candidate >= 1 && candidate <= most,
      ),
    flag(path: string, fallback: boolean): boolean {
      const value = fields[path] ?? fallback;
      if (typeof value === 'boolean') return value;
      problem(path, 'true or false', value);
      return fallback;
    },
    /** Newer files keep the base of the rotation in `rope_parameters`, older ones beside the other fields. */
    ropeTheta(): number {
      const nested = fields.rope_parameters;
      if (!isObject(nested)) return positive('rope_theta', 10_000);
      const { rope_theta: theta } = nested;
      return number('rope_parameters.rope_theta', theta, 10_000, 'a positive number', isPositive);
    },
    ropeScaling(): RopeScaling | undefined {
      const { rope_parameters: newer, rope_scaling: older } = fields;
      for (const [name, value] of Object.entries({ rope_parameters: newer, rope_scaling: older })) {
        if (value !== undefined && value !== null && !isObject(value)) {
          problem(name, 'an object or null', value);
        }
      }
      const read = isObject(newer) && readRopeScaling('rope_parameters', newer, problem);
      const alsoRead = isObject(older) && readRopeScaling('rope_scaling', older, problem);
      if (isObject(newer) && isObject(older) && !isDeepStrictEqual(read, alsoRead)) {
        problem('rope_scaling', 'the same scaling as in rope_parameters', older);
      }
      return read || alsoRead || undefined;
    },
    /** A reward model or an encoder has the same type as the decoder it was made from. */
    refuseOtherClasses(architecture: Architecture): void {
      const { architectures: names } = fields;
      if (names === undefined || names === null) return;
      const name = CLASS_NAMES[architecture];
      if (Array.isArray(names) && names.length === 1 && names[0] === name) return;
      problem('architectures', JSON.stringify([name]), names);
    },
    refuseDeviations(): void {
      for (const [name, allowed] of Object.entries(REQUIRED_VALUES)) {
        const value = fields[name];
        if (value === undefined || allowed.includes(value)) continue;
        problem(name, allowed.map((one) => JSON.stringify(one)).join(' or '), value);
      }
      const { sliding_window: window, use_sliding_window: inUse, layer_types: types } = fields;
      const covers = typeof window === 'number' && window >= Number(fields.max_position_embeddings);
      const off = inUse === false || (inUse === undefined && fields.model_type !== 'mistral');
      if (window !== undefined && window !== null && !off && !covers) {
        problem('sliding_window', 'null, use_sliding_window false, or the whole context', window);
      }
      const full = Array.isArray(types) && types.every((type) => type === 'full_attention');
      if (types !== undefined && types !== null && !full) {
        problem('layer_types', '"full_attention" in every layer', types);
      }
    },
    refuseUnknown(): void {
      const known = [
        ...READ_FIELDS,
        ...HARMLESS_FIELDS,
        ...Object.keys(REQUIRED_VALUES),
        ...SLIDING_WINDOW_FIELDS,
      ];
      for (const name of Object.keys(fields)) {
        if (name.startsWith('_') || known.includes(name)) continue;
        problem(name, 'a field the decoder knows', fields[name]);
      }
    },
    finish(): void {
      if (problems.length === 0) return;
      throw new CheckpointError(
        source,
        `${problems.join('; ')}. Use a model whose config the decoder supports.`,
      );
    },
  };
}

/** Larger than any real model dimension; keeps a hostile file from asking for absurd buffers. */
const MAX_SIZE = 2 ** 24;
const MAX_LAYERS = 1024;

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function matrix(name: string, rows: number, columns: number): ParameterSpec {
  return { name, shape: [rows, columns], decay: true };
}

function vector(name: string, size: number): ParameterSpec {
  return { name, shape: [size], decay: false };
}

/** Standard normal by Box and Muller; 1 − u keeps the logarithm finite. */
function normal(random: { next(): number }): number {
  const radius = Math.sqrt(-2 * Math.log(1 - random.next()));
  return radius * Math.cos(2 * Math.PI * random.next());
}
