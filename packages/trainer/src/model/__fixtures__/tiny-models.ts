import type { DecoderConfig } from '../config.ts';

/** Small enough for plain loops, with every dimension different from the others. */
const TINY: DecoderConfig = {
  architecture: 'llama',
  vocabSize: 23,
  hiddenSize: 12,
  intermediateSize: 20,
  layers: 2,
  heads: 3,
  keyValueHeads: 3,
  headDim: 4,
  rmsNormEpsilon: 1e-5,
  ropeTheta: 100,
  maxPositions: 64,
  tieEmbeddings: true,
  attentionBias: false,
  qkNorm: false,
  initializerRange: 0.3,
};

/** One tiny decoder of each kind of mathematics the decoder graph knows. */
export const TINY_MODELS: Readonly<Record<string, DecoderConfig>> = {
  'llama, tied embeddings': TINY,
  'llama, grouped queries, own output matrix': {
    ...TINY,
    heads: 4,
    keyValueHeads: 2,
    headDim: 6,
    tieEmbeddings: false,
  },
  'llama, rotation scaled by wavelength': {
    ...TINY,
    headDim: 8,
    ropeTheta: 1000,
    ropeScaling: {
      type: 'llama3',
      factor: 8,
      lowFrequencyFactor: 1,
      highFrequencyFactor: 4,
      originalPositions: 64,
    },
  },
  'qwen2, biases': { ...TINY, architecture: 'qwen2', attentionBias: true, keyValueHeads: 1 },
  'qwen3, normed queries and keys': {
    ...TINY,
    architecture: 'qwen3',
    qkNorm: true,
    headDim: 6,
    heads: 4,
    keyValueHeads: 2,
  },
};

/** The tiny Llama. */
export const TINY_LLAMA: DecoderConfig = TINY;
