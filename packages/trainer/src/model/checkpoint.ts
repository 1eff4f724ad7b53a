/**
 * Model folders as Hugging Face tools write and read them: config.json, weights in safetensors, tokenizer files; or, as PEFT does,
 * adapters and the name of the folder they belong to.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Json } from '@taskspace/core';
import { writeFileAtomic } from '../run/atomic-write.ts';
import { ADAPTER_CONFIG, readAdapterConfig, toPeftConfig } from './adapter-config.ts';
import { readAdapters, writeAdapters } from './adapters.ts';
import { type ChatTemplate, loadChatTemplate } from './chat-template.ts';
import { type DecoderConfig, parseDecoderConfig, toHuggingFaceConfig } from './config.ts';
import { type JsonObject, readBytesIfPresent, readJsonObject } from './json-file.ts';
import { mergeAdapters } from './lora.ts';
import type { LoraConfig } from './lora-config.ts';
import { assertTokenizerFits, loadTokenizer, type Tokenizer } from './tokenizer.ts';
import { readWeights, writeWeights } from './weights.ts';

/** Everything of a model but its weights. */
export interface ModelBase {
  readonly config: DecoderConfig;
  readonly tokenizer: Tokenizer;
  readonly template: ChatTemplate;
  /** Files that go unchanged into every folder saved from this model, and the special token ids of its config. */
  readonly companions: ModelCompanions;
  /** Where the weights are: another folder where the one read holds adapters. */
  readonly weightsFolder: string;
  /** Whether the folder read holds adapters to those weights. */
  readonly hasAdapters: boolean;
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
  const adapters = await readAdapterConfig(folder);
  const weightsFolder = adapters?.base ?? folder;
  // Adapters may be saved with the tokenizer they were trained with, or without any.
  const texts = adapters && !existsSync(join(folder, 'tokenizer.json')) ? weightsFolder : folder;
  const configPath = join(weightsFolder, 'config.json');
  const json = await readJsonObject(configPath);
  const config = parseDecoderConfig(json, configPath);
  const tokenizer = await loadTokenizer(texts);
  assertTokenizerFits(texts, tokenizer, config.vocabSize);
  const template = await loadChatTemplate(texts, tokenizer.namedTokens);
  const companions = await readCompanions(texts, json);
  const hasAdapters = adapters !== null;
  return { config, tokenizer, template, companions, weightsFolder, hasAdapters };
}

/**
 * Reads a model folder whole; adapters are merged into the weights they belong to.
 *
 * @throws {@link CheckpointError} naming the file and what is wrong in it; of the weights, everything at once.
 */
export async function readModelFolder(folder: string): Promise<ModelFolder> {
  const base = await readModelBase(folder);
  const { config, weightsFolder, hasAdapters } = base;
  const parameters = await readWeights(weightsFolder, config);
  if (hasAdapters) {
    const adapters = await readAdapters(folder, config);
    mergeAdapters({ ...config, lora: adapters.lora }, parameters, adapters.parameters);
  }
  return { ...base, parameters };
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

/** Adapters to be written to a folder. */
export interface AdaptersToWrite {
  readonly config: DecoderConfig & { readonly lora: LoraConfig };
  /** Every parameter of the adapters. */
  readonly parameters: ReadonlyMap<string, Float32Array>;
  readonly companions: ModelCompanions;
  /** Folder of the model they belong to. */
  readonly base: string;
}

/** Writes a folder that {@link readModelFolder} and PEFT read; throws as {@link writeModelFolder} does. */
export async function writeAdapterFolder(folder: string, adapters: AdaptersToWrite): Promise<void> {
  const { config, parameters, base } = adapters;
  await writeCompanions(folder, adapters);
  await writeAdapters(folder, config, parameters);
  const json = JSON.stringify(toPeftConfig(config.lora, base), null, 2);
  await writeFileAtomic(join(folder, ADAPTER_CONFIG), `${json}\n`);
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
