/**
 * Model folders as Hugging Face tools write and read them: config.json, weights in safetensors, tokenizer files.
 */
import { join } from 'node:path';
import type { Json } from '@taskspace/core';
import { writeFileAtomic } from '../run/atomic-write.ts';
import { type ChatTemplate, loadChatTemplate } from './chat-template.ts';
import { type DecoderConfig, parseDecoderConfig, toHuggingFaceConfig } from './config.ts';
import { type JsonObject, readBytesIfPresent, readJsonObject } from './json-file.ts';
import { assertTokenizerFits, loadTokenizer, type Tokenizer } from './tokenizer.ts';
import { readWeights, writeWeights } from './weights.ts';

/** Everything of a model but its weights. */
export interface ModelBase {
  readonly config: DecoderConfig;
  readonly tokenizer: Tokenizer;
  readonly template: ChatTemplate;
  /** Files that go unchanged into every folder saved from this model, and the special token ids of its config. */
  readonly companions: ModelCompanions;
}

/** What a saved model carries along from the folder it began as. */
export interface ModelCompanions {
  /** Content by file name. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** The special token ids of config.json, for tools that read them there. */
  readonly tokenIds: Readonly<Record<string, Json>>;
}

/** A model with its weights. */
export interface ModelFolder extends ModelBase {
  /** By safetensors name, in the order of {@link parameterSpecs}. */
  readonly parameters: Map<string, Float32Array>;
}

/**
 * Reads a model's config and tokenizer files and checks them against each other; weights may be absent.
 *
 * @throws {@link CheckpointError} naming the file and what is wrong in it.
 */
export async function readModelBase(folder: string): Promise<ModelBase> {
  const configPath = join(folder, 'config.json');
  const json = await readJsonObject(configPath);
  const config = parseDecoderConfig(json, configPath);
  const tokenizer = await loadTokenizer(folder);
  assertTokenizerFits(folder, tokenizer, config.vocabSize);
  const template = await loadChatTemplate(folder, tokenizer.namedTokens);
  return { config, tokenizer, template, companions: await readCompanions(folder, json) };
}

/**
 * Reads a model folder whole.
 *
 * @throws {@link CheckpointError} naming the file and what is wrong in it; of the weights, everything at once.
 */
export async function readModelFolder(folder: string): Promise<ModelFolder> {
  const base = await readModelBase(folder);
  return { ...base, parameters: await readWeights(folder, base.config) };
}

/** A model to be written to a folder. */
export interface ModelToWrite {
  readonly config: DecoderConfig;
  /** Every parameter of the config, by safetensors name. */
  readonly parameters: ReadonlyMap<string, Float32Array>;
  readonly companions: ModelCompanions;
}

/**
 * Writes a model folder that {@link readModelFolder} and Hugging Face tools read. Each file is written whole or not at all;
 * for a folder that is, put this inside `writeFolderAtomic`.
 *
 * @param folder - Must exist.
 * @throws {@link CheckpointError} when the disk is full or a parameter is missing.
 */
export async function writeModelFolder(folder: string, model: ModelToWrite): Promise<void> {
  await writeCompanions(folder, model);
  await writeWeights(folder, model.config, model.parameters);
  await writeModelConfig(folder, model);
}

/** Writes the files that go unchanged into every folder saved from a model. */
export async function writeCompanions(
  folder: string,
  { companions }: Pick<ModelToWrite, 'companions'>,
): Promise<void> {
  for (const [name, content] of companions.files) {
    await writeFileAtomic(join(folder, name), content);
  }
}

/**
 * Writes config.json: last, because a folder without one is not taken for a model.
 *
 * @param extra - Fields put beside those of the model.
 */
export async function writeModelConfig(
  folder: string,
  { config, companions }: Pick<ModelToWrite, 'config' | 'companions'>,
  extra: JsonObject = {},
): Promise<void> {
  const json = { ...toHuggingFaceConfig(config), ...companions.tokenIds, ...extra };
  // Python tells 8 from 8.0, and transformers wants these as the latter.
  const text = JSON.stringify(json, null, 2).replace(WHOLE_FACTOR, '$1.0');
  await writeFileAtomic(join(folder, 'config.json'), `${text}\n`);
}

/** A factor of `rope_scaling` that is a whole number. */
const WHOLE_FACTOR = /("(?:low_freq_|high_freq_)?factor": \d+)(?=,?$)/gmu;

const COMPANION_FILES = [
  'tokenizer.json',
  'tokenizer_config.json',
  'generation_config.json',
  'chat_template.jinja',
  'chat_template.json',
  'special_tokens_map.json',
  'added_tokens.json',
  'vocab.json',
  'merges.txt',
  'tokenizer.model',
];
const TOKEN_IDS = ['bos_token_id', 'eos_token_id', 'pad_token_id'];

async function readCompanions(folder: string, config: JsonObject): Promise<ModelCompanions> {
  const files = new Map<string, Uint8Array>();
  for (const name of COMPANION_FILES) {
    const bytes = await readBytesIfPresent(join(folder, name));
    if (bytes !== null) files.set(name, bytes);
  }
  const tokenIds = TOKEN_IDS.filter((name) => config[name] !== undefined);
  return {
    files,
    tokenIds: Object.fromEntries(tokenIds.map((name) => [name, config[name] as Json])),
  };
}
