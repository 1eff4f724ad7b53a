import { join } from 'node:path';
import { CheckpointError, showValue } from '@taskspace/core';
import { type JsonObject, readJsonObjectIfPresent } from './json-file.ts';

/** How a model's makers would have it sampled; what they do not say is left out. */
export interface SamplingDefaults {
  /** 0 when they want the most likely tokens. */
  readonly temperature?: number;
  readonly topP?: number;
  readonly topK?: number;
}

/** What a model folder says of generation, in generation_config.json or, of older models, in config.json. */
export interface GenerationConfig {
  /** As they stand in the file: a vocabulary says whether they are tokens. */
  readonly eosTokenIds: readonly unknown[];
  /** The file they are from. */
  readonly eosSource: string;
  readonly sampling: SamplingDefaults;
  /** Fields that ask for something the sampler does not do, as `name value`. */
  readonly ignored: readonly string[];
}

/**
 * Reads what a model folder says of generation.
 *
 * @throws {@link CheckpointError} naming the file and what is wrong in it.
 */
export async function readGenerationConfig(folder: string): Promise<GenerationConfig> {
  const path = join(folder, 'generation_config.json');
  const json = (await readJsonObjectIfPresent(path)) ?? {};
  const modelPath = join(folder, 'config.json');
  const model = (await readJsonObjectIfPresent(modelPath)) ?? {};
  const ids = json.eos_token_id ?? model.eos_token_id ?? [];
  return {
    eosTokenIds: Array.isArray(ids) ? ids : [ids],
    eosSource: (json.eos_token_id ?? null) === null ? modelPath : path,
    sampling: readSampling(path, json),
    ignored: Object.entries(NEUTRAL).flatMap(([name, neutral]) => {
      const value = json[name] ?? null;
      return value === null || neutral.includes(value) ? [] : [`${name} ${showValue(value)}`];
    }),
  };
}

/** Fields that change what is sampled, and the values at which they change nothing. */
const NEUTRAL: Readonly<Record<string, readonly unknown[]>> = {
  repetition_penalty: [1],
  encoder_repetition_penalty: [1],
  no_repeat_ngram_size: [0],
  min_p: [0],
  typical_p: [1],
  epsilon_cutoff: [0],
  eta_cutoff: [0],
  num_beams: [1],
  penalty_alpha: [0],
  bad_words_ids: [],
  suppress_tokens: [],
  begin_suppress_tokens: [],
  forced_bos_token_id: [],
  forced_eos_token_id: [],
  sequence_bias: [],
};

function readSampling(path: string, json: JsonObject): SamplingDefaults {
  const number = (name: string, expected: string, fits: (value: number) => boolean) => {
    const value = json[name] ?? undefined;
    if (value === undefined || (typeof value === 'number' && fits(value))) return value;
    throw new CheckpointError(
      path,
      `${name}: expected ${expected}, got ${showValue(value)}. Correct the field or leave it out.`,
    );
  };
  const temperature = number('temperature', 'a number from 0', (t) => t >= 0 && t < Infinity);
  const topP = number('top_p', 'a number above 0 and up to 1', (p) => p > 0 && p <= 1);
  const topK = number('top_k', 'an integer from 0', (k) => Number.isInteger(k) && k >= 0);
  if (json.do_sample === false) return { temperature: 0 };
  return {
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && { topP }),
    ...(topK !== undefined && { topK }),
  };
}
